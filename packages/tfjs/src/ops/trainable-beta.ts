/**
 * Soft pooling with a sharpness that is a tensor, one number or one for each channel, so that it can be trained. With z = β x,
 *
 *     y = S(z) / β            dL/dx = β S′(z) g / β
 *
 * where S is soft pooling with β = 1, S′ the gradient that was asked for, and g = dL/dy; the β cancel unless channels with different ones share
 * weights. The derivative for β is the true one, whichever S′ is. Where each channel has weights of its own it is the variance in the window, taken
 * about the channel's mean a so that little cancels:
 *
 *     dL/dβ = Σ g (Σ w (x − a)² − (y − a)²)
 *
 * Shared weights depend on the β of all channels: it is Σ x (S_exact′(z) − S_weights′(z)) g / β.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type PoolOptions, runSoftPool, runSoftPoolGrad } from './kernel.ts';

/** A smaller β is taken for this: an average, since weights then differ by less than float32 tells. */
const LEAST_BETA = 1e-6;

/** Soft pooling of x with this β, a scalar or `[channels]`. */
export function softPoolByBeta(call: string, x: tf.Tensor, beta: tf.Tensor, options: PoolOptions): tf.Tensor {
  const { layout = 'channelsFirst' } = options;
  const channelAxis = layout === 'channelsLast' ? x.rank - 1 : x.rank - 1 - options.spatialDims;
  const channels = x.shape[channelAxis] as number;
  if (beta.dtype !== 'float32' || beta.rank > 1 || (beta.rank === 1 && beta.shape[0] !== channels)) {
    throw new TypeError(
      `${call}: options.beta must be a number, or a float32 tensor of shape [] or [${channels}], received ${beta.dtype} of shape [${beta.shape.join(', ')}]`,
    );
  }
  const alongChannels = x.shape.map((size, axis) => (axis === channelAxis ? size : 1));
  const otherAxes = alongChannels.map((_, axis) => axis).filter((axis) => axis !== channelAxis);
  const sharpness = (given: tf.Tensor): tf.Tensor => {
    const safe = tf.maximum(given, LEAST_BETA);
    return given.rank === 0 ? safe : tf.reshape(safe, alongChannels);
  };
  /** A sum over everything that has the same β. */
  const collected = (terms: tf.Tensor): tf.Tensor => tf.sum(terms, beta.rank === 0 ? undefined : otherAxes);

  const pool = tf.customGrad((...args) => {
    const [input, given, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const own = sharpness(given);
    const scaled = tf.mul(input, own);
    const value = tf.div(runSoftPool(call, scaled, options), own);
    save([input, given, scaled, value]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [x, beta, z, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      if (options.weights !== 'shared') return [runSoftPoolGrad(call, z, dy, options), variance(x, z, y, dy)];
      const own = sharpness(beta);
      return [tf.mul(own, runSoftPoolGrad(call, z, tf.div(dy, own), options)), sharedDerivative(x, own, z, dy)];
    };
    return { value, gradFunc };
  });

  const variance = (x: tf.Tensor, z: tf.Tensor, y: tf.Tensor, dy: tf.Tensor): tf.Tensor => {
    const centre = tf.mean(x, otherAxes, true);
    const weighted = runSoftPoolGrad(call, z, dy, { ...options, gradient: 'weights' });
    const second = collected(tf.mul(tf.square(tf.sub(x, centre)), weighted));
    return tf.sub(second, collected(tf.mul(tf.square(tf.sub(y, centre)), dy)));
  };
  const sharedDerivative = (x: tf.Tensor, own: tf.Tensor, z: tf.Tensor, dy: tf.Tensor): tf.Tensor => {
    const scaled = tf.div(dy, own);
    const exact = runSoftPoolGrad(call, z, scaled, { ...options, gradient: 'exact' });
    return collected(tf.mul(x, tf.sub(exact, runSoftPoolGrad(call, z, scaled, { ...options, gradient: 'weights' }))));
  };
  return pool(x, beta);
}
