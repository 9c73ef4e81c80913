/** Pixels as the `ImageData` of a canvas. */
import { checkedPixels, hasAlpha, type Pixels, sampleMaximum } from './pixels.ts';

/** `ImageData` where the types of browsers are known, and a type with its fields elsewhere. */
export type CanvasImageData = typeof globalThis extends {
  /** The constructor of browsers. */
  ImageData: {
    /** An instance. */
    prototype: infer Data;
  };
}
  ? Data
  : {
      /** Red, green, blue and alpha of each pixel. */
      readonly data: Uint8ClampedArray;
      /** Width in pixels. */
      readonly width: number;
      /** Height in pixels. */
      readonly height: number;
    };

/**
 * Turns pixels into the `ImageData` of a canvas, which `putImageData` draws: gray becomes red,
 * green and blue, pixels without alpha are opaque, and samples of 16 bits and floating point are
 * rounded to 8 bits.
 *
 * @param pixels - The image, as `poolImage` gives it.
 * @returns A new `ImageData`.
 * @throws TypeError or RangeError that names the wrong field; an Error where there is no
 * `ImageData`, as in Node.
 * @example
 * ```ts
 * const gray = { data: Uint8Array.of(0, 255), width: 2, height: 1, channels: 1 as const };
 * if (typeof ImageData !== 'undefined') toImageData(gray).data[4]; // 255
 * ```
 */
export function toImageData(pixels: Pixels): CanvasImageData {
  const image = checkedPixels('toImageData', 'pixels', pixels);
  const { ImageData } = globalThis as { ImageData?: new (data: Uint8ClampedArray<ArrayBuffer>, width: number, height: number) => unknown };
  if (ImageData === undefined) throw new Error('toImageData: this environment has no ImageData; use the pixels as they are');
  return new ImageData(toRgba(image), image.width, image.height) as CanvasImageData;
}

/** Red, green, blue and alpha in 8 bits. */
function toRgba({ data, width, height, channels }: Pixels): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(width * height * 4);
  const scale = 255 / sampleMaximum(data);
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  for (let at = 0, from = 0; at < rgba.length; at += 4, from += channels) {
    // Assignments round to the nearest and clamp.
    rgba[at] = (data[from] as number) * scale;
    rgba[at + 1] = (data[from + green] as number) * scale;
    rgba[at + 2] = (data[from + blue] as number) * scale;
    rgba[at + 3] = hasAlpha(channels) ? (data[from + channels - 1] as number) * scale : 255;
  }
  return rgba;
}
