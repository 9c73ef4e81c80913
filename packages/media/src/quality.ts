/** Measures how much two images differ, by the two figures that papers report. */
import { ssim as structuralSimilarity } from 'ssim.js';
import { checkPixels, type Pixels, sampleMaximum } from './pixels.ts';

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
  checkPair('psnr', a, b);
  const colors = a.channels % 2 === 0 ? a.channels - 1 : a.channels;
  const scaleA = 1 / sampleMaximum(a.data);
  const scaleB = 1 / sampleMaximum(b.data);
  let sum = 0;
  for (let pixel = 0; pixel < a.data.length; pixel += a.channels) {
    for (let c = 0; c < colors; c++) {
      sum += ((a.data[pixel + c] as number) * scaleA - (b.data[pixel + c] as number) * scaleB) ** 2;
    }
  }
  return 10 * Math.log10((a.width * a.height * colors) / sum);
}

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
  checkPair('ssim', a, b);
  if (Math.min(a.width, a.height) < 11)
    throw new RangeError(`ssim: both sides must have at least 11 pixels, received ${a.width} × ${a.height}`);
  return structuralSimilarity(toRgba(a), toRgba(b), { ssim: 'fast', downsample: false }).mssim;
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

function checkPair(call: string, a: Pixels, b: Pixels): void {
  checkPixels(call, 'a', a);
  checkPixels(call, 'b', b);
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) {
    const size = ({ width, height, channels }: Pixels): string => `${width} × ${height} × ${channels}`;
    throw new RangeError(`${call}: both images must have the same size and channels, received ${size(a)} and ${size(b)}`);
  }
}
