/** Raw pixels, as a canvas, a decoder or a tensor gives them. */

/** The arrays that hold samples: 8 bits (0–255), 16 bits (0–65535), or floating point (0–1). */
export type Samples = Uint8Array | Uint8ClampedArray | Uint16Array | Float32Array;

/**
 * An image in memory: rows from the top, pixels from the left, the channels of a pixel side by side. A canvas's `ImageData` is one once `channels: 4` is added.
 *
 * @example
 * ```ts
 * const red: Pixels = { data: Uint8Array.of(255, 0, 0), width: 1, height: 1, channels: 3 };
 * ```
 */
export interface Pixels<S extends Samples = Samples> {
  /** The samples, `width * height * channels` of them, sRGB encoded unless a function says otherwise. */
  readonly data: S;
  /** Pixels in a row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 red, green and blue, 4 these and alpha. Alpha is straight, not premultiplied. */
  readonly channels: 1 | 2 | 3 | 4;
}

/** The sample that means 1.0. */
export function sampleMaximum(data: Samples): number {
  return data instanceof Float32Array ? 1 : data instanceof Uint16Array ? 65535 : 255;
}

/** Samples of the same kind, all 0. Not by the array's own constructor: a Node `Buffer` is a Uint8Array whose constructor is not one. */
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

/** Throws a TypeError or RangeError unless `pixels` is an image whose samples fit its size. */
export function checkPixels(call: string, name: string, pixels: Pixels): void {
  if (typeof pixels !== 'object' || pixels === null) throw new TypeError(`${call}: ${name} must be { data, width, height, channels }`);
  const { data, width, height, channels } = pixels;
  const isKnown =
    data instanceof Uint8Array || data instanceof Uint8ClampedArray || data instanceof Uint16Array || data instanceof Float32Array;
  if (!isKnown) throw new TypeError(`${call}: ${name}.data must be a Uint8Array, Uint8ClampedArray, Uint16Array or Float32Array`);
  for (const [side, length] of [
    ['width', width],
    ['height', height],
  ] as const) {
    if (!Number.isSafeInteger(length) || length < 1)
      throw new RangeError(`${call}: ${name}.${side} must be a positive integer, received ${length}`);
  }
  if (![1, 2, 3, 4].includes(channels)) throw new RangeError(`${call}: ${name}.channels must be 1, 2, 3 or 4, received ${channels}`);
  if (data.length !== width * height * channels) {
    throw new RangeError(
      `${call}: ${name}.data must hold ${width * height * channels} samples (${width} × ${height} × ${channels}), received ${data.length}`,
    );
  }
}
