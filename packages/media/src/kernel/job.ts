/** An image that is pooled, with everything that its windows have in common. */
import { encodeSrgb } from '../linear-light.ts';
import { hasAlpha, type Pixels, type Samples, sampleMaximum } from '../pixels.ts';
import type { PoolImagePlan } from '../pool-image-options.ts';
import { levelValues, linearLevels, roundedLevel } from './levels.ts';

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
  readonly data: PlainSamples;
  /** The first sample of the part that is pooled, and the samples from a row to the next. */
  readonly offset: number;
  readonly rowLength: number;
  readonly channels: number;
  /** The channels without alpha. */
  readonly colors: number;
  /** The sample that stands for 1. */
  readonly maximum: number;
  readonly result: PlainSamples;
  readonly plan: PoolImagePlan;
  /** β for values: 0 for the mean. */
  readonly slope: number;
  readonly isShared: boolean;
  /**
   * Whether weights are relative to the largest value of their window, in place of 1. So they are
   * for floating-point samples, which may be larger than 1, and for β above 690: e^-690, the weight
   * of black, is near the smallest normal number.
   */
  readonly isRelative: boolean;
  /** The value of each level; undefined for floating-point samples. */
  readonly values: Float64Array | undefined;
  /** Turns the value of a color into a sample; undefined where that is at most rounding. */
  readonly encode: ((value: number) => number) | undefined;
}

const LARGEST_BETA = 690;

/** Describes pooling the plan's part of `pixels` into `result`. */
export function jobOf({ data: samples, width, channels }: Pixels, result: Pixels, plan: PoolImagePlan): Job {
  const { source, linear, method } = plan;
  const data = plainSamples(samples);
  const maximum = sampleMaximum(data);
  const isFloat = data instanceof Float32Array;
  return {
    data,
    offset: (source.top * width + source.left) * channels,
    rowLength: width * channels,
    channels,
    colors: hasAlpha(channels) ? channels - 1 : channels,
    maximum,
    result: plainSamples(result.data),
    plan,
    slope: method === 'average' ? 0 : plan.beta / maximum,
    isShared: method === 'soft' && plan.weights === 'shared' && channels > 1,
    isRelative: method === 'soft' && (isFloat || plan.beta > LARGEST_BETA),
    values: isFloat ? undefined : levelValues(maximum, linear),
    encode: linear ? (isFloat ? encodeSrgb : linearLevels(maximum)) : undefined,
  };
}

/** The sample of a value of channel `c`. Alpha is never encoded. */
export function sampleOf({ encode, colors, maximum }: Job, c: number, value: number): number {
  if (encode !== undefined && c < colors) return encode(value);
  return maximum === 1 ? value : roundedLevel(value);
}

/** The same samples. `Uint8ClampedArray` and Node's `Buffer` are seen as `Uint8Array`. */
function plainSamples(data: Samples): PlainSamples {
  if (data instanceof Uint16Array || data instanceof Float32Array) return data;
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}
