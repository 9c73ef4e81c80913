/** Padding that counts as zeros: a copy of the input with them, whose gradient leaves them out. */
import * as tf from '@tensorflow/tfjs-core';
import type { PoolGeometry } from 'softpool';

/** The input with the zeros of a geometry around it. */
export function withCountedZeros(x: tf.Tensor, { zeros, layout, spatialDims }: PoolGeometry): tf.Tensor {
  if (zeros === undefined) return x;
  const first = x.rank - spatialDims - (layout === 'channelsFirst' ? 0 : 1);
  const around = x.shape.map((_, axis): [number, number] => {
    const [before, after] = zeros[axis - first] ?? [0, 0];
    return [before, after];
  });
  // Its own gradient: tfjs-core registers none unless the layers are imported.
  const pad = tf.customGrad((input) => ({
    value: tf.pad(input as tf.Tensor, around),
    gradFunc: (dy: tf.Tensor) =>
      tf.slice(
        dy,
        around.map(([before]) => before),
        x.shape,
      ),
  }));
  return pad(x);
}
