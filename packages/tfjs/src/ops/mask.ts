/** Elements that do not count: pooled as −∞, which has no weight, and without a gradient. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, rangeError } from 'softpool/internal';
import { tensorOfLists } from './lists.ts';
import { where } from './where.ts';

/**
 * The input with −∞ where a mask is 0. An example of which nothing counts becomes NaN, as a mean of
 * nothing does.
 */
export function withoutMasked(call: string, x: tf.Tensor, mask: tf.Tensor | tf.TensorLike, channelAxis: number): tf.Tensor {
  const counts = tf.expandDims(maskOf(call, x, mask, channelAxis), channelAxis);
  const perExample = counts.shape.map((_, axis) => axis).slice(1);
  const some = x.size === 0 ? counts : tf.any(counts, perExample, true); // tf.any fails on nothing
  return whereCounted(x, counts, where(some, Number.NEGATIVE_INFINITY, Number.NaN, some.shape));
}

/** x where `counts` is true, and elsewhere another value, without a gradient. */
export function whereCounted(x: tf.Tensor, counts: tf.Tensor, otherwise: number | tf.Tensor): tf.Tensor {
  // Its own gradient: tfjs-core registers none unless the layers are imported.
  const choose = tf.customGrad((...args) => {
    const [input, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    save([counts]);
    const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]): tf.Tensor => where(saved as tf.Tensor, dy, 0, x.shape);
    return { value: where(counts, input, otherwise, x.shape), gradFunc };
  });
  return choose(x);
}

/** A mask as booleans. */
function maskOf(call: string, x: tf.Tensor, mask: tf.Tensor | tf.TensorLike, channelAxis: number): tf.Tensor {
  const tensor = mask instanceof tf.Tensor ? mask : tensorOfLists(call, 'options.mask', 'a tensor, or nested arrays of 0 and 1', mask);
  const wanted = x.shape.filter((_, axis) => axis !== channelAxis);
  if (String(tensor.shape) !== String(wanted)) {
    throw rangeError(call, 'options.mask', `of shape ${describe(wanted)}, that of x without its channels`, tensor.shape);
  }
  return isNotZero(tensor);
}

/**
 * Where numbers or booleans are not 0. A cast to booleans means something else for 0.5 and NaN on
 * each backend.
 */
export function isNotZero(mask: tf.Tensor): tf.Tensor {
  return mask.dtype === 'bool' ? mask : tf.logicalNot(tf.equal(mask, 0));
}
