/** Options of pooling an image: checked, and turned into windows. */
import type { AdaptivePoolOptions, AxisWindows, PoolGeometryOptions, PoolOptions } from 'softpool';
import {
  checkInteger,
  checkKeys,
  checkOneOf,
  checkOperator,
  isArgumentError,
  poolGeometry,
  rangeError,
  typeError,
} from 'softpool/internal';
import { type Fit, type Place, type Position, placeOf, type Rectangle } from './fit.ts';
import type { Pixels } from './pixels.ts';

/** The methods that pool: SoftPool, or the mean or the maximum of each window. */
export type PoolMethod = 'soft' | 'average' | 'max';

/** The names of the methods that pool. */
export const POOL_METHODS: readonly PoolMethod[] = ['soft', 'average', 'max'];

/**
 * Default β for samples on a 0–1 scale: 1/0.225. This equals β = 1 on pixels divided by ImageNet's
 * standard deviation, as in the paper's published pictures.
 */
export const IMAGE_BETA = 1 / 0.225;

/**
 * Options of `poolImage`. Give the size in exactly one way: `factor`, `kernelSize`, or `width` or
 * `height` or both.
 */
export interface PoolImageOptions {
  /**
   * Whole number that divides both sides: windows of factor × factor pixels. The last windows of a
   * side that it does not divide are smaller. At most the longer side.
   */
  readonly factor?: number | undefined;
  /** Size of the windows in pixels: one number, or `[height, width]`. */
  readonly kernelSize?: number | readonly [height: number, width: number] | undefined;
  /** Step between windows in pixels; only with `kernelSize`. Default: `kernelSize`. */
  readonly stride?: number | readonly [height: number, width: number] | undefined;
  /** Padding around the image in pixels; only with `kernelSize`. It has no weight. Default 0. */
  readonly padding?: number | readonly [height: number, width: number] | undefined;
  /**
   * Width of the result in pixels. Default: the image's aspect ratio at `height`. The result is at
   * most as large as the image.
   */
  readonly width?: number | undefined;
  /**
   * Height of the result in pixels. Default: the image's aspect ratio at `width`. The result is at
   * most as large as the image.
   */
  readonly height?: number | undefined;
  /**
   * How the image fits `width` and `height`, if both are given. Default `'inside'`: the largest
   * result within them that keeps the aspect ratio. `'cover'` has exactly this size and crops the
   * image; `'fill'` has exactly this size and stretches it.
   */
  readonly fit?: Fit | undefined;
  /** The part of the image that `fit: 'cover'` keeps. Default `'center'`. */
  readonly position?: Position | undefined;
  /** How a window becomes a pixel. Default `'soft'`. */
  readonly method?: PoolMethod | undefined;
  /**
   * Sharpness of SoftPool for samples on a 0–1 scale: 0 averages, large values approach the
   * maximum. Default 4.44 (1/0.225). Other methods do not read it, nor `weights`, so that several
   * methods can have the same options.
   */
  readonly beta?: number | undefined;
  /**
   * `'shared'` (default): one weight per pixel for all channels, which keeps colors.
   * `'perChannel'`: each channel by itself.
   */
  readonly weights?: 'shared' | 'perChannel' | undefined;
  /** Pool linear light instead of sRGB-encoded samples. Default `false`. */
  readonly linear?: boolean | undefined;
}

/** Checked options with the defaults filled in. */
export interface PoolImagePlan {
  /** The part of the image that is pooled. */
  readonly source: Rectangle;
  /** Options of the call of `softpool` that pools the source `[height, width, channels]`. */
  readonly windows: PoolOptions<2> | AdaptivePoolOptions<2>;
  /** Windows from top to bottom. */
  readonly rows: AxisWindows;
  /** Windows from left to right. */
  readonly columns: AxisWindows;
  readonly method: PoolMethod;
  readonly beta: number;
  readonly weights: 'shared' | 'perChannel';
  readonly linear: boolean;
}

/** The options of `poolImage`. */
export const POOL_IMAGE_KEYS: readonly string[] = [
  ...['factor', 'kernelSize', 'stride', 'padding', 'width', 'height', 'fit', 'position'],
  ...['method', 'beta', 'weights', 'linear'],
];

