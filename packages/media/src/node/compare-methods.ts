/** Compares methods: the image that each makes of the same original, its figures and its time. */
import { checkOneOf, typeError } from 'softpool/internal';
import { cropPixels } from '../crop-pixels.ts';
import type { Pixels } from '../pixels.ts';
import { poolPlanned } from '../pool-image.ts';
import { POOL_IMAGE_KEYS, type PoolImageOptions, poolImagePlan } from '../pool-image-options.ts';
import { psnr } from '../psnr.ts';
import { evenAxis, windowAxis } from '../resample/axis.ts';
import { RESAMPLERS, type Resampler } from '../resample/filters.ts';
import { resample } from '../resample/resample.ts';
import { SSIM_WINDOW } from '../similarity-window.ts';
import { isPoolMethod, METHODS, type Method } from './methods.ts';
import { resizeTo } from './resize-image.ts';
import { checkedFilePixels, toEightBits } from './sharp.ts';

/** What one method made of an image. */
export interface ComparisonRow {
  /** The method. */
  readonly method: Method;
  /** The smaller image. */
  readonly pixels: Pixels<Uint8Array | Uint16Array>;
  /**
   * SSIM of the original and the enlarged result; see `ssim`. NaN if a side of the original is
   * shorter than 11 pixels.
   */
  readonly ssim: number;
  /** PSNR in dB of the original and the enlarged result; see `psnr`. */
  readonly psnr: number;
  /** Time the method took in milliseconds, without decoding and encoding. */
  readonly milliseconds: number;
}

/** Options of `compareMethods`. */
export interface CompareOptions extends Omit<PoolImageOptions, 'method'> {
  /** The methods. Default: soft, average, max, nearest and lanczos3. */
  readonly methods?: readonly Method[] | undefined;
  /**
   * The resampler that enlarges each result to the original's size. It can change the ranking.
   * Default `'cubic'`.
   */
  readonly enlargeBy?: Resampler | undefined;
}

const KEYS = [...POOL_IMAGE_KEYS.filter((key) => key !== 'method'), 'methods', 'enlargeBy'];

/** The methods that are compared by default. */
export const COMPARED_METHODS: readonly Method[] = ['soft', 'average', 'max', 'nearest', 'lanczos3'];

/**
 * Makes an image smaller by several methods, and measures each result: enlarged to the original's
 * size by a named resampler, and compared with the original on 8-bit sRGB-encoded samples. A pooled
 * pixel is placed at the center of its window, of the part that lies in the image. The result of a
 * resampler is enlarged as `resizeImage` does. The figures say how much of the original comes back.
 * They don't say which small image looks best.
 *
 * @param image - The original, with 8 or 16 bits a sample.
 * @param options - The size of the results, the methods and the resampler.
 * @returns A row for each method, in the order given.
 * @throws TypeError or RangeError that names the wrong option or field, what was expected and what
 * was received.
 * @example
 * ```ts
 * const image = await readImage('photo.jpg');
 * const rows = await compareMethods(image, { factor: 4 });
 * for (const { method, ssim, psnr } of rows) console.log(method, ssim, psnr);
 * ```
 */
export async function compareMethods(image: Pixels<Uint8Array | Uint16Array>, options: CompareOptions): Promise<ComparisonRow[]> {
  const checked = checkedFilePixels('compareMethods', 'image', image);
  const { source, ...windows } = poolImagePlan('compareMethods', checked, options, KEYS);
  const { methods = COMPARED_METHODS, enlargeBy = 'cubic' } = options;
  if (!Array.isArray(methods)) throw typeError('compareMethods', 'options.methods', 'a list of methods', methods);
  for (const [i, method] of methods.entries()) checkOneOf('compareMethods', `options.methods[${i}]`, method, METHODS);
  checkOneOf('compareMethods', 'options.enlargeBy', enlargeBy, RESAMPLERS);
  const pixels = cropPixels(checked, source);
  const plan = { ...windows, source: { ...source, left: 0, top: 0 } };
  const original = toEightBits(pixels);
  const canCompare = Math.min(original.width, original.height) >= SSIM_WINDOW;
  const { ssim } = await import('../ssim.ts'); // ssim.js has 25 files, which nothing else needs
  const rows: ComparisonRow[] = [];
  for (const method of methods) {
    const start = performance.now();
    const pools = isPoolMethod(method);
    const small = pools
      ? poolPlanned(pixels, { ...plan, method })
      : await resizeTo(pixels, plan.columns.outputSize, plan.rows.outputSize, method);
    const milliseconds = performance.now() - start;
    const columns = pools ? windowAxis(plan.columns) : evenAxis(small.width, original.width);
    const lines = pools ? windowAxis(plan.rows) : evenAxis(small.height, original.height);
    const enlarged = resample(toEightBits(small), columns, lines, enlargeBy);
    rows.push({
      method,
      pixels: small,
      ssim: canCompare ? ssim(original, enlarged) : Number.NaN,
      psnr: psnr(original, enlarged),
      milliseconds,
    });
  }
  return rows;
}
