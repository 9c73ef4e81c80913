/**
 * Options → checked geometry: which inputs each window covers. Computed and checked here only; every backend reads it, forward and
 * backward, so that a gradient cannot disagree with its forward.
 *
 * A window is stored per axis as the taps that lie inside the input: `start`, `count`, and the `step` between them. Padding is thereby
 * gone before a kernel runs: a padded position is a tap that is not in the list.
 */
import { type ArgumentError, checkInteger, checkKeys, checkOneOf, rangeError, typeError } from './api/errors.ts';
import type { AdaptivePoolOptions, GlobalPoolOptions, Layout, PerAxis, PoolOptions } from './options.ts';

/** The windows along one spatial axis. */
export interface AxisWindows {
  /** Elements of the input along this axis. */
  readonly inputSize: number;
  /** Windows, that is elements of the output, along this axis. */
  readonly outputSize: number;
  /** For each window, its first tap inside the input. */
  readonly start: Int32Array;
  /** For each window, how many of its taps are inside the input: at least 1. */
  readonly count: Int32Array;
  /** The distance between taps: the dilation. */
  readonly step: number;
  /** The window's full size; for adaptive windows, whose size varies, that of the largest. */
  readonly kernelSize: number;
  /** The step between windows; 0 for adaptive windows of unequal size, which have none. */
  readonly stride: number;
  /** Elements of padding before and after; with `ceilMode` a window may reach past the end of the second. */
  readonly padding: readonly [before: number, after: number];
}

/** What a call's shape and options mean. */
export interface PoolGeometry {
  /** How many spatial axes there are. */
  readonly spatialDims: 1 | 2 | 3;
  /** Where the channels are. */
  readonly layout: Layout;
  /** Examples in the batch; 1 for a tensor without a batch axis. */
  readonly batch: number;
  /** Channels. */
  readonly channels: number;
  /** The windows along each spatial axis, depth before height before width. */
  readonly axes: readonly AxisWindows[];
  /** The shape of the input. */
  readonly inputShape: readonly number[];
  /** The shape of the output, with a batch axis exactly when the input has one. */
  readonly outputShape: readonly number[];
}

/** The options of {@link poolGeometry}: those of a pooling call, and how many axes it pools. */
export type PoolGeometryOptions = (PoolOptions | AdaptivePoolOptions) & {
  /** How many spatial axes: 1 as `softPool1d`, 2 as `softPool2d`, 3 as `softPool3d`. */
  readonly spatialDims: 1 | 2 | 3;
};

const OPERATOR_KEYS = ['layout', 'weights', 'beta', 'gradient'];
const POOL_KEYS = ['kernelSize', 'stride', 'padding', 'dilation', 'ceilMode', ...OPERATOR_KEYS];
const ADAPTIVE_KEYS = ['outputSize', ...OPERATOR_KEYS];
const GLOBAL_KEYS = ['spatialDims', 'keepDims', ...OPERATOR_KEYS];

/** Indices into tensors are 32-bit in every kernel. */
const LARGEST_AXIS = 2 ** 31 - 1;

/** Two 32-bit numbers a window must fit, for every axis, in a kernel's memory of 4 GiB beside the tensors. */
const MOST_WINDOWS = 2 ** 28;

/**
 * What a pooling call would do with a tensor of this shape, without doing it: the output's shape and every window.
 *
 * @param shape - `[N, C, ...spatial]`, or without `N`; with `layout: 'channelsLast'`, `[N, ...spatial, C]`.
 * @param options - Those of the pooling call, and how many axes it pools.
 * @throws RangeError or TypeError with the option's path, as the pooling call itself would.
 * @example
 * ```ts
 * poolGeometry([8, 64, 112, 112], { spatialDims: 2, kernelSize: 3, stride: 2, padding: 1 }).outputShape; // [8, 64, 56, 56]
 * ```
 */
export function poolGeometry(shape: readonly number[], options: PoolGeometryOptions): PoolGeometry {
  return anyGeometry('poolGeometry', shape, options);
}

/** The geometry of windows or of adaptive ones, as the options say. */
export function anyGeometry(call: string, shape: readonly number[], options: PoolGeometryOptions): PoolGeometry {
  const adaptive = typeof options === 'object' && options !== null && 'outputSize' in options;
  checkKeys(call, options, ['spatialDims', ...(adaptive ? ADAPTIVE_KEYS : POOL_KEYS)]);
  checkOneOf(call, 'options.spatialDims', options.spatialDims, [1, 2, 3]);
  if (!Array.isArray(shape)) throw typeError(call, 'shape', 'an array of positive integers', shape);
  for (let axis = 0; axis < shape.length; axis++) checkSize(call, `shape[${axis}]`, shape[axis], 1); // holes as well
  const { spatialDims, ...rest } = options;
  return 'outputSize' in rest
    ? adaptiveGeometry(call, 'shape', shape, spatialDims, rest)
    : windowGeometry(call, 'shape', shape, spatialDims, rest);
}

