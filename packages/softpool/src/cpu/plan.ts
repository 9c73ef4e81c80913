/**
 * Geometry and operator → a plan: the problem in the one form that the kernels know (assembly/problem.ts), the method, and how the tensors
 * can be cut into parts. A plan holds no tensor and no address; it can be kept, and sent to a thread.
 */
import type { Problem } from '../calls.ts';
import type { AxisWindows } from '../geometry.ts';
import type { Operator } from '../options.ts';
import type { DType } from '../tensor.ts';
import * as problem from './assembly/problem.ts';

/** How a problem is computed, as numbered in assembly/kernels.ts. */
const WINDOWS = 0;
const ROWS = 1;
const PAIRS = { 1: 2, 2: 3, 4: 4 } as const;

/** One problem, ready to be written into a memory. */
export interface Plan extends PlanShape {
  /** The problem block with its tables behind it; TABLE_FIELDS hold offsets within it, to be made addresses. */
  readonly block: Uint8Array;
}

/** How a problem's tensors can be cut into parts: all of a plan that is needed once its problem is in the memory. */
export interface PlanShape {
  /** Elements that lie one after another: planes, or examples. */
  readonly outer: number;
  /** The axis along which one such element can be cut, 0 depth, 1 height, 2 width, and its windows. */
  readonly axis: 0 | 1 | 2;
  readonly windows: AxisWindows;
  /** Parts of the gradient begin at multiples of this, so that none cuts a window that the kernels write whole. */
  readonly align: number;
  /** Fewest indices along the axis in a part, if the whole has as many: what the kernels' vectors need. */
  readonly least: number;
  /** Numbers in a slice of one index along `axis`, of the input and of the output, all channels counted. */
  readonly inputSlice: number;
  readonly outputSlice: number;
  /** Bytes of a number, in the tensors and in the kernels (float16 is computed in float32). */
  readonly storedBytes: 2 | 4 | 8;
  readonly computedBytes: 4 | 8;
  /** Channels to be brought to the last axis first; 1 if they are where the kernels expect them. */
  readonly transposedChannels: number;
}

/** Fields of the block that hold a table. */
export const TABLE_FIELDS = [
  problem.DEPTH_START,
  problem.DEPTH_COUNT,
  problem.HEIGHT_START,
  problem.HEIGHT_COUNT,
  problem.WIDTH_START,
  problem.WIDTH_COUNT,
] as const;

/** The polynomial of degree 5 for 2^f on [−½, ½], minimax in relative error (7.5e-8), divided by its leading coefficient. */
const COEFFICIENTS = [753.21220292, 522.0867166, 180.9375242, 41.80864673, 7.28773528];
const ROUND = 1.5 * 2 ** 23;
const GUARD = 16;

/** The lowest β d that float32 kernels tell from lower ones: e^-84.5 is a normal number, also after division by a window of 8. */
const LOWEST_LOGIT = -84.5;

/** Outside of these, β times a float32 may overflow or vanish; such problems are computed in float64. */
const SMALLEST_BETA = 2 ** -60;
const LARGEST_BETA = 2 ** 60;

/** What the rows of one tile may take of the second-level cache, in elements. */
const TILE_ELEMENTS = 65536;

/** Elements of a plane that gains nothing from vectors along its rows. */
const SMALL_PLANE = 64;

/** Such planes that are computed side by side: as many as a cache holds. */
const MOST_BESIDE = 256;

/** Windows wider than this are computed one at a time: their rows would need more scratch than they save. */
const WIDEST_ROW = 2 ** 18;

const NO_AXIS: AxisWindows = {
  inputSize: 1,
  outputSize: 1,
  start: new Int32Array(1),
  count: new Int32Array(1).fill(1),
  step: 1,
  kernelSize: 1,
  stride: 1,
  padding: [0, 0],
};

