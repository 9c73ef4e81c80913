/** Strided views on values, as in PyTorch's tensors. */
import { sizeOf } from './tensor-file.ts';

/** Distance from a view's first value to the end of its last one; 0 without values. */
export function extentOf(shape: readonly number[], stride: readonly number[]): number {
  return sizeOf(shape) === 0 ? 0 : 1 + shape.reduce((last, length, axis) => last + (length - 1) * (stride[axis] ?? 0), 0);
}

/** The values of a view in row-major order. */
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

/** Whether a view is row-major. An axis of one value may have any stride. */
function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] as number;
    if (length !== 1 && stride[axis] !== step) return false;
    step *= length;
  }
  return true;
}
