/**
 * Shape and window options → checked numbers. Every list and option of the caller is read once, so
 * that it cannot change under the check.
 */
import { checkInteger, checkKeys, checkOneOf, rangeError, typeError } from '../api/errors.ts';
import type { AdaptivePoolOptions, GlobalPoolOptions, Layout, PerAxis, PoolOptions } from '../api/options.ts';

/** A number of spatial axes. */
export type Dims = 1 | 2 | 3;

/** The checked options of one axis. */
export type AxisOptions =
  | {
      readonly kind: 'regular';
      readonly inputSize: number;
      readonly kernelSize: number;
      readonly stride: number;
      readonly dilation: number;
      readonly before: number;
      readonly after: number;
      readonly ceilMode: boolean;
    }
  | { readonly kind: 'adaptive'; readonly inputSize: number; readonly outputSize: number };

/** A checked shape and checked window options: all that a geometry follows from. */
export interface CheckedWindows {
  readonly shape: readonly number[];
  readonly spatialDims: Dims;
  readonly layout: Layout;
  /** False if the output has no spatial axes. */
  readonly keepDims: boolean;
  readonly axes: readonly AxisOptions[];
  /** Whether padding counts as zeros. */
  readonly countsZeros: boolean;
}

const BOOLEANS = [true, false] as const;
const DIMS = [1, 2, 3] as const;
const PAD_MODES = ['ignore', 'zeros'] as const;
const LAYOUTS = ['channelsFirst', 'channelsLast'] as const;

const OPERATOR_KEYS = ['layout', 'weights', 'beta', 'gradient'];
/** The options of `softPool1d/2d/3d`. */
export const POOL_KEYS = ['kernelSize', 'stride', 'padding', 'padMode', 'dilation', 'ceilMode', ...OPERATOR_KEYS];
/** The options of `adaptiveSoftPool1d/2d/3d`. */
export const ADAPTIVE_KEYS = ['outputSize', ...OPERATOR_KEYS];
/** The options of `globalSoftPool`. */
export const GLOBAL_KEYS = ['spatialDims', 'keepDims', ...OPERATOR_KEYS];

/** Indices into tensors are 32-bit in every kernel. */
const LARGEST_AXIS = 2 ** 31 - 1;

/**
 * Checks the windows of `softPool1d/2d/3d`. `path` names the shape in messages; `keys` are the
 * options that the call takes.
 */
export function checkPoolWindows(
  call: string,
  path: string,
  shape: readonly number[],
  dims: Dims,
  options: PoolOptions,
  keys: readonly string[] = POOL_KEYS,
): CheckedWindows {
  checkKeys(call, options, keys);
  const { kernelSize, stride = kernelSize, padding = 'valid', dilation = 1, ceilMode = false } = options;
  const { layout = 'channelsFirst', padMode = 'ignore' } = options;
  const sizes = checkRank(call, path, shape, dims, layout);
  checkOneOf(call, 'options.ceilMode', ceilMode, BOOLEANS);
  checkOneOf(call, 'options.padMode', padMode, PAD_MODES);
  const axes: AxisOptions[] = [];
  for (let axis = 0; axis < dims; axis++) {
    const inputSize = spatialSize(call, path, sizes, dims, layout, axis);
    const axisOptions = {
      inputSize,
      kernelSize: perAxis(call, 'options.kernelSize', kernelSize, axis, dims),
      stride: perAxis(call, 'options.stride', stride, axis, dims),
      dilation: perAxis(call, 'options.dilation', dilation, axis, dims),
      ceilMode,
    };
    const [before, after] = axisPadding(call, padding, axis, dims, axisOptions);
    axes.push({ kind: 'regular', ...axisOptions, before, after });
  }
  return { shape: sizes, spatialDims: dims, layout, keepDims: true, axes, countsZeros: padMode === 'zeros' };
}

/** Checks the windows of `adaptiveSoftPool1d/2d/3d`. */
export function checkAdaptiveWindows(
  call: string,
  path: string,
  shape: readonly number[],
  dims: Dims,
  options: AdaptivePoolOptions,
  keys: readonly string[] = ADAPTIVE_KEYS,
): CheckedWindows {
  checkKeys(call, options, keys);
  const { outputSize, layout = 'channelsFirst' } = options;
  const sizes = checkRank(call, path, shape, dims, layout);
  const axes: AxisOptions[] = [];
  for (let axis = 0; axis < dims; axis++) {
    const inputSize = spatialSize(call, path, sizes, dims, layout, axis);
    axes.push({ kind: 'adaptive', inputSize, outputSize: perAxis(call, 'options.outputSize', outputSize, axis, dims) });
  }
  return { shape: sizes, spatialDims: dims, layout, keepDims: true, axes, countsZeros: false };
}

