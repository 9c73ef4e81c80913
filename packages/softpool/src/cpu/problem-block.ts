/**
 * The problem block (kernels/problem-fields.ts): written once for a problem, and placed in a memory
 * of the kernels.
 */
import type { Operator } from '../api/options.ts';
import type { DType } from '../api/tensor.ts';
import type { AxisWindows } from '../geometry/axis-windows.ts';
import * as fields from './kernels/problem-fields.ts';
import { aligned, type Machine, SLACK } from './wasm-module.ts';

/** A problem in the form that the kernels know. */
export interface BlockContents {
  readonly depth: AxisWindows;
  readonly height: AxisWindows;
  readonly width: AxisWindows;
  /** Elements that lie side by side at one position. */
  readonly inner: number;
  readonly isShared: boolean;
  /** How the problem is computed, as numbered in kernels/walk.ts. */
  readonly method: number;
  /**
   * Rows of exponentials to keep, along the depth and the height; 0 if windows do not share them.
   */
  readonly ring: readonly [depth: number, height: number];
  /** See APART in kernels/problem-fields.ts. */
  readonly minTaps: number;
  /** Outputs of a row that are computed together. */
  readonly tile: number;
  readonly operator: Operator;
  readonly dtype: DType;
}

/**
 * Fields that hold the address of a table; in a block that is not placed yet, its offset in the
 * block.
 */
const TABLE_FIELDS = [
  fields.DEPTH_START,
  fields.DEPTH_COUNT,
  fields.HEIGHT_START,
  fields.HEIGHT_COUNT,
  fields.WIDTH_START,
  fields.WIDTH_COUNT,
] as const;

/**
 * The minimax polynomial of degree 5 for 2^f on [−½, ½] in relative error (7.5e-8), divided by its
 * leading coefficient.
 */
const COEFFICIENTS = [753.21220292, 522.0867166, 180.9375242, 41.80864673, 7.28773528];
const ROUND = 1.5 * 2 ** 23;
const GUARD = 16;

/**
 * The lowest β d that float32 kernels tell from lower ones: e^-84.5 is normal, also after division
 * by a window of 8.
 */
const LOWEST_LOGIT = -84.5;

/** The block with its tables behind it. */
export function problemBlock(contents: BlockContents): Uint8Array {
  const { depth, height, width, inner, isShared, method, ring, minTaps, tile, operator, dtype } = contents;
  const { beta, gradient } = operator;
  const axes = [depth, height, width];
  const tables = axes.flatMap(({ start, count }) => [start, count]);
  const block = new Uint8Array(fields.PROBLEM_BYTES + tables.reduce((bytes, table) => bytes + table.byteLength, 0));
  const view = new DataView(block.buffer);
  const integer = (field: number, value: number): void => view.setInt32(field, value, true);
  const single = (field: number, value: number): void => view.setFloat32(field, value, true);
  // The sizes of the axes are next to each other; each step follows the two tables of its axis.
  axes.forEach(({ outputSize, inputSize, dilation }, axis) => {
    integer(fields.DEPTH + 4 * axis, inputSize);
    integer(fields.OUT_DEPTH + 4 * axis, outputSize);
    integer(fields.DEPTH_STEP + 12 * axis, dilation);
  });
  integer(fields.INNER, inner);
  let offset = fields.PROBLEM_BYTES;
  TABLE_FIELDS.forEach((field, i) => {
    const table = tables[i] as Int32Array;
    integer(field, offset);
    block.set(new Uint8Array(table.buffer, table.byteOffset, table.byteLength), offset);
    offset += table.byteLength;
  });
  integer(fields.WIDTH_KERNEL, width.kernelSize);
  integer(fields.WIDTH_STRIDE, width.stride);
  integer(fields.WIDTH_BEFORE, width.padding[0]);
  integer(fields.RING_DEPTH, ring[0]);
  integer(fields.RING_HEIGHT, ring[1]);
  integer(fields.TILE, tile);
  integer(fields.METHOD, method);
  integer(fields.APART, minTaps);
  integer(fields.SHARED, isShared ? 1 : 0);
  integer(fields.EXACT, gradient === 'exact' ? 1 : 0);
  integer(fields.ELEMENT, dtype === 'float64' ? 8 : 4);
  single(fields.BETA, beta);
  single(fields.TO_EXPONENT, beta * Math.LOG2E);
  single(fields.LOWEST, LOWEST_LOGIT / beta);
  COEFFICIENTS.forEach((coefficient, i) => {
    single(fields.COEFFICIENTS + 4 * i, coefficient);
  });
  single(fields.ROUND, ROUND);
  single(fields.ROUND_GUARDED, ROUND + GUARD);
  let factorial = 1;
  for (let n = 2; n <= 13; n++) {
    factorial *= n;
    view.setFloat64(fields.TAYLOR + 8 * (n - 2), 1 / factorial, true);
  }
  view.setFloat64(fields.BETA_64, beta, true);
  view.setFloat64(fields.WEIGHT_FLOOR, dtype === 'float64' ? 2 ** -1022 : 2 ** -126, true);
  return block;
}

/**
 * Writes a block to `address`, and returns the end of what its kernels use from there on. The
 * memory must reach that far.
 */
export function placeProblem({ kernels, memory }: Machine, block: Uint8Array, address: number): number {
  new Uint8Array(memory.buffer).set(block, address);
  const view = new DataView(memory.buffer);
  for (const field of TABLE_FIELDS) view.setUint32(address + field, address + view.getUint32(address + field, true), true);
  const scratch = aligned(address + block.length);
  view.setUint32(address + fields.SCRATCH, scratch, true);
  const records = aligned(scratch + kernels.scratchBytes(address) + SLACK);
  view.setUint32(address + fields.RECORDS, records, true);
  return aligned(records + kernels.recordBytes(address) + SLACK);
}

/**
 * The bytes that a problem and its kernels' scratch take. Writes only the block itself, to
 * `address`.
 */
export function problemBytes(machine: Machine, block: Uint8Array, address: number): number {
  return placeProblem(machine, block, address) - address;
}
