/**
 * Soft pooling with a trainable sharpness: a tensor with one number, or one per channel. With z =
 * β x,
 *
 *     y = S(z) / β            dL/dx = β S′(z) g / β
 *
 * where S is soft pooling with β = 1, S′ the gradient that was asked for, and g = dL/dy. The β
 * cancel unless channels with different ones share weights. The derivative with respect to β is
 * always the true one. If each channel has weights of its own, it is the variance in the window. It
 * is taken about the channel's mean a, so that little cancels:
 *
 *     dL/dβ = Σ g (Σ w (x − a)² − (y − a)²)
 *
 * Shared weights depend on the β of all channels, and the derivative is Σ x (S_exact′(z) −
 * S_weights′(z)) g / β.
 */
import * as tf from '@tensorflow/tfjs-core';
import { typeError } from 'softpool/internal';
import { type PoolProblem, runSoftPool, runSoftPoolGrad } from './kernel.ts';
import { where } from './where.ts';

/** The smallest β. It gives an average already: weights differ by less than float32 resolves. */
const LEAST_BETA = 1e-6;

/** The lowest finite number of float32. */
const LOWEST = -3.4028234663852886e38;

/** x with 0 for −∞: it has no weight, but would be NaN times that. */
function withZeros(x: tf.Tensor): tf.Tensor {
  return where(tf.less(x, LOWEST), 0, x, x.shape);
}

/** Pools x with this β, a scalar or `[channels]`. */
export function softPoolByBeta(call: string, x: tf.Tensor, beta: tf.Tensor, problem: PoolProblem): tf.Tensor {
  const { layout, channels, spatialDims } = problem.geometry;
  const channelAxis = layout === 'channelsLast' ? x.rank - 1 : x.rank - 1 - spatialDims;
  if (beta.dtype !== 'float32' || beta.rank > 1 || (beta.rank === 1 && beta.shape[0] !== channels)) {
    const expected = `a number, or a float32 tensor of shape [] or [${channels}]`;
    throw typeError(call, 'options.beta', expected, beta.shape, ` of ${beta.dtype}`);
  }
  const alongChannels = x.shape.map((size, axis) => (axis === channelAxis ? size : 1));
  const otherAxes = alongChannels.map((_, axis) => axis).filter((axis) => axis !== channelAxis);
  const sharpness = (given: tf.Tensor): tf.Tensor => {
    const safe = tf.maximum(given, LEAST_BETA);
    return given.rank === 0 ? safe : tf.reshape(safe, alongChannels);
  };
  /** Sums over all elements with the same β. */
  const collected = (terms: tf.Tensor): tf.Tensor => tf.sum(terms, beta.rank === 0 ? undefined : otherAxes);

  const pool = tf.customGrad((...args) => {
    const [input, given, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const own = sharpness(given);
    const scaled = tf.mul(input, own);
    const value = tf.div(runSoftPool(call, scaled, problem), own);
    save([input, given, scaled, value]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [x, beta, z, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      if (problem.options.weights !== 'shared') return [runSoftPoolGrad(call, z, dy, problem), variance(x, z, y, dy)];
      const own = sharpness(beta);
      return [tf.mul(own, runSoftPoolGrad(call, z, tf.div(dy, own), problem)), sharedDerivative(x, own, z, dy)];
    };
    return { value, gradFunc };
  });

  const withGradient = (gradient: 'weights' | 'exact'): PoolProblem => ({ ...problem, options: { ...problem.options, gradient } });
  const variance = (x: tf.Tensor, z: tf.Tensor, y: tf.Tensor, dy: tf.Tensor): tf.Tensor => {
    const finite = withZeros(x);
    const center = tf.mean(finite, otherAxes, true);
    const weighted = runSoftPoolGrad(call, z, dy, withGradient('weights'));
    const second = collected(tf.mul(tf.square(tf.sub(finite, center)), weighted));
    return tf.sub(second, collected(tf.mul(tf.square(tf.sub(withZeros(y), center)), dy)));
  };
  const sharedDerivative = (x: tf.Tensor, own: tf.Tensor, z: tf.Tensor, dy: tf.Tensor): tf.Tensor => {
    const scaled = tf.div(dy, own);
    const exact = runSoftPoolGrad(call, z, scaled, withGradient('exact'));
    return collected(tf.mul(withZeros(x), tf.sub(exact, runSoftPoolGrad(call, z, scaled, withGradient('weights')))));
  };
  return pool(x, beta);
}