/** Checks the window of `globalSoftPool`: the whole extent. */
export function checkGlobalWindows(
  call: string,
  path: string,
  shape: readonly number[],
  options: GlobalPoolOptions,
  keys: readonly string[] = GLOBAL_KEYS,
): CheckedWindows {
  checkKeys(call, options, keys);
  const { layout = 'channelsFirst', keepDims = true } = options;
  // A wrong rank is left to checkRank.
  const { spatialDims: dims = Math.min(3, Math.max(1, shape.length - 2)) as Dims } = options;
  checkOneOf(call, 'options.spatialDims', dims, DIMS);
  checkOneOf(call, 'options.keepDims', keepDims, BOOLEANS);
  const sizes = checkRank(call, path, shape, dims, layout);
  const axes: AxisOptions[] = [];
  for (let axis = 0; axis < dims; axis++) {
    axes.push({ kind: 'adaptive', inputSize: spatialSize(call, path, sizes, dims, layout, axis), outputSize: 1 });
  }
  return { shape: sizes, spatialDims: dims, layout, keepDims, axes, countsZeros: false };
}

/** A text that is the same for the same windows, and for no others. */
export function windowsKey({ shape, spatialDims, layout, keepDims, axes, countsZeros }: CheckedWindows): string {
  let key = `${layout}${spatialDims}${keepDims}${countsZeros}`;
  for (const size of shape) key += ` ${size}`;
  for (const axis of axes) {
    key +=
      axis.kind === 'adaptive'
        ? ` a${axis.outputSize}`
        : ` ${axis.kernelSize} ${axis.stride} ${axis.dilation} ${axis.before} ${axis.after}${axis.ceilMode ? 'c' : ''}`;
  }
  return key;
}

/** A copy of the shape. Throws unless it is that of a batch or of one example. */
function checkRank(call: string, path: string, shape: readonly number[], dims: Dims, layout: Layout): number[] {
  checkOneOf(call, 'options.layout', layout, LAYOUTS);
  const rank = shape.length;
  if (rank === dims + 1 && shape[0] === 0) throw rangeError(call, `${path}[0]`, 'a positive integer', 0, ': only a batch may be empty');
  if (rank === dims + 1 || rank === dims + 2) return shape.slice();
  const axes = dims === 1 ? 'L' : ['D', 'H', 'W'].slice(3 - dims).join(', ');
  const expected = layout === 'channelsFirst' ? `[N, C, ${axes}] or [C, ${axes}]` : `[N, ${axes}, C] or [${axes}, C]`;
  throw rangeError(call, path, expected, shape);
}

function spatialSize(call: string, path: string, shape: readonly number[], dims: Dims, layout: Layout, axis: number): number {
  const size = shape[shape.length - dims - (layout === 'channelsFirst' ? 0 : 1) + axis] as number;
  if (size > LARGEST_AXIS) throw rangeError(call, path, 'at most 2^31 − 1 along each spatial axis', size, ` along axis ${axis}`);
  return size;
}

function axisPadding(
  call: string,
  padding: PoolOptions['padding'],
  axis: number,
  dims: number,
  { inputSize, kernelSize, stride, dilation }: Pick<AxisOptions & { kind: 'regular' }, 'inputSize' | 'kernelSize' | 'stride' | 'dilation'>,
): readonly [before: number, after: number] {
  if (padding === 'valid') return [0, 0];
  if (padding === 'same') {
    const outputSize = Math.ceil(inputSize / stride);
    const total = Math.max(0, (outputSize - 1) * stride + dilation * (kernelSize - 1) + 1 - inputSize);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }
  if (typeof padding === 'number') {
    checkSize(call, 'options.padding', padding, 0);
    return [padding, padding];
  }
  if (!Array.isArray(padding)) {
    throw typeError(call, 'options.padding', "'valid', 'same', a number, one per axis, or [before, after] per axis", padding);
  }
  if (padding.length !== dims) {
    throw rangeError(call, 'options.padding', `a list of ${dims}, one per spatial axis`, padding);
  }
  const entry: unknown = padding[axis];
  if (!Array.isArray(entry)) {
    checkSize(call, `options.padding[${axis}]`, entry, 0);
    return [entry, entry];
  }
  if (entry.length !== 2) throw rangeError(call, `options.padding[${axis}]`, '[before, after]', entry);
  const [before, after]: unknown[] = entry;
  checkSize(call, `options.padding[${axis}][0]`, before, 0);
  checkSize(call, `options.padding[${axis}][1]`, after, 0);
  return [before, after];
}

function perAxis(call: string, path: string, value: PerAxis, axis: number, dims: number): number {
  if (!Array.isArray(value)) {
    checkSize(call, path, value, 1);
    return value;
  }
  if (value.length !== dims) throw rangeError(call, path, `a positive integer or ${dims} of them, one per spatial axis`, value);
  const entry: unknown = value[axis];
  checkSize(call, `${path}[${axis}]`, entry, 1);
  return entry;
}

/** Throws unless `value` is an integer that fits an index of the kernels. */
export function checkSize(call: string, path: string, value: unknown, least: 0 | 1): asserts value is number {
  if (typeof value === 'number' && value > LARGEST_AXIS) {
    throw rangeError(call, path, `${least === 1 ? 'a positive integer' : 'an integer ≥ 0'}, at most 2^31 − 1`, value);
  }
  checkInteger(call, path, value, least);
}
