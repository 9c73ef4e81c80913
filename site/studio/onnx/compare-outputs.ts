/** How far an output moves when poolings are swapped: the figures of `softpool check`. */
import type { Tensor } from 'onnxruntime-web/wasm';
import { type FloatArray, toNumbers } from 'softpool/internal';
import type { OutputChange } from './messages.ts';

/** Compares the output of one name. */
export function changeOfOutput(name: string, before: Tensor, after: Tensor | undefined): OutputChange {
  const shape = before.dims;
  const [was, is] = [numbersOf(before), after && numbersOf(after)];
  if (was === undefined || is === undefined || shape.join() !== after?.dims.join()) return { name, shape };
  let [largest, squares, scale] = [0, 0, 0];
  for (const [index, value] of was.entries()) {
    const other = is[index] as number;
    scale += value ** 2;
    if (value === other || (Number.isNaN(value) && Number.isNaN(other))) continue;
    const difference = Math.abs(other - value);
    largest = Number.isNaN(difference) ? Number.NaN : Math.max(largest, difference);
    squares += difference ** 2;
  }
  const relative = squares === 0 ? 0 : Math.sqrt(squares / scale);
  const [rows = 0, columns = 0, ...more] = shape;
  if (columns < 2 || more.length > 0) return { name, shape, largest, relative };
  let same = 0;
  for (let row = 0; row < rows; row++) if (largestAt(was, row, columns) === largestAt(is, row, columns)) same += 1;
  return { name, shape, largest, relative, sameTop1: { same, rows } };
}

/** The elements as numbers; undefined for texts. */
function numbersOf({ type, data }: Tensor): Float64Array | undefined {
  if (type === 'string' || type === 'int4' || type === 'uint4') return undefined;
  if (type === 'float16') return Float64Array.from(toNumbers(data as FloatArray));
  return Float64Array.from(data as Iterable<number | bigint>, Number);
}

function largestAt(numbers: Float64Array, row: number, columns: number): number {
  const values = numbers.subarray(row * columns, (row + 1) * columns);
  return values.indexOf(values.reduce((largest, value) => Math.max(largest, value), Number.NEGATIVE_INFINITY));
}