/** The plan for a problem. */
export function makePlan({ geometry, operator, dtype }: Problem): Plan {
  const { layout, batch, channels } = geometry;
  const shared = operator.weights === 'shared' && channels > 1;
  const single = dtype !== 'float64' && operator.beta >= SMALLEST_BETA && operator.beta <= LARGEST_BETA;
  const planeSize = geometry.axes.reduce((size, axis) => size * axis.inputSize, 1);
  // Planes too small for vectors of their own are computed side by side, as if they were channels of channelsLast.
  const beside = single && !shared && layout === 'channelsFirst' && planeSize <= SMALL_PLANE ? planesBeside(batch * channels) : 1;
  const transposedChannels = shared && layout === 'channelsFirst' ? channels : beside;
  const inner = shared || layout === 'channelsLast' ? channels : beside;
  let outer = (batch * channels) / inner;
  let axes = geometry.axes.filter((axis) => axis.inputSize > 1 || axis.outputSize > 1);
  while (axes.length > 1 && isIdentity(axes[0] as AxisWindows) && transposedChannels === 1) {
    outer *= (axes[0] as AxisWindows).inputSize; // windows of one element along it: more planes
    axes = axes.slice(1);
  }
  const method = !single ? WINDOWS : (pairsMethod(axes, inner, shared) ?? rowsMethod(axes, inner));
  if (method === ROWS && axes.length === 1 && inner >= 4) axes.push(NO_AXIS); // a row of channels for each position
  const [depth, height, width] = [NO_AXIS, NO_AXIS, NO_AXIS, ...axes].slice(-3) as [AxisWindows, AxisWindows, AxisWindows];
  const axis = depth !== NO_AXIS ? 0 : height !== NO_AXIS ? 1 : 2;
  const windows = [depth, height, width][axis] as AxisWindows;
  const sizeOf = (sizes: number[]): number => sizes.reduce((a, b) => a * b, inner);
  return {
    block: writeBlock(depth, height, width, inner, shared, method, operator, dtype),
    outer,
    axis,
    windows,
    align: method > ROWS ? 2 : 1,
    least: method > ROWS && axis === 2 ? 8 : 1,
    inputSlice: sizeOf([depth, height, width].map((a) => a.inputSize)) / windows.inputSize,
    outputSlice: sizeOf([depth, height, width].map((a) => a.outputSize)) / windows.outputSize,
    storedBytes: dtype === 'float64' ? 8 : dtype === 'float32' ? 4 : 2,
    computedBytes: dtype === 'float64' ? 8 : 4,
    transposedChannels,
  };
}

/** How many of so many planes are computed side by side: as many as make whole vectors and divide them evenly. */
function planesBeside(planes: number): number {
  for (let beside = MOST_BESIDE; beside > 0; beside -= 4) if (planes % beside === 0) return beside;
  return 1;
}

/** Windows of two along every axis, without padding, in whole vectors. */
function pairsMethod(axes: readonly AxisWindows[], inner: number, shared: boolean): number | undefined {
  const isPairs = (axis: AxisWindows): boolean =>
    axis.kernelSize === 2 && axis.stride === 2 && axis.step === 1 && axis.padding[0] === 0 && axis.count[axis.outputSize - 1] === 2;
  const outputs = axes.at(-1)?.outputSize ?? 0;
  const fits = inner === 1 ? outputs >= 4 : inner % 4 === 0;
  if (shared || !fits || !axes.every(isPairs)) return undefined;
  return PAIRS[(2 ** (axes.length - 1)) as 1 | 2 | 4];
}

/** Rows where there are vectors along them. */
function rowsMethod(axes: readonly AxisWindows[], inner: number): number {
  const width = axes.at(-1);
  if (width === undefined || (axes.length === 1 && inner >= 4)) return inner >= 4 ? ROWS : WINDOWS;
  const fits = width.inputSize * inner >= 4 && width.kernelSize * width.step * inner <= WIDEST_ROW;
  return fits ? ROWS : WINDOWS;
}

