/** Pooling by TensorFlow.js: its own, and SoftPool composed of its ops. */
import * as tf from '@tensorflow/tfjs-core';

export type Op = (x: tf.Tensor) => tf.Tensor;
type Pool = (x: tf.Tensor, size: number, stride: number, pad: 'valid' | 'same' | number, rounding?: 'floor') => tf.Tensor;

/** The composition is Σ x eˣ / Σ eˣ, which overflows at x ≈ 89. */
export function tensorFlowOps(dims: number, size: number, stride: number, pad: 'valid' | 'same' | number) {
  const [average, largest] = (dims === 2 ? [tf.avgPool, tf.maxPool] : [tf.avgPool3d, tf.maxPool3d]) as unknown as [Pool, Pool];
  const rounding = typeof pad === 'number' ? 'floor' : undefined;
  const avgPool: Op = (x) => average(x, size, stride, pad, rounding);
  const maxPool: Op = (x) => largest(x, size, stride, pad, rounding);
  const composition: Op = (x) => {
    const e = tf.exp(x);
    return tf.div(avgPool(tf.mul(e, x)), avgPool(e));
  };
  return { avgPool, maxPool, composition };
}