/**
 * The size of the image that `poolImage` makes with the same options, without making it.
 *
 * @param image - Width and height of the image in pixels.
 * @param options - The options of `poolImage`.
 * @throws TypeError or RangeError that names the wrong option.
 * @example
 * ```ts
 * pooledSize({ width: 451, height: 300 }, { factor: 4 }); // { width: 113, height: 75 }
 * ```
 */
export function pooledSize(image: Pick<Pixels, 'width' | 'height'>, options: PoolImageOptions): Pick<Pixels, 'width' | 'height'> {
  checkInteger('pooledSize', 'image.width', image.width, 1);
  checkInteger('pooledSize', 'image.height', image.height, 1);
  const { rows, columns } = poolImagePlan('pooledSize', image, options);
  return { width: columns.outputSize, height: rows.outputSize };
}

/**
 * Checks the options of `call` for an image of this size. `keys` names those that it takes; the
 * caller checks its own.
 */
export function poolImagePlan(
  call: string,
  { width, height }: Pick<Pixels, 'width' | 'height'>,
  options: PoolImageOptions,
  keys = POOL_IMAGE_KEYS,
): PoolImagePlan {
  checkKeys(call, options, keys);
  const { method = 'soft', beta = IMAGE_BETA, weights = 'shared', linear = false } = options;
  checkOneOf(call, 'options.method', method, POOL_METHODS);
  checkOneOf(call, 'options.weights', weights, ['shared', 'perChannel']);
  checkOneOf(call, 'options.linear', linear, [true, false]);
  checkOperator(call, { beta });
  const { source, ...size } = windowOptions(call, width, height, options);
  const windows = { ...size, layout: 'channelsLast', beta, weights } as const;
  const [rows, columns] = axesOf(call, [source.height, source.width, 1], { ...windows, spatialDims: 2 });
  return { source, windows, rows, columns, method, beta, weights, linear };
}

/** The windows along both sides. An error of `poolGeometry` becomes one of `call`. */
function axesOf(call: string, shape: readonly number[], options: PoolGeometryOptions): [rows: AxisWindows, columns: AxisWindows] {
  try {
    return poolGeometry(shape, options).axes as [AxisWindows, AxisWindows];
  } catch (error) {
    if (!isArgumentError(error)) throw error;
    const argumentError = error instanceof TypeError ? typeError : rangeError;
    throw argumentError(call, error.option, error.expected, error.received, error.hint);
  }
}

type WindowOptions = Pick<PoolOptions<2>, 'kernelSize' | 'stride' | 'padding' | 'ceilMode'> | Pick<AdaptivePoolOptions<2>, 'outputSize'>;

function windowOptions(
  call: string,
  width: number,
  height: number,
  options: PoolImageOptions,
): WindowOptions & { readonly source: Rectangle } {
  const { factor, kernelSize, stride, padding } = options;
  const hasSize = options.width !== undefined || options.height !== undefined;
  if (Number(factor !== undefined) + Number(kernelSize !== undefined) + Number(hasSize) !== 1) {
    throw new TypeError(`${call}: options must have exactly one of factor, kernelSize, and width or height or both`);
  }
  if ((stride !== undefined || padding !== undefined) && kernelSize === undefined) {
    throw new TypeError(`${call}: options.stride and options.padding need options.kernelSize`);
  }
  const place = placeOf(call, width, height, options);
  const { source } = place;
  if (kernelSize !== undefined) return { source, kernelSize, stride, padding };
  if (factor !== undefined) {
    checkFactor(call, factor, width, height);
    // A side shorter than the factor becomes one pixel.
    return { source, kernelSize: [Math.min(factor, height), Math.min(factor, width)], ceilMode: true };
  }
  checkNotLarger(call, 'width', place, width, options.width);
  checkNotLarger(call, 'height', place, height, options.height);
  return { source, outputSize: [place.height, place.width] };
}

/** Throws unless `factor` can divide the sides of an image. */
export function checkFactor(call: string, factor: number, width: number, height: number): void {
  checkInteger(call, 'options.factor', factor, 1);
  const longer = Math.max(width, height);
  if (factor > longer) throw rangeError(call, 'options.factor', `at most the longer side, ${longer}`, factor);
}

/** Throws if a side of the result is longer than that of the image. */
function checkNotLarger(call: string, side: 'width' | 'height', place: Place, most: number, given: number | undefined): void {
  if (place[side] <= most || given === undefined) return;
  throw rangeError(call, `options.${side}`, `at most the image's ${side}, ${most}`, given, '; pooling only makes images smaller');
}
