/** What to shrink an image to, and how: checked, and turned into windows. */
import { type PoolGeometryOptions, poolGeometry } from 'softpool';

/** The methods that pool: by SoftPool, or by the mean or the maximum of each window. */
export type PoolMethod = 'soft' | 'average' | 'max';

/** β for pixels on a 0–1 scale: 1/0.225, β = 1 on pixels divided by ImageNet's standard deviation, as in the paper's published pictures. */
export const IMAGE_BETA = 1 / 0.225;

/** What to shrink to, exactly one way of it, and how. */
export interface ShrinkOptions {
  /** Shrink each side by this whole number: windows of factor × factor. A last window that the image does not fill is taken as far as it goes. */
  readonly factor?: number | undefined;
  /** Windows of this size in pixels, one number or `[height, width]`. */
  readonly kernelSize?: number | readonly [height: number, width: number] | undefined;
  /** The step between these windows. Default: `kernelSize`. */
  readonly stride?: number | readonly [height: number, width: number] | undefined;
  /** Pixels of padding around the image for these windows; it has no weight. Default 0. */
  readonly padding?: number | readonly [height: number, width: number] | undefined;
  /** The result's width in pixels. If `height` is not given, it follows from the image's aspect. */
  readonly width?: number | undefined;
  /** The result's height in pixels. If `width` is not given, it follows from the image's aspect. */
  readonly height?: number | undefined;
  /** How windows become pixels. Default `'soft'`. */
  readonly method?: PoolMethod | undefined;
  /** SoftPool's sharpness for samples on a 0–1 scale. Default 4.44 (1/0.225); 0 averages, large values approach the maximum. */
  readonly beta?: number | undefined;
  /** `'shared'` (default): one weight per pixel for all channels, which keeps colours. `'perChannel'`: each channel by itself. */
  readonly weights?: 'shared' | 'perChannel' | undefined;
  /** Pool linear light instead of sRGB-encoded samples. Default `false`. */
  readonly linear?: boolean | undefined;
}

/** Checked options with the defaults filled in. */
export interface ShrinkPlan {
  readonly geometry: PoolGeometryOptions;
  readonly outputWidth: number;
  readonly outputHeight: number;
  readonly method: PoolMethod;
  readonly beta: number;
  readonly weights: 'shared' | 'perChannel';
  readonly linear: boolean;
}

const KEYS = ['factor', 'kernelSize', 'stride', 'padding', 'width', 'height', 'method', 'beta', 'weights', 'linear'];

/** Checks the options of `call` for an image of this size. */
export function planShrink(call: string, width: number, height: number, options: ShrinkOptions): ShrinkPlan {
  checkOptions(call, options);
  for (const key in options) {
    if (!KEYS.includes(key)) throw new TypeError(`${call}: options.${key} is not an option; there are ${KEYS.join(', ')}`);
  }
  const { method = 'soft', beta = IMAGE_BETA, weights = 'shared', linear = false } = options;
  oneOf(call, 'method', method, ['soft', 'average', 'max']);
  oneOf(call, 'weights', weights, ['shared', 'perChannel']);
  oneOf(call, 'linear', linear, [true, false]);
  if (typeof beta !== 'number' || !Number.isFinite(beta) || beta < 0)
    throw new RangeError(`${call}: options.beta must be a finite number ≥ 0, received ${beta}`);
  const geometry = windowsFor(call, width, height, options);
  const [outputHeight, outputWidth] = poolGeometry([height, width, 1], { ...geometry, layout: 'channelsLast' }).outputShape as [
    number,
    number,
  ];
  return { geometry, outputWidth, outputHeight, method, beta, weights, linear };
}

/** Throws a TypeError unless `options` is an object. */
export function checkOptions(call: string, options: object): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${call}: options must be an object, received ${options}`);
}

function windowsFor(call: string, width: number, height: number, options: ShrinkOptions): PoolGeometryOptions {
  const { factor, kernelSize, stride, padding, width: toWidth, height: toHeight } = options;
  const ways = [factor !== undefined, kernelSize !== undefined, toWidth !== undefined || toHeight !== undefined].filter(Boolean).length;
  if (ways !== 1) throw new TypeError(`${call}: options must have exactly one of factor, kernelSize, and width or height or both`);
  if ((stride !== undefined || padding !== undefined) && kernelSize === undefined) {
    throw new TypeError(`${call}: options.stride and options.padding belong to options.kernelSize`);
  }
  if (factor !== undefined) {
    positive(call, 'factor', factor);
    if (factor > Math.max(width, height))
      throw new RangeError(`${call}: options.factor must be at most the longer side, ${Math.max(width, height)}, received ${factor}`);
    // A side shorter than the factor becomes one pixel.
    return { spatialDims: 2, kernelSize: [Math.min(factor, height), Math.min(factor, width)], ceilMode: true };
  }
  if (kernelSize !== undefined) {
    try {
      const windows: PoolGeometryOptions = { spatialDims: 2, kernelSize, stride, padding };
      poolGeometry([1, height, width], windows);
      return windows;
    } catch (error) {
      throw new RangeError((error as Error).message.replace('poolGeometry', call), { cause: error });
    }
  }
  if (toWidth !== undefined) positive(call, 'width', toWidth, width);
  if (toHeight !== undefined) positive(call, 'height', toHeight, height);
  const scaledWidth = toWidth ?? Math.max(1, Math.round((width * (toHeight as number)) / height));
  const scaledHeight = toHeight ?? Math.max(1, Math.round((height * (toWidth as number)) / width));
  return { spatialDims: 2, outputSize: [scaledHeight, scaledWidth] };
}

function positive(call: string, name: string, value: number, most?: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`${call}: options.${name} must be a positive integer, received ${value}`);
  if (most !== undefined && value > most) {
    throw new RangeError(`${call}: options.${name} must be at most the image's ${most} (pooling only shrinks), received ${value}`);
  }
}

function oneOf<T>(call: string, name: string, value: T, allowed: readonly T[]): void {
  if (!allowed.includes(value)) throw new TypeError(`${call}: options.${name} must be ${allowed.join(' or ')}, received ${String(value)}`);
}
