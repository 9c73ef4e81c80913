/** Views on values that lie one after the other: a step for each axis, as PyTorch's tensors have it. */
import { sizeOf } from './tensor-file.ts';

/** The place behind the last value of a view, from its first value on; 0 if it has none. */
export function extentOf(shape: readonly number[], stride: readonly number[]): number {
  return sizeOf(shape) === 0 ? 0 : 1 + shape.reduce((last, length, axis) => last + (length - 1) * (stride[axis] ?? 0), 0);
}

/** The values of a view in the order of its axes, the last one fastest. */
export function contiguous(data: Float32Array, shape: readonly number[], stride: readonly number[]): Float32Array {
  if (isContiguous(shape, stride)) return data;
  const values = new Float32Array(sizeOf(shape));
  let end = 0;
  const visit = (axis: number, start: number): void => {
    const length = shape[axis];
    const step = stride[axis] ?? 0;
    if (length === undefined) values[end++] = data[start] as number;
    else for (let index = 0; index < length; index++) visit(axis + 1, start + index * step);
  };
  if (values.length > 0) visit(0, 0);
  return values;
}

/** An axis of one value may have any step. */
function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] as number;
    if (length !== 1 && stride[axis] !== step) return false;
    step *= length;
  }
  return true;
}
