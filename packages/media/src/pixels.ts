/** Raw pixels, as a canvas, a decoder or a tensor gives them. */
import { arrayName, checkInteger, rangeError, typeError } from 'softpool/internal';

/** Arrays that hold samples: 8 bits (0–255), 16 bits (0–65535), or floating point (0–1). */
export type Samples = Uint8Array | Uint8ClampedArray | Uint16Array | Float32Array;

/**
 * An image in memory: rows from the top, pixels from the left, the channels of a pixel side by
 * side.
 *
 * @example
 * ```ts
 * const red: Pixels = { data: Uint8Array.of(255, 0, 0), width: 1, height: 1, channels: 3 };
 * ```
 */
export interface Pixels<S extends Samples = Samples> {
  /** The `width * height * channels` samples, sRGB encoded. */
  readonly data: S;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /**
   * 1: gray. 2: gray, alpha. 3: red, green, blue. 4: red, green, blue, alpha. Alpha is straight,
   * not premultiplied.
   */
  readonly channels: 1 | 2 | 3 | 4;
}

/**
 * What calls take as an image: `Pixels`, or the same without `channels`, which then follow from the
 * length of `data`. The `ImageData` of a canvas is one.
 */
export interface PixelsInput<S extends Samples = Samples> extends Omit<Pixels<S>, 'data' | 'channels'> {
  /** The `width * height * channels` samples, sRGB encoded. */
  readonly data: S;
  /** 1: gray. 2: gray, alpha. 3: red, green, blue. 4: red, green, blue, alpha. */
  readonly channels?: Pixels['channels'] | undefined;
}

/** The sample that stands for 1.0. */
export function sampleMaximum(data: Samples): number {
  return data instanceof Float32Array ? 1 : data instanceof Uint16Array ? 65535 : 255;
}

/**
 * An array of zeros of the same type. Does not use the array's own constructor, because a Node
 * `Buffer` has one of its own.
 */
export function emptySamples<S extends Samples>(like: S, length: number): S {
  const empty =
    like instanceof Float32Array
      ? new Float32Array(length)
      : like instanceof Uint16Array
        ? new Uint16Array(length)
        : like instanceof Uint8ClampedArray
          ? new Uint8ClampedArray(length)
          : new Uint8Array(length);
  return empty as S;
}

/** Whether the last channel is alpha. */
export function hasAlpha(channels: Pixels['channels']): boolean {
  return channels % 2 === 0;
}

/**
 * The same image, once its samples fit its size: a TypeError or RangeError else. Samples of another
 * frame or context, such as those of a canvas in it, are seen through an array of this one.
 */
export function checkedPixels<P extends Pixels>(call: string, name: string, given: P): P {
  const pixels = inThisContext(given);
  checkSamples(call, name, pixels);
  const { data, width, height, channels } = pixels;
  if (![1, 2, 3, 4].includes(channels)) throw rangeError(call, `${name}.channels`, '1, 2, 3 or 4', channels);
  const length = width * height * channels;
  if (data.length === length) return pixels;
  throw new RangeError(`${call}: ${name}.data must hold ${length} samples (${width} × ${height} × ${channels}), received ${data.length}`);
}

/** As `checkedPixels`, and finds the channels if they are missing. */
export function pixelsOf<S extends Samples>(call: string, name: string, given: PixelsInput<S>): Pixels<S> {
  const pixels = inThisContext(given);
  checkSamples(call, name, pixels);
  const { data, width, height } = pixels;
  const channels = (pixels.channels ?? data.length / (width * height)) as Pixels['channels'];
  if (pixels.channels === undefined && ![1, 2, 3, 4].includes(channels)) {
    const expected = `1, 2, 3 or 4 samples for each of its ${width} × ${height} pixels`;
    throw new RangeError(`${call}: ${name}.data must hold ${expected}, received ${data.length}`);
  }
  return checkedPixels(call, name, { data, width, height, channels });
}

function checkSamples(call: string, name: string, pixels: PixelsInput): void {
  const { data, width, height } = Object(pixels) as PixelsInput;
  if (width === undefined && height === undefined) {
    if (data === undefined) throw typeError(call, name, '{ data, width, height, channels }', pixels);
    // As after { ...imageData, channels: 4 }: an object's own properties are without them.
    throw rangeError(call, `${name}.width`, 'a positive integer', width, '; pass an ImageData itself, since a spread of it has no size');
  }
  if (!isSamples(data)) throw typeError(call, `${name}.data`, 'a Uint8Array, Uint8ClampedArray, Uint16Array or Float32Array', data);
  checkInteger(call, `${name}.width`, width, 1);
  checkInteger(call, `${name}.height`, height, 1);
}

const CLASSES: Partial<
  Record<string, Uint8ArrayConstructor | Uint8ClampedArrayConstructor | Uint16ArrayConstructor | Float32ArrayConstructor>
> = { Uint8Array, Uint8ClampedArray, Uint16Array, Float32Array };

/** What an image or a frame has besides its samples. */
const FIELDS = ['width', 'height', 'channels', 'timestamp', 'duration', 'format', 'profile', 'metadata'] as const;

/** The same image with an array of this context, since `instanceof` does not know others. */
function inThisContext<P extends PixelsInput>(pixels: P): P {
  const Class = CLASSES[arrayName(pixels?.data)];
  if (Class === undefined || pixels.data instanceof Class) return pixels;
  const { data } = pixels;
  // A copy of an object is without what its class has.
  const inherited = Object.fromEntries(FIELDS.map((field) => [field, (pixels as Readonly<Record<string, unknown>>)[field]]));
  return { ...pixels, ...inherited, data: new Class(data.buffer as ArrayBuffer, data.byteOffset, data.length) };
}

function isSamples(data: unknown): data is Samples {
  return data instanceof Uint8Array || data instanceof Uint8ClampedArray || data instanceof Uint16Array || data instanceof Float32Array;
}