/** The geometry of `softPool1d/2d/3d`. `path` names the shape in messages. */
export function windowGeometry(call: string, path: string, shape: readonly number[], dims: 1 | 2 | 3, options: PoolOptions): PoolGeometry {
  checkKeys(call, options, POOL_KEYS);
  const extents = splitShape(call, path, shape, dims, options.layout);
  const { kernelSize, stride = kernelSize, dilation = 1, ceilMode = false } = options;
  checkOneOf(call, 'options.ceilMode', ceilMode, [true, false]);
  const axes = extents.spatial.map((inputSize, axis) => {
    const size = perAxis(call, 'kernelSize', kernelSize, axis, dims);
    const step = perAxis(call, 'stride', stride, axis, dims);
    const gap = perAxis(call, 'dilation', dilation, axis, dims);
    const padding = axisPadding(call, options.padding, axis, dims, inputSize, size, step, gap);
    return regularWindows(call, axis, inputSize, size, step, gap, padding, ceilMode);
  });
  return { ...extents.rest, axes, inputShape: [...shape], outputShape: extents.outputShape(axes) };
}

/** The geometry of `adaptiveSoftPool1d/2d/3d`. */
export function adaptiveGeometry(
  call: string,
  path: string,
  shape: readonly number[],
  dims: 1 | 2 | 3,
  options: AdaptivePoolOptions,
): PoolGeometry {
  checkKeys(call, options, ADAPTIVE_KEYS);
  const extents = splitShape(call, path, shape, dims, options.layout);
  const axes = extents.spatial.map((inputSize, axis) => {
    const outputSize = perAxis(call, 'outputSize', options.outputSize, axis, dims);
    checkWindowCount(call, axis, outputSize);
    return adaptiveWindows(inputSize, outputSize);
  });
  return { ...extents.rest, axes, inputShape: [...shape], outputShape: extents.outputShape(axes) };
}

/** The geometry of `globalSoftPool`: one window over everything. */
export function globalGeometry(call: string, path: string, shape: readonly number[], options: GlobalPoolOptions): PoolGeometry {
  checkKeys(call, options, GLOBAL_KEYS);
  const { spatialDims = Math.min(3, Math.max(1, shape.length - 2)), keepDims = true } = options; // a wrong rank is splitShape's to report
  checkOneOf(call, 'options.spatialDims', spatialDims, [1, 2, 3]);
  checkOneOf(call, 'options.keepDims', keepDims, [true, false]);
  const dims = spatialDims as 1 | 2 | 3;
  const extents = splitShape(call, path, shape, dims, options.layout);
  const axes = extents.spatial.map((inputSize) => adaptiveWindows(inputSize, 1));
  const { batch, channels } = extents.rest;
  const outputShape = keepDims ? extents.outputShape(axes) : shape.length === dims + 2 ? [batch, channels] : [channels];
  return { ...extents.rest, axes, inputShape: [...shape], outputShape };
}

function splitShape(call: string, path: string, shape: readonly number[], dims: 1 | 2 | 3, layout: Layout = 'channelsFirst') {
  checkOneOf(call, 'options.layout', layout, ['channelsFirst', 'channelsLast']);
  const rank = shape.length;
  if (rank !== dims + 1 && rank !== dims + 2) {
    const axes = ['D', 'H', 'W'].slice(3 - dims).join(', ');
    const expected = layout === 'channelsFirst' ? `[N, C, ${axes}] or [C, ${axes}]` : `[N, ${axes}, C] or [${axes}, C]`;
    throw rangeError(call, path, expected, shape);
  }
  const batched = rank === dims + 2;
  const inner = batched ? shape.slice(1) : shape;
  const spatial = layout === 'channelsFirst' ? inner.slice(1) : inner.slice(0, dims);
  const batch = batched ? (shape[0] as number) : 1;
  const channels = (layout === 'channelsFirst' ? inner[0] : inner[dims]) as number;
  spatial.forEach((length, axis) => {
    if (length > LARGEST_AXIS) throw rangeError(call, path, 'at most 2^31 − 1 along each spatial axis', length, ` along axis ${axis}`);
  });
  const outputShape = (axes: readonly AxisWindows[]): number[] => {
    const sizes = axes.map((axis) => axis.outputSize);
    return [...(batched ? [batch] : []), ...(layout === 'channelsFirst' ? [channels, ...sizes] : [...sizes, channels])];
  };
  return { spatial, rest: { spatialDims: dims, layout, batch, channels }, outputShape };
}

