/** What is pooled: everything that the windows of an image, or of the frames of a video, share. */
import { encodeSrgb } from '../linear-light.ts';
import { hasAlpha, type Pixels, type Samples, sampleMaximum } from '../pixels.ts';
import type { PoolImagePlan } from '../pool-image-options.ts';
import { type LinearLevels, levelValues, linearLevel, linearLevels, roundedLevel } from './levels.ts';

/** Arrays of one of three types: engines compile their loops for each. */
export type PlainSamples = Uint8Array | Uint16Array | Float32Array;

/**
 * What is pooled. Values are on the scale of the samples; in linear light, they are the share of
 * light times the largest sample.
 *
 *     y = Σ w x / Σ w        w = e^(β (x − 1)), shared: the sum over the colors of a pixel
 *
 * with x and 1 for values over the largest sample, and colors multiplied by alpha.
 */
export interface Job {
  /** The first sample of the part that is pooled, and the samples from a row to the next. */
  readonly offset: number;
  readonly rowLength: number;
  readonly channels: number;
  /** The channels without alpha. */
  readonly colors: number;
  /** The bytes of a sample: 4 for floating point. */
  readonly sampleBytes: 1 | 2 | 4;
  /** The sample that stands for 1. */
  readonly maximum: number;
  readonly plan: PoolImagePlan;
  /** β for values: 0 for the mean. */
  readonly slope: number;
  /**
   * Whether the colors of a pixel share a weight. Those of a mean do, all three, which is faster
   * and the same.
   */
  readonly isShared: boolean;
  /**
   * Whether weights are relative to the largest value of their window, in place of 1. So they are
   * for floating-point samples, which may be larger than 1, and for β above 690: e^-690, the weight
   * of black, is near the smallest normal number.
   */
  readonly isRelative: boolean;
  /** The value of each level; undefined for floating-point samples. */
  readonly values: Float64Array | undefined;
  /**
   * Finds the level of a color in linear light; undefined for encoded or floating-point samples.
   */
  readonly levels: LinearLevels | undefined;
}

/**
 * What is done with the pooled rows of an image or a frame: it is added to a window of time. That
 * of an image has one frame.
 */
export interface WindowUse {
  /** Which window: from 0, numbers are used again. */
  readonly slot: number;
  /** For how long the frame is shown in the window; 0 if it is not added. */
  readonly weight: number;
  /** Whether nothing was added to the window before. */
  readonly isFirst: boolean;
  /** Where the samples of the window go, if it ends. */
  readonly result: PlainSamples | undefined;
}

/** Pools the output rows `from` to `to` (exclusive) of an image or a frame. */
export type PoolRows = (data: PlainSamples, uses: readonly WindowUse[], from: number, to: number) => void;

/** Up to this β, the weight of a black pixel is a normal number. */
export const LARGEST_BETA = 690;

/** Describes pooling the plan's part of images like this one. */
export function jobOf({ data, width, channels }: Pixels, plan: PoolImagePlan): Job {
  const { source, linear, method } = plan;
  const maximum = sampleMaximum(data);
  const isFloat = data instanceof Float32Array;
  return {
    offset: (source.top * width + source.left) * channels,
    rowLength: width * channels,
    channels,
    colors: hasAlpha(channels) ? channels - 1 : channels,
    sampleBytes: isFloat ? 4 : data instanceof Uint16Array ? 2 : 1,
    maximum,
    plan,
    slope: method === 'average' ? 0 : plan.beta / maximum,
    isShared: method === 'average' ? channels > 2 : method === 'soft' && plan.weights === 'shared' && channels > 1,
    isRelative: method === 'soft' && (isFloat || plan.beta > LARGEST_BETA),
    values: isFloat ? undefined : levelValues(maximum, linear),
    levels: linear && !isFloat ? linearLevels(maximum) : undefined,
  };
}

/** The sample of a value of channel `c`. Alpha is never encoded. */
export function sampleOf({ levels, colors, sampleBytes, plan }: Job, c: number, value: number): number {
  if (sampleBytes === 4) return plan.linear && c < colors ? encodeSrgb(value) : value;
  return levels !== undefined && c < colors ? linearLevel(levels, value) : roundedLevel(value);
}

/** The same samples. `Uint8ClampedArray` and Node's `Buffer` are seen as `Uint8Array`. */
export function plainSamples(data: Samples): PlainSamples {
  if (data instanceof Uint16Array || data instanceof Float32Array) return data;
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}
