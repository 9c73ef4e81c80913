/** Weights: numbers with a shape. */
import { product } from 'softpool/internal';

/** A weight of a layer. */
export interface Tensor {
  readonly data: Float32Array<ArrayBuffer>;
  readonly shape: readonly number[];
}

/** The same numbers with their axes in another order: axis `i` of the result is `axes[i]`. */
export function permuted({ data, shape }: Tensor, axes: readonly number[]): Tensor {
  const strides = shape.map((_, axis) => product(shape.slice(axis + 1)));
  const [first, ...others] = axes.map((axis) => ({ size: shape[axis] ?? 1, stride: strides[axis] ?? 1 }));
  const offsets = others.reduce<number[]>(
    (found, { size, stride }) => found.flatMap((offset) => Array.from({ length: size }, (_, index) => offset + index * stride)),
    [0],
  );
  const result = new Float32Array(data.length);
  for (let index = 0, next = 0; index < (first?.size ?? 1); index++) {
    const start = index * (first?.stride ?? 0);
    for (const offset of offsets) result[next++] = data[start + offset] ?? 0;
  }
  return { data: result, shape: axes.map((axis) => shape[axis] ?? 1) };
}

/** The same numbers in another shape. */
export function reshaped({ data }: Tensor, ...shape: number[]): Tensor {
  return { data, shape };
}

/** A tensor of equal numbers. */
export function filled(length: number, value: number): Tensor {
  return { data: new Float32Array(length).fill(value), shape: [length] };
}
