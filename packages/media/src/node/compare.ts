/** Methods side by side: what each makes of a picture, its figures and its time. */
import { type AxisWindows, poolGeometry } from 'softpool';
import { checkPixels, type Pixels } from '../pixels.ts';
import { psnr, ssim } from '../quality.ts';
import { checkOptions, planShrink, type ShrinkPlan } from '../shrink-options.ts';
import { inEightBits, type Picture } from './picture.ts';
import {
  isPoolMethod,
  METHODS,
  type Method,
  type PictureShrinkOptions,
  RESAMPLERS,
  type Resampler,
  resample,
  shrinkImage,
} from './shrink.ts';

/** What one method made of a picture. */
export interface ComparisonRow {
  /** The method. */
  readonly method: Method;
  /** The shrunk picture. */
  readonly picture: Picture;
  /** Structural similarity with the original after enlarging: see `ssim`. NaN if a side of the original is shorter than 11 pixels. */
  readonly ssim: number;
  /** Peak signal-to-noise ratio in dB against the original after enlarging: see `psnr`. */
  readonly psnr: number;
  /** Milliseconds that shrinking took, decoding and encoding not counted. */
  readonly milliseconds: number;
}

/** The options of {@link compareMethods}. */
export type CompareOptions = Omit<PictureShrinkOptions, 'method'> & {
  /** The methods. Default: soft, average, max, nearest and lanczos3. */
  readonly methods?: readonly Method[] | undefined;
  /** The resampler that brings each result back to the original's size. Default `'cubic'`. The ranking can depend on it. */
  readonly enlargeBy?: Resampler | undefined;
};

/** The methods that are compared if none are named. */
export const COMPARED_METHODS: readonly Method[] = ['soft', 'average', 'max', 'nearest', 'lanczos3'];

/**
 * Shrinks a picture by several methods and measures each result: enlarged back to the original's size by a named resampler, against the
 * original, on 8-bit sRGB-encoded samples. A pooled pixel is put back in the middle of its window (to the nearest whole pixel), wherever the
 * windows end. The figures tell how much of the original comes back that way. They do not tell which small
 * picture looks best, and a method that resembles the enlarging resampler has an advantage.
 *
 * @param picture - The original.
 * @param options - What to shrink to, and which methods are compared.
 * @returns A row for each method, in the order given.
 * @throws TypeError or RangeError that names the option, what was expected and what came.
 * @example
 * ```ts
 * const picture = await readImage('examples/photographs/astronaut.png');
 * for (const { method, ssim, psnr } of await compareMethods(picture, { factor: 4 })) console.log(method, ssim, psnr);
 * ```
 */
export async function compareMethods(picture: Picture, options: CompareOptions): Promise<ComparisonRow[]> {
  checkPixels('compareMethods', 'picture.pixels', picture.pixels);
  checkOptions('compareMethods', options);
  const { methods = COMPARED_METHODS, enlargeBy = 'cubic', ...shrink } = options;
  for (const method of methods) {
    if (!METHODS.includes(method))
      throw new TypeError(`compareMethods: options.methods must be of ${METHODS.join(', ')}, received ${method}`);
  }
  if (!RESAMPLERS.includes(enlargeBy))
    throw new TypeError(`compareMethods: options.enlargeBy must be one of ${RESAMPLERS.join(', ')}, received ${enlargeBy}`);
  const plan = planShrink('compareMethods', picture.pixels.width, picture.pixels.height, shrink);
  const original = inEightBits(picture.pixels);
  const rows: ComparisonRow[] = [];
  for (const method of methods) {
    const start = performance.now();
    const shrunk = await shrinkImage(picture, { ...shrink, method });
    const milliseconds = performance.now() - start;
    const small = inEightBits(shrunk.pixels);
    const enlarged = isPoolMethod(method)
      ? await enlargeWindows(small, original, plan, enlargeBy)
      : await resample(small, original.width, original.height, enlargeBy);
    const canCompare = Math.min(original.width, original.height) >= 11;
    rows.push({
      method,
      picture: shrunk,
      ssim: canCompare ? ssim(original, enlarged) : Number.NaN,
      psnr: psnr(original, enlarged),
      milliseconds,
    });
  }
  return rows;
}

/**
 * A pooled picture at the original's size. Its pixels are as far apart as the windows, and lie in their middles; where the windows end
 * before or behind the original, it is not stretched to fit: its edges are repeated, or left out.
 */
async function enlargeWindows(
  small: Pixels<Uint8Array | Uint16Array>,
  { width, height }: Pixels,
  plan: ShrinkPlan,
  by: Resampler,
): Promise<Pixels<Uint8Array>> {
  const { axes } = poolGeometry([height, width, 1], { ...plan.geometry, layout: 'channelsLast' });
  const [rows, columns] = axes.map(place) as [Place, Place];
  const { data, channels } = await resample(small, columns.size, rows.size, by);
  const placed = new Uint8Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = (within(row - rows.start, rows.size) * columns.size + within(column - columns.start, columns.size)) * channels;
      placed.set(data.subarray(from, from + channels), (row * width + column) * channels);
    }
  }
  return { data: placed, width, height, channels };
}

/** Along one axis: the size to enlarge to, and where that begins in the original. */
interface Place {
  readonly size: number;
  readonly start: number;
}

function place({ inputSize, outputSize, stride, kernelSize, padding: [before] }: AxisWindows): Place {
  if (stride === 0) return { size: inputSize, start: 0 }; // adaptive windows divide the whole
  return { size: outputSize * stride, start: Math.round((kernelSize - stride) / 2) - before };
}

function within(index: number, size: number): number {
  return Math.min(size - 1, Math.max(0, index));
}
