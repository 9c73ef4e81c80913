/** The uniform block and the tables of a problem, as kernels/problem.wgsl lays them out. */
import type { Operator } from '../api/options.ts';
import type { AxisWindows } from '../geometry/axis-windows.ts';
import { sharpness } from './sharpness.ts';

/**
 * A problem in the form that the kernels know: planes of three spatial axes, whose elements are
 * `inner` apart.
 */
export interface BlockShape {
  readonly axes: readonly [AxisWindows, AxisWindows, AxisWindows];
  readonly inner: number;
  /** Planes that share weights; 1 if the channels that share them are innermost, or none do. */
  readonly planes: number;
  /** Channels that share weights; 1 if none do. */
  readonly channels: number;
  readonly beta: Operator['beta'];
}

/** What differs between the parts of a problem. */
export interface BlockRange {
  readonly inputs: number;
  readonly outputs: number;
  readonly inputBase: number;
  readonly outputBase: number;
}

const BLOCK_BYTES = 112;

/** The bytes of the uniform block. */
export function problemBlock({ axes, inner, planes, channels, beta }: BlockShape, range: BlockRange): ArrayBuffer {
  const words = new Uint32Array(BLOCK_BYTES / 4);
  const view = new DataView(words.buffer);
  let at = 0;
  const integers = (...values: number[]): void => {
    for (const value of values) view.setInt32(4 * at++, value, true);
  };
  const numbers = (...values: number[]): void => {
    for (const value of values) view.setFloat32(4 * at++, value, true);
  };
  const { isCareful, exponent, mantissa, scale, moderate, lowest } = sharpness(beta);
  const offsets = tableOffsets(axes);
  integers(...axes.map((axis) => axis.inputSize), inner);
  integers(...axes.map((axis) => axis.outputSize), planes);
  integers(...axes.map((axis) => axis.dilation), channels);
  integers(...offsets, isCareful ? 1 : 0);
  integers(...axes.map(largestWindow), range.inputs);
  integers(range.outputs, range.inputBase, range.outputBase, exponent);
  numbers(mantissa, scale, moderate, lowest);
  return words.buffer;
}

/**
 * The tables of each axis: first tap and number of taps of every window, then first and last window
 * of every input.
 */
export function problemTables(axes: readonly AxisWindows[]): Uint32Array<ArrayBuffer> {
  const offsets = tableOffsets(axes);
  const last = axes.at(-1) as AxisWindows;
  const tables = new Uint32Array((offsets.at(-1) as number) + tableLength(last));
  axes.forEach(({ inputSize, outputSize, start, count, dilation }, axis) => {
    const at = offsets[axis] as number;
    tables.set(start, at);
    tables.set(count, at + outputSize);
    // If no window holds an input, its first window is after its last.
    const first = tables.subarray(at + 2 * outputSize, at + 2 * outputSize + inputSize).fill(1);
    const lastOf = tables.subarray(at + 2 * outputSize + inputSize, at + 2 * outputSize + 2 * inputSize);
    const seen = new Uint8Array(inputSize);
    for (let window = 0; window < outputSize; window++) {
      for (let tap = 0; tap < (count[window] as number); tap++) {
        const input = (start[window] as number) + tap * dilation;
        if (seen[input] === 0) first[input] = window;
        seen[input] = 1;
        lastOf[input] = window;
      }
    }
  });
  return tables;
}

/** The taps of the largest window along an axis. */
export function largestWindow({ count }: AxisWindows): number {
  return count.reduce((most, taps) => Math.max(most, taps), 1);
}

function tableOffsets(axes: readonly AxisWindows[]): number[] {
  let end = 0;
  return axes.map((axis) => {
    const start = end;
    end += tableLength(axis);
    return start;
  });
}

function tableLength({ inputSize, outputSize }: AxisWindows): number {
  return 2 * (inputSize + outputSize);
}