function writeBlock(
  depth: AxisWindows,
  height: AxisWindows,
  width: AxisWindows,
  inner: number,
  shared: boolean,
  method: number,
  { beta, gradient }: Operator,
  dtype: DType,
): Uint8Array {
  const tables = [depth.start, depth.count, height.start, height.count, width.start, width.count];
  const block = new Uint8Array(problem.PROBLEM_BYTES + tables.reduce((bytes, table) => bytes + table.byteLength, 0));
  const view = new DataView(block.buffer);
  const integer = (field: number, value: number): void => view.setInt32(field, value, true);
  const single = (field: number, value: number): void => view.setFloat32(field, value, true);
  integer(problem.DEPTH, depth.inputSize);
  integer(problem.HEIGHT, height.inputSize);
  integer(problem.WIDTH, width.inputSize);
  integer(problem.INNER, inner);
  integer(problem.OUT_DEPTH, depth.outputSize);
  integer(problem.OUT_HEIGHT, height.outputSize);
  integer(problem.OUT_WIDTH, width.outputSize);
  let offset = problem.PROBLEM_BYTES;
  TABLE_FIELDS.forEach((field, i) => {
    const table = tables[i] as Int32Array;
    integer(field, offset);
    block.set(new Uint8Array(table.buffer, table.byteOffset, table.byteLength), offset);
    offset += table.byteLength;
  });
  integer(problem.DEPTH_STEP, depth.step);
  integer(problem.HEIGHT_STEP, height.step);
  integer(problem.WIDTH_STEP, width.step);
  integer(problem.WIDTH_KERNEL, width.kernelSize);
  integer(problem.WIDTH_STRIDE, width.stride);
  integer(problem.WIDTH_BEFORE, width.padding[0]);
  const ring = method === ROWS && (shared || [depth, height, width].some(overlaps)) ? ringRows(depth, height) : [0, 0];
  integer(problem.RING_DEPTH, ring[0] as number);
  integer(problem.RING_HEIGHT, ring[1] as number);
  integer(problem.TILE, method === ROWS ? tileOutputs(width, inner, (ring[0] as number) * (ring[1] as number)) : width.outputSize);
  integer(problem.METHOD, method);
  integer(problem.SHARED, shared ? 1 : 0);
  integer(problem.EXACT, gradient === 'exact' ? 1 : 0);
  integer(problem.ELEMENT, dtype === 'float64' ? 8 : 4);
  single(problem.BETA, beta);
  single(problem.TO_EXPONENT, beta * Math.LOG2E);
  single(problem.LOWEST, LOWEST_LOGIT / beta);
  COEFFICIENTS.forEach((coefficient, i) => {
    single(problem.COEFFICIENTS + 4 * i, coefficient);
  });
  single(problem.ROUND, ROUND);
  single(problem.ROUND_GUARDED, ROUND + GUARD);
  view.setFloat64(problem.BETA_64, beta, true);
  view.setFloat64(problem.WEIGHT_FLOOR, dtype === 'float64' ? 2 ** -1022 : 2 ** -126, true);
  return block;
}

/** How many rows of exponentials to keep, along the depth and the height: those of a window, and where windows overlap in depth, all rows of its slices. */
function ringRows(depth: AxisWindows, height: AxisWindows): [number, number] {
  const powerOfTwo = (rows: number): number => 2 ** Math.ceil(Math.log2(rows));
  return [powerOfTwo(extent(depth)), powerOfTwo(overlaps(depth) ? height.inputSize : extent(height))];
}

/** Outputs of a row computed together, so that the rows in use stay in the cache. */
function tileOutputs(width: AxisWindows, inner: number, ring: number): number {
  const columns = Math.max(256, Math.min(2048, TILE_ELEMENTS / (ring + 6))) / inner;
  const stride = width.stride || Math.max(1, width.inputSize / width.outputSize);
  const outputs = Math.floor((columns - extent(width)) / stride) + 1;
  return Math.min(width.outputSize, Math.max(inner >= 4 ? 1 : 16, outputs));
}

function isIdentity(axis: AxisWindows): boolean {
  return axis.kernelSize === 1 && axis.stride === 1 && axis.inputSize === axis.outputSize;
}

function overlaps({ outputSize, start, count, step }: AxisWindows): boolean {
  for (let i = 1; i < outputSize; i++) {
    if ((start[i] as number) <= (start[i - 1] as number) + ((count[i - 1] as number) - 1) * step) return true;
  }
  return false;
}

/** Elements from a window's first tap to its last. */
function extent({ kernelSize, step, inputSize }: AxisWindows): number {
  return Math.min(inputSize, (kernelSize - 1) * step + 1);
}