function regularWindows(
  call: string,
  axis: number,
  inputSize: number,
  kernelSize: number,
  stride: number,
  dilation: number,
  padding: readonly [number, number],
  ceilMode: boolean,
): AxisWindows {
  const [before, after] = padding;
  const extent = dilation * (kernelSize - 1) + 1;
  const slack = inputSize + before + after - extent;
  if (slack < 0) {
    const hint = dilation > 1 ? ` (${extent} with its dilation)` : '';
    throw rangeError(call, `options.kernelSize[${axis}]`, `at most the padded input's ${inputSize + before + after}`, kernelSize, hint);
  }
  let outputSize = (ceilMode ? Math.ceil(slack / stride) : Math.floor(slack / stride)) + 1;
  if (ceilMode && (outputSize - 1) * stride >= inputSize + before) outputSize--; // a window that starts in the after-padding is dropped
  const empty = (window: number): ArgumentError => {
    const hint = `: window ${window} of axis ${axis} has none (kernel ${kernelSize}, dilation ${dilation}, input ${inputSize})`;
    return rangeError(call, 'options.padding', 'such that every window holds an input element', padding, hint);
  };
  // What padding alone can make empty is found before room is made for as many windows as the padding has.
  if (before >= extent) throw empty(0);
  if ((outputSize - 1) * stride >= inputSize + before) throw empty(Math.ceil((inputSize + before) / stride));
  checkWindowCount(call, axis, outputSize);
  const start = new Int32Array(outputSize);
  const count = new Int32Array(outputSize);
  for (let i = 0; i < outputSize; i++) {
    const origin = i * stride - before;
    const first = origin < 0 ? Math.ceil(-origin / dilation) : 0;
    const last = Math.min(kernelSize - 1, Math.floor((inputSize - 1 - origin) / dilation));
    if (last < first) throw empty(i);
    start[i] = origin + first * dilation;
    count[i] = last - first + 1;
  }
  return { inputSize, outputSize, start, count, step: dilation, kernelSize, stride, padding };
}

/** PyTorch's adaptive bins: window i covers ⌊i·in/out⌋ up to ⌈(i+1)·in/out⌉. More outputs than inputs repeat elements. */
function adaptiveWindows(inputSize: number, outputSize: number): AxisWindows {
  const start = new Int32Array(outputSize);
  const count = new Int32Array(outputSize);
  let kernelSize = 1;
  for (let i = 0; i < outputSize; i++) {
    const from = Math.floor((i * inputSize) / outputSize);
    const size = Math.ceil(((i + 1) * inputSize) / outputSize) - from;
    start[i] = from;
    count[i] = size;
    kernelSize = Math.max(kernelSize, size);
  }
  const stride = inputSize % outputSize === 0 ? inputSize / outputSize : 0; // equal bins are ordinary windows
  return { inputSize, outputSize, start, count, step: 1, kernelSize, stride, padding: [0, 0] };
}

function checkWindowCount(call: string, axis: number, windows: number): void {
  if (windows > MOST_WINDOWS) {
    throw rangeError(call, 'options', 'such that each axis has at most 2^28 windows', windows, ` along spatial axis ${axis}`);
  }
}

function axisPadding(
  call: string,
  padding: PoolOptions['padding'] = 'valid',
  axis: number,
  dims: number,
  inputSize: number,
  kernelSize: number,
  stride: number,
  dilation: number,
): readonly [number, number] {
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
  for (const side of [0, 1]) checkSize(call, `options.padding[${axis}][${side}]`, entry[side], 0);
  return [entry[0] as number, entry[1] as number];
}

function perAxis(call: string, option: string, value: PerAxis, axis: number, dims: number): number {
  if (!Array.isArray(value)) {
    checkSize(call, `options.${option}`, value, 1);
    return value;
  }
  if (value.length !== dims) {
    throw rangeError(call, `options.${option}`, `a positive integer or ${dims} of them, one per spatial axis`, value);
  }
  const entry: unknown = value[axis];
  checkSize(call, `options.${option}[${axis}]`, entry, 1);
  return entry;
}

/** Throws unless `value` is an integer that fits an index of the kernels. */
function checkSize(call: string, path: string, value: unknown, least: 0 | 1): asserts value is number {
  if (typeof value === 'number' && value > LARGEST_AXIS) {
    throw rangeError(call, path, `${least === 1 ? 'a positive integer' : 'an integer ≥ 0'}, at most 2^31 − 1`, value);
  }
  checkInteger(call, path, value, least);
}
