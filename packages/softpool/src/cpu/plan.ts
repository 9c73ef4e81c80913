/**
 * Problem → plan: the problem block, the method, and how the tensors can be cut into parts. A plan
 * holds neither tensors nor addresses, so it can be kept for all calls with the same problem.
 */
import type { Job, Problem } from '../api/job.ts';
import { type AxisWindows, NO_AXIS } from '../geometry/axis-windows.ts';
import { problemBlock } from './problem-block.ts';

/** How a problem is computed. */
export interface Plan {
  /** See problem-block.ts. */
  readonly block: Uint8Array;
  /** Elements that lie one after another: planes, or examples. */
  readonly outer: number;
  /** The axis along which one such element can be cut: 0 depth, 1 height, 2 width. */
  readonly axis: 0 | 1 | 2;
  /** The windows along that axis. */
  readonly windows: AxisWindows;
  /**
   * Parts of the gradient start at multiples of this, so that none cuts a window that the kernels
   * write whole.
   */
  readonly align: number;
  /**
   * The fewest indices along the axis in a part, if the whole has as many: what the kernels'
   * vectors need.
   */
  readonly least: number;
  /**
   * Numbers in a slice of one index along `axis`, of the input and of the output, for all channels.
   */
  readonly inputSlice: number;
  readonly outputSlice: number;
  /** Bytes of a number in the tensors. */
  readonly storedBytes: 2 | 4 | 8;
  /** Bytes of a number in the kernels: they compute float16 as float32. */
  readonly computedBytes: 4 | 8;
  /** Channels to move to the last axis first; 1 if they are where the kernels expect them. */
  readonly transposedChannels: number;
}

/**
 * Part of a job: outer elements `from` to `to`, and in each the indices `low` to `high` along the
 * plan's axis, of the output or, in a gradient, of the input.
 */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

/** The methods, as numbered in kernels/walk.ts. Those of windows of 2 follow, by their axes. */
const ONE_WINDOW = 0;
const ROWS = 1;

/**
 * Beyond these, β times a float32 may overflow or vanish; such problems are computed in float64.
 */
const SMALLEST_BETA = 2 ** -60;
const LARGEST_BETA = 2 ** 60;

/** Elements of the second-level cache that the rows of one tile may take. */
const TILE_ELEMENTS = 65536;

/** Planes of up to this many elements gain nothing from vectors along their rows. */
const SMALL_PLANE = 64;

/** The most small planes that are computed side by side: as many as fit the cache. */
const MOST_SMALL_BESIDE = 256;

/** The most others. Longer rows of so many would take much staging memory. */
const MOST_BESIDE = 32;
const LONGEST_BESIDE = 8192;

/** Wider windows are computed one at a time: their rows would need more scratch than they save. */
const WIDEST_ROW = 2 ** 18;

