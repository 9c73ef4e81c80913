/** Puts images on a background. */
import { checkedPixels, hasAlpha, type Pixels, sampleMaximum } from './pixels.ts';

/**
 * Puts an image on white, with 8 bits a sample and without alpha: what networks and most viewers
 * expect of an image.
 *
 * @param pixels - The image.
 * @returns A new image with 1 channel (gray) or 3 (red, green, blue).
 * @throws TypeError or RangeError that names the wrong field.
 * @example
 * ```ts
 * const clear = { data: Uint8Array.of(0, 0, 0, 102), width: 1, height: 1, channels: 4 as const };
 * // Black at alpha 0.4 is 0.6 of white.
 * flattenImage(clear).data; // [153, 153, 153]
 * ```
 */
export function flattenImage(pixels: Pixels): Pixels<Uint8Array> {
  const { data, width, height, channels } = checkedPixels('flattenImage', 'pixels', pixels);
  const colors = channels < 3 ? 1 : 3;
  const white = sampleMaximum(data);
  // What most files hold: a copy is eight times faster than the loop below.
  if (channels === colors && white === 255) return { data: Uint8Array.from(data), width, height, channels: colors };
  // Floating-point samples may lie outside 0–1.
  const opaque = new Uint8ClampedArray(width * height * colors);
  for (let i = 0; i < opaque.length; i++) {
    const pixel = channels * Math.floor(i / colors);
    const alpha = hasAlpha(channels) ? (data[pixel + colors] as number) / white : 1;
    const share = (data[pixel + (i % colors)] as number) / white;
    opaque[i] = Math.round(255 * (alpha * share + 1 - alpha));
  }
  return { data: new Uint8Array(opaque.buffer), width, height, channels: colors };
}
