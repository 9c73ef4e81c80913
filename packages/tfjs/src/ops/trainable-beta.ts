/**
 * Soft pooling with a trainable sharpness: a tensor with one number, or one per channel. The
 * kernels take a number as β, here B. With z = β x / B,
 *
 *     y = S(z) B / β            dL/dx = β S′(z) (g B / β) / B
 *
 * where S is soft pooling with B, S′ the gradient that was asked for, and g = dL/dy. The β cancel
 * unless channels with different ones share weights. If every |x| < 2^−50, all weights of a window
 * are equal for every β, and z = x keeps the bits of subnormal numbers.
 */
import * as tf from '@tensorflow/tfjs-core';
import { typeError } from 'softpool/internal';
import { betaDerivative } from './beta-derivative.ts';
import { type PoolProblem, runSoftPool, runSoftPoolGrad } from './kernel.ts';

/** The smallest β. It gives an average already: weights differ by less than float32 resolves. */
const LEAST_BETA = 1e-6;

/** The largest β. */
const MOST_BETA = 1e7;

/** B: a power of two above every β, so that z is no larger than x. */
const KERNEL_BETA = 2 ** 24;

/** Below this, β x and B x are so close to 0 that exp gives 1 in float32. */
const EQUAL_WEIGHTS = 2 ** -50;

/** Pools x with this β, a scalar or `[channels]`. */
export function softPoolByBeta(call: string, x: tf.Tensor, beta: tf.Tensor, given: PoolProblem): tf.Tensor {
  const { layout, channels, spatialDims } = given.geometry;
  const channelAxis = layout === 'channelsLast' ? x.rank - 1 : x.rank - 1 - spatialDims;
  if (beta.dtype !== 'float32' || beta.rank > 1 || (beta.rank === 1 && beta.shape[0] !== channels)) {
    const expected = `a number, or a float32 tensor of shape [] or [${channels}]`;
    throw typeError(call, 'options.beta', expected, beta.shape, ` of ${beta.dtype}`);
  }
  const problem = { ...given, options: { ...given.options, beta: KERNEL_BETA } };
  const alongChannels = x.shape.map((size, axis) => (axis === channelAxis ? size : 1));
  const factorOf = (beta: tf.Tensor): tf.Tensor => tf.div(tf.minimum(tf.maximum(beta, LEAST_BETA), MOST_BETA), KERNEL_BETA);
  const along = (factor: tf.Tensor): tf.Tensor => (factor.rank === 0 ? factor : tf.reshape(factor, alongChannels));

  const pool = tf.customGrad((...args) => {
    const [input, beta, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const factor = factorOf(beta);
    const own = along(unlessTiny(input, factor));
    const z = tf.mul(input, own);
    const value = tf.div(runSoftPool(call, z, problem), own);
    save([input, factor, own, z, value]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [x, factor, own, z, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const dx =
        problem.options.weights === 'shared'
          ? tf.mul(own, runSoftPoolGrad(call, z, tf.div(dy, own), problem))
          : runSoftPoolGrad(call, z, dy, problem);
      return [dx, betaDerivative({ call, problem, x, y, dy, factor })];
    };
    return { value, gradFunc };
  });
  return pool(x, beta);
}

/** β / B, or 1 if the numbers of x are so small that their weights are equal. */
function unlessTiny(x: tf.Tensor, factor: tf.Tensor): tf.Tensor {
  if (x.size === 0) return factor;
  const largest = tf.max(tf.abs(tf.reshape(x, [-1])));
  return tf.where(tf.less(largest, EQUAL_WEIGHTS), tf.onesLike(factor), factor);
}
