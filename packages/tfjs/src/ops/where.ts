/** tf.where, also for clips: on GPUs, TensorFlow.js takes at most four axes. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * Elements of `a` where `condition` is true, and of `b` elsewhere, in a result of this shape. Axes
 * 2 and 3 of five are spatial in both layouts, so joining them changes nothing.
 */
export function where(condition: tf.Tensor, a: tf.Tensor | number, b: tf.Tensor | number, shape: readonly number[]): tf.Tensor {
  return tf.reshape(tf.where(joined(condition), joined(a), joined(b)), [...shape]);
}

function joined<T extends tf.Tensor | number>(x: T): T {
  if (typeof x === 'number' || x.rank < 5) return x;
  const [batch = 1, first = 1, second = 1, third = 1, last = 1] = x.shape;
  return tf.reshape(x, [batch, first, second * third, last]) as T;
}