/** Plans a problem. */
export function planFor({ geometry, operator, dtype }: Problem): Plan {
  const { layout, batch, channels } = geometry;
  const isShared = operator.weights === 'shared' && channels > 1;
  const isSingle = dtype !== 'float64' && operator.beta >= SMALLEST_BETA && operator.beta <= LARGEST_BETA;
  const planeSize = geometry.axes.reduce((size, axis) => size * axis.inputSize, 1);
  // Planes too small for vectors of their own, or of windows that are three columns wide and apart,
  // are computed side by side, as if they were channels of channelsLast.
  const most = planeSize <= SMALL_PLANE ? MOST_SMALL_BESIDE : areOfThree(geometry.axes.at(-1) as AxisWindows) ? MOST_BESIDE : 1;
  const beside = isSingle && !isShared && layout === 'channelsFirst' ? planesBeside(batch * channels, most) : 1;
  const transposedChannels = isShared && layout === 'channelsFirst' ? channels : beside;
  const inner = isShared || layout === 'channelsLast' ? channels : beside;
  let outer = (batch * channels) / inner;
  let axes = geometry.axes.filter((axis) => axis.inputSize > 1 || axis.outputSize > 1);
  while (axes.length > 1 && isIdentity(axes[0] as AxisWindows) && transposedChannels === 1) {
    outer *= (axes[0] as AxisWindows).inputSize; // windows of one element along it: more planes
    axes = axes.slice(1);
  }
  const method = !isSingle ? ONE_WINDOW : (windowsOf2Method(axes, inner, isShared) ?? rowsMethod(axes, inner));
  // a row of channels for each position
  if (method === ROWS && axes.length === 1 && inner >= 4) axes.push(NO_AXIS);
  const [depth, height, width] = [NO_AXIS, NO_AXIS, NO_AXIS, ...axes].slice(-3) as [AxisWindows, AxisWindows, AxisWindows];
  const axis = depth !== NO_AXIS ? 0 : height !== NO_AXIS ? 1 : 2;
  const windows = [depth, height, width][axis] as AxisWindows;
  const isReused = method === ROWS && (isShared || [depth, height, width].some(overlaps));
  const ring = isReused ? ringRows(depth, height) : ([0, 0] as const);
  const minTaps = method === ROWS && !isReused && inner === 1 && width.dilation === 1 ? width.count.reduce((a, b) => Math.min(a, b)) : 0;
  const tile = method === ROWS ? tileOutputs(width, inner, ring[0] * ring[1]) : width.outputSize;
  const sizeOf = (sizes: number[]): number => sizes.reduce((a, b) => a * b, inner);
  return {
    block: problemBlock({ depth, height, width, inner, isShared, method, ring, minTaps, tile, operator, dtype }),
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

/** The whole of a job. */
export function wholeJob({ outer, windows }: Plan, kind: Job['kind']): Part {
  return { from: 0, to: outer, low: 0, high: kind === 'forward' ? windows.outputSize : windows.inputSize };
}

/** Cuts a part along the plan's axis into about `wanted` parts. */
export function cutAlong({ align, least }: Plan, part: Part, wanted: number): Part[] {
  const step = Math.max(least, Math.ceil((part.high - part.low) / wanted / align) * align);
  const parts: Part[] = [];
  for (let low = part.low; low < part.high; ) {
    const high = part.high - (low + step) < least ? part.high : low + step;
    parts.push({ ...part, low, high });
    low = high;
  }
  return parts;
}

/** Whether windows have three columns, and share none unless they are dilated. */
function areOfThree({ kernelSize, stride, inputSize }: AxisWindows): boolean {
  return kernelSize === 3 && stride > 2 && inputSize <= LONGEST_BESIDE;
}

/**
 * How many of `planes` are computed side by side, at most `most`: as many as make whole vectors and
 * divide them evenly.
 */
function planesBeside(planes: number, most: number): number {
  for (let beside = most; beside > 0; beside -= 4) if (planes % beside === 0) return beside;
  return 1;
}

/** The method for windows of 2 at stride 2 along every axis, without padding, in whole vectors. */
function windowsOf2Method(axes: readonly AxisWindows[], inner: number, isShared: boolean): number | undefined {
  const isOf2 = (axis: AxisWindows): boolean =>
    axis.kernelSize === 2 && axis.stride === 2 && axis.dilation === 1 && axis.padding[0] === 0 && axis.count[axis.outputSize - 1] === 2;
  const outputs = axes.at(-1)?.outputSize ?? 0;
  const fits = inner === 1 ? outputs >= 4 : inner % 4 === 0;
  return isShared || !fits || !axes.every(isOf2) ? undefined : ROWS + axes.length;
}

/** Rows, where there are vectors along them. */
function rowsMethod(axes: readonly AxisWindows[], inner: number): number {
  const { inputSize, kernelSize, dilation } = axes.at(-1) ?? NO_AXIS;
  const fits = inputSize * inner >= 4 && kernelSize * dilation * inner <= WIDEST_ROW;
  return fits || (axes.length < 2 && inner >= 4) ? ROWS : ONE_WINDOW;
}

/**
 * The rows of exponentials to keep, along the depth and the height: those of a window, and where
 * windows overlap in depth, all rows of its slices.
 */
function ringRows(depth: AxisWindows, height: AxisWindows): [number, number] {
  const powerOfTwo = (rows: number): number => 2 ** Math.ceil(Math.log2(rows));
  return [powerOfTwo(extent(depth)), powerOfTwo(overlaps(depth) ? height.inputSize : extent(height))];
}

/** The outputs of a row computed together, so that the rows in use stay in the cache. */
function tileOutputs(width: AxisWindows, inner: number, ring: number): number {
  const stride = width.stride || Math.max(1, width.inputSize / width.outputSize);
  // Taps that vectors do not load in place are gathered in the scratch, three rows for each.
  const gathered = inner < 4 && stride * inner > 2 ? (3 * width.kernelSize) / stride : 0;
  const columns = Math.max(256, TILE_ELEMENTS / (ring + 6 + gathered)) / inner;
  const outputs = Math.floor((columns - extent(width)) / stride) + 1;
  return Math.min(width.outputSize, Math.max(inner >= 4 ? 1 : 16, outputs));
}

function isIdentity(axis: AxisWindows): boolean {
  return axis.kernelSize === 1 && axis.stride === 1 && axis.inputSize === axis.outputSize;
}

function overlaps({ count, dilation, start, outputSize }: AxisWindows): boolean {
  for (let i = 1; i < outputSize; i++) {
    if ((start[i] as number) <= (start[i - 1] as number) + ((count[i - 1] as number) - 1) * dilation) return true;
  }
  return false;
}

/** Elements from a window's first tap to its last. */
function extent({ inputSize, dilation, kernelSize }: AxisWindows): number {
  return Math.min(inputSize, (kernelSize - 1) * dilation + 1);
}
