/**
 * SSIM of two images. It is an entry of its own because it needs the package `ssim.js`, which is
 * CommonJS: without a bundler, pages cannot load it.
 *
 * @module
 */
import { ssim as structuralSimilarity } from 'ssim.js';
import { checkedPair } from './check-pair.ts';
import { type Pixels, sampleMaximum } from './pixels.ts';
import { SSIM_WINDOW } from './similarity-window.ts';

/**
 * Mean structural similarity (Wang, Bovik, Sheikh, Simoncelli, 2004) of the luma of the
 * sRGB-encoded images in 8 bits: Gaussian windows of 11 × 11 pixels, σ = 1.5, K1 = 0.01, K2 = 0.03,
 * at full size. 1 for equal images. It compares structure with the original; a blurred image can
 * score well.
 *
 * @param a - An image.
 * @param b - An image of the same size and channels. The order of a and b does not matter.
 * @throws TypeError or RangeError if an argument is not an image, their sizes or channels differ,
 * or a side is shorter than 11 pixels.
 * @example
 * ```ts
 * const data = new Uint8Array(16 * 16).map((_, i) => i);
 * const image = { data, width: 16, height: 16, channels: 1 as const };
 * ssim(image, image); // 1
 * ```
 */
export function ssim(a: Pixels, b: Pixels): number {
  const [one, other] = checkedPair('ssim', a, b);
  if (Math.min(one.width, one.height) < SSIM_WINDOW)
    throw new RangeError(`ssim: both sides must have at least ${SSIM_WINDOW} pixels, received ${one.width} × ${one.height}`);
  return structuralSimilarity(toRgba(one), toRgba(other), { ssim: 'fast', downsample: false }).mssim;
}

/** Converts to 8-bit RGBA without transparency, the input of ssim.js. */
function toRgba({ data, width, height, channels }: Pixels): { data: Uint8ClampedArray; width: number; height: number } {
  const scale = 255 / sampleMaximum(data);
  const isGray = channels < 3;
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 3; c++) rgba[pixel * 4 + c] = (data[pixel * channels + (isGray ? 0 : c)] as number) * scale;
  }
  return { data: rgba, width, height };
}
