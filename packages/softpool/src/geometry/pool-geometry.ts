/**
 * Shape and options → geometry: which inputs each window covers. Computed here only; every backend
 * reads it, forward and backward, so that a gradient cannot disagree with its forward.
 */
import { checkKeys, checkOneOf, typeError } from '../api/errors.ts';
import { type AdaptivePoolOptions, checkOperator, type Layout, type PoolOptions } from '../api/options.ts';
import { type AxisWindows, axisWindows } from './axis-windows.ts';
import {
  ADAPTIVE_KEYS,
  type AxisOptions,
  type CheckedWindows,
  checkAdaptiveWindows,
  checkPoolWindows,
  checkSize,
  POOL_KEYS,
} from './check-windows.ts';

/** A call's shape and options as windows. */
export interface PoolGeometry {
  /** The number of spatial axes. */
  readonly spatialDims: 1 | 2 | 3;
  /** Where the channels are. */
  readonly layout: Layout;
  /** Examples in the batch, maybe 0; 1 for a tensor without a batch axis. */
  readonly batch: number;
  /** Channels. */
  readonly channels: number;
  /** The windows along each spatial axis, depth before height before width. */
  readonly axes: readonly AxisWindows[];
  /**
   * Zeros that count before and after each spatial axis: the windows of `axes` are then over the
   * input with these zeros. `undefined` if padding has no weight.
   */
  readonly zeros?: readonly (readonly [before: number, after: number])[] | undefined;
  /** The shape of the input, without padding. */
  readonly inputShape: readonly number[];
  /** The shape of the output. It has a batch axis if the input has one. */
  readonly outputShape: readonly number[];
}

/**
 * The options of {@link poolGeometry}: those of a pooling call, and how many axes it pools. Where
 * the compiler knows that number, lists must have as many entries.
 */
export type PoolGeometryOptions<Axes extends 1 | 2 | 3 = 1 | 2 | 3> = (
  | PoolOptions<1 | 2 | 3 extends Axes ? number : Axes>
  | AdaptivePoolOptions<1 | 2 | 3 extends Axes ? number : Axes>
) & {
  /** The number of spatial axes: 1 as `softPool1d`, 2 as `softPool2d`, 3 as `softPool3d`. */
  readonly spatialDims: Axes;
};

/**
 * Computes the output shape and every window of a pooling call, without a tensor.
 *
 * @param shape - `[N, C, ...spatial]`, or without `N`; with `layout: 'channelsLast'`,
 *   `[N, ...spatial, C]`.
 * @param options - The options of the pooling call, and the number of spatial axes.
 * @throws RangeError or TypeError with the option's path, as the pooling call itself would.
 * @example
 * ```ts
 * poolGeometry([8, 64, 112, 112], { spatialDims: 2, kernelSize: 3, stride: 2, padding: 1 }).outputShape; // [8, 64, 56, 56]
 * ```
 */
export function poolGeometry<Axes extends 1 | 2 | 3>(shape: readonly number[], options: PoolGeometryOptions<Axes>): PoolGeometry {
  const windows = checkAnyWindows('poolGeometry', shape, options);
  checkOperator('poolGeometry', options);
  return geometryOf('poolGeometry', windows);
}

/** Checks the shape and the windows of a pooling call or an adaptive one, as the options say. */
export function checkAnyWindows<Axes extends 1 | 2 | 3>(
  call: string,
  shape: readonly number[],
  options: PoolGeometryOptions<Axes>,
): CheckedWindows {
  const isAdaptive = typeof options === 'object' && options !== null && 'outputSize' in options;
  checkKeys(call, options, ['spatialDims', ...(isAdaptive ? ADAPTIVE_KEYS : POOL_KEYS)]);
  const { spatialDims, ...rest } = options;
  checkOneOf(call, 'options.spatialDims', spatialDims, [1, 2, 3]);
  if (!Array.isArray(shape)) throw typeError(call, 'shape', 'an array of positive integers', shape);
  // holes as well; an empty batch is left to checkRank
  for (let axis = shape[0] === 0 ? 1 : 0; axis < shape.length; axis++) checkSize(call, `shape[${axis}]`, shape[axis], 1);
  return 'outputSize' in rest
    ? checkAdaptiveWindows(call, 'shape', shape, spatialDims, rest)
    : checkPoolWindows(call, 'shape', shape, spatialDims, rest);
}

/** The geometry of checked windows. Throws if a window holds no input element. */
export function geometryOf(call: string, windows: CheckedWindows): PoolGeometry {
  const { shape, spatialDims, layout, keepDims } = windows;
  const zeros = windows.countsZeros ? zerosAround(windows.axes) : undefined;
  const isBatched = shape.length === spatialDims + 2;
  const axes = windows.axes.map((options, axis) => axisWindows(call, axis, zeros === undefined ? options : includingZeros(options)));
  const batch = isBatched ? (shape[0] as number) : 1;
  const channels = (layout === 'channelsFirst' ? shape[isBatched ? 1 : 0] : shape.at(-1)) as number;
  const sizes = keepDims ? axes.map((axis) => axis.outputSize) : [];
  const inner = layout === 'channelsFirst' ? [channels, ...sizes] : [...sizes, channels];
  const outputShape = isBatched ? [batch, ...inner] : inner;
  return { spatialDims, layout, batch, channels, axes, ...(zeros && { zeros }), inputShape: shape, outputShape };
}

/** The padding of each axis; `undefined` if there is none. */
function zerosAround(axes: readonly AxisOptions[]): PoolGeometry['zeros'] {
  const around = axes.map((axis) => (axis.kind === 'regular' ? ([axis.before, axis.after] as const) : ([0, 0] as const)));
  return around.some(([before, after]) => before + after > 0) ? around : undefined;
}

/** An axis with its padding as elements. */
function includingZeros(axis: AxisOptions): AxisOptions {
  if (axis.kind !== 'regular') return axis;
  return { ...axis, inputSize: axis.inputSize + axis.before + axis.after, before: 0, after: 0 };
}
