/** Padding that counts as zeros: a copy of the input with them, whose gradient leaves them out. */
import * as tf from '@tensorflow/tfjs-core';
import type { PoolGeometry } from 'softpool';

/** The input with the zeros of a geometry around it. */
export function withCountedZeros(x: tf.Tensor, geometry: PoolGeometry): tf.Tensor {
  const { zeros, layout, batch, channels, axes, inputShape, spatialDims } = geometry;
  if (zeros === undefined) return x;
  // At most four axes, since TensorFlow.js's GPU backends cannot pad five: channels are merged with
  // the axis beside them.
  const [outer, inner] = layout === 'channelsFirst' ? [batch * channels, 1] : [batch, channels];
  const first = inputShape.length - spatialDims - (layout === 'channelsFirst' ? 0 : 1);
  const sizes = inputShape.slice(first, first + spatialDims);
  const merged = (spatial: readonly number[]): number[] => [outer, ...spatial.slice(0, -1), (spatial.at(-1) ?? 1) * inner];
  const around = zeros.map(([before, after], axis): [number, number] => {
    const step = axis === spatialDims - 1 ? inner : 1;
    return [before * step, after * step];
  });
  const paddedShape = inputShape.map((size, axis) => axes[axis - first]?.inputSize ?? size);
  // Its own gradient: tfjs-core registers none unless the layers are imported.
  const pad = tf.customGrad((input) => ({
    value: tf.reshape(tf.pad(tf.reshape(input as tf.Tensor, merged(sizes)), [[0, 0], ...around]), paddedShape),
    gradFunc: (dy: tf.Tensor) => {
      const whole = tf.reshape(dy, merged(axes.map(({ inputSize }) => inputSize)));
      const begin = [0, ...around.map(([before]) => before)];
      return tf.reshape(tf.slice(whole, begin, merged(sizes)), [...inputShape]);
    },
  }));
  return pad(x);
}
