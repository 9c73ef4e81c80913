/** PSNR of two images. */
import { checkedPair } from './check-pair.ts';
import { hasAlpha, type Pixels, sampleMaximum } from './pixels.ts';

/**
 * Peak signal-to-noise ratio in dB: 10 log10(1 / mean squared difference) of the sRGB-encoded
 * samples of all color channels on a 0–1 scale. Alpha is ignored. Infinity for equal images. It
 * measures differences between samples, not what people see.
 *
 * @param a - An image.
 * @param b - An image of the same size and channels. The order of a and b does not matter.
 * @throws TypeError or RangeError if an argument is not an image, or their sizes or channels
 * differ.
 * @example
 * ```ts
 * const black = { data: Uint8Array.of(0), width: 1, height: 1, channels: 1 as const };
 * const gray = { data: Uint8Array.of(51), width: 1, height: 1, channels: 1 as const };
 * psnr(black, gray); // 10 log10(1 / 0.2²) ≈ 13.98
 * ```
 */
export function psnr(a: Pixels, b: Pixels): number {
  const [one, other] = checkedPair('psnr', a, b);
  const colors = hasAlpha(one.channels) ? one.channels - 1 : one.channels;
  const scaleA = 1 / sampleMaximum(one.data);
  const scaleB = 1 / sampleMaximum(other.data);
  let sum = 0;
  for (let pixel = 0; pixel < one.data.length; pixel += one.channels) {
    for (let c = 0; c < colors; c++) {
      sum += ((one.data[pixel + c] as number) * scaleA - (other.data[pixel + c] as number) * scaleB) ** 2;
    }
  }
  return 10 * Math.log10((one.width * one.height * colors) / sum);
}
