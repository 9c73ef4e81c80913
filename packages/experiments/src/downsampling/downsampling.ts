/** The experiment `downsampling`: SSIM and PSNR of photographs after each downsampling method. */
import { basename } from 'node:path';
import { IMAGE_BETA, type PoolImageOptions, poolImage, psnr } from '@softpool/media';
import { cropPixels, SSIM_WINDOW } from '@softpool/media/internal';
import { RESAMPLERS, type Resampler, resizeImage } from '@softpool/media/node';
import { ssim } from '@softpool/media/ssim';
import { randomOf } from '@softpool/models';
import { readImage } from '@softpool/training/internal';
import { mean } from 'simple-statistics';
import { checkInteger, checkKeys, checkOneOf } from 'softpool/internal';
import { checkList } from '../check-list.ts';
import type { Experiment } from '../run/types.ts';
import { downsamplingReport } from './report.ts';
import { type Bytes, lpPool, stochasticPool } from './stochastic-and-lp.ts';
import type { DownsamplingFigures, DownsamplingMethod, DownsamplingResult } from './types.ts';

/** The options of {@link downsamplingExperiment}. */
export interface DownsamplingOptions {
  /** Paths of image files. */
  readonly data: readonly string[];
  /** Downsampling factors: integers of at least 2. Default 2, 4 and 8. */
  readonly factors?: readonly number[] | undefined;
  /** Upsampling filters, compared separately. Default `'cubic'` and `'nearest'`. */
  readonly enlargeBy?: readonly Resampler[] | undefined;
  /** Largest height and width; larger pictures are center-cropped. Default 1024. */
  readonly crop?: number | undefined;
  /** Number of repetitions of stochastic pooling, whose figures are means. Default 5. */
  readonly seeds?: number | undefined;
}

type Shrink = (picture: Bytes, factor: number, seed: number) => Bytes | Promise<Bytes>;

const byPooling =
  (options: PoolImageOptions): Shrink =>
  (pixels, factor) =>
    poolImage(pixels, { ...options, factor });

const STOCHASTIC = 'stochastic';

/** The downsampling methods, in the order of the tables. */
const METHODS: Readonly<Record<DownsamplingMethod, Shrink>> = {
  'soft, shared weights': byPooling({ method: 'soft', weights: 'shared' }),
  'soft, per channel': byPooling({ method: 'soft', weights: 'perChannel' }),
  'average (area)': byPooling({ method: 'average' }),
  max: byPooling({ method: 'max' }),
  [STOCHASTIC]: (picture, factor, seed) => stochasticPool(picture, factor, randomOf(seed, factor)),
  'Lp, p = 2': (picture, factor) => lpPool(picture, factor, 2),
  lanczos3: (pixels, factor) => resizeImage(pixels, { factor, method: 'lanczos3' }),
};

/** The names of all downsampling methods. */
export const DOWNSAMPLING_METHODS = Object.keys(METHODS) as readonly DownsamplingMethod[];

/**
 * The experiment `downsampling`: each picture is downsampled by each method and factor, upsampled
 * by each filter, and compared with the original. Results are compared picture by picture.
 *
 * @param options - Pictures, factors and filters.
 * @throws RangeError or TypeError for an invalid option. While it runs: CorruptSampleError if a
 *   picture cannot be read; RangeError if one is too small.
 * @example
 * ```ts
 * const { runs } = downsamplingExperiment({ data: ['coffee.png'], factors: [2, 4] });
 * runs.map(({ id }) => id); // ['1-coffee.png/by-2', '1-coffee.png/by-4']
 * ```
 */
export function downsamplingExperiment(options: DownsamplingOptions): Experiment<DownsamplingResult> {
  checkKeys('downsamplingExperiment', options, ['data', 'factors', 'enlargeBy', 'crop', 'seeds']);
  const { data, factors = [2, 4, 8], enlargeBy = ['cubic', 'nearest'], crop = 1024, seeds = 5 } = options;
  checkOptions({ data, factors, enlargeBy, crop, seeds });
  const plan = { factors, enlargeBy, crop, seeds };
  const runOf = (path: string, picture: string, factor: number) => ({
    id: idOf(picture, factor),
    perform: async () => compared(await cutPicture(path, plan), factor, plan),
  });
  const names = data.map((path, index) => `${index + 1}-${basename(path)}`);
  return {
    name: 'downsampling',
    settings: { data: [...data], factors: [...factors], enlargeBy: [...enlargeBy], crop, seeds, beta: IMAGE_BETA },
    runs: data.flatMap((path, index) => factors.map((factor) => runOf(path, names[index] as string, factor))),
    report: (results) => {
      const resultOf = (picture: string, factor: number): DownsamplingResult => results.get(idOf(picture, factor)) as DownsamplingResult;
      return downsamplingReport({ pictures: names, methods: DOWNSAMPLING_METHODS, ...plan }, resultOf);
    },
  };
}

interface Plan {
  readonly factors: readonly number[];
  readonly enlargeBy: readonly Resampler[];
  readonly crop: number;
  readonly seeds: number;
}

function idOf(picture: string, factor: number): string {
  return `${picture}/by-${factor}`;
}

/**
 * The center of a picture, cut so that all factors divide its sides: every window is full, and
 * upsampling puts every pixel where its window was.
 */
async function cutPicture(path: string, { factors, crop }: Plan): Promise<Bytes> {
  const { data, shape } = await readImage(path);
  const [height = 0, width = 0] = shape;
  const unit = factors.reduce(leastCommonMultiple);
  const [rows, columns] = [height, width].map((side) => Math.floor(Math.min(side, Math.max(crop, unit)) / unit) * unit) as [number, number];
  if (Math.min(rows, columns) < Math.max(SSIM_WINDOW, unit)) {
    throw new RangeError(`${path}: ${width} × ${height} pixels are too few; both sides need at least ${Math.max(SSIM_WINDOW, unit)}`);
  }
  const [top, left] = [Math.floor((height - rows) / 2), Math.floor((width - columns) / 2)];
  return cropPixels({ data, width, height, channels: 3 }, { left, top, width: columns, height: rows });
}

async function compared(picture: Bytes, factor: number, { enlargeBy, seeds }: Plan): Promise<DownsamplingResult> {
  const figures: DownsamplingFigures[] = [];
  for (const [name, shrink] of Object.entries(METHODS) as [DownsamplingMethod, Shrink][]) {
    const drawn = name === STOCHASTIC ? seeds : 1;
    const small: Bytes[] = [];
    for (let seed = 1; seed <= drawn; seed++) small.push(await shrink(picture, factor, seed));
    for (const enlargedBy of enlargeBy) {
      const large = await Promise.all(
        small.map((pixels) => resizeImage(pixels, { width: picture.width, height: picture.height, fit: 'fill', method: enlargedBy })),
      );
      figures.push({
        method: name,
        enlargedBy,
        ssim: mean(large.map((pixels) => ssim(picture, pixels))),
        psnr: finiteMean(large.map((pixels) => psnr(picture, pixels))),
      });
    }
  }
  return { width: picture.width, height: picture.height, figures };
}

function finiteMean(values: number[]): number | null {
  return values.every(Number.isFinite) ? mean(values) : null;
}

function leastCommonMultiple(a: number, b: number): number {
  const greatestCommonDivisor = (x: number, y: number): number => (y === 0 ? x : greatestCommonDivisor(y, x % y));
  return (a * b) / greatestCommonDivisor(a, b);
}

function checkOptions({ data, factors, enlargeBy, crop, seeds }: Plan & { readonly data: readonly string[] }): void {
  const call = 'downsamplingExperiment';
  for (const [option, list] of Object.entries({ data, factors, enlargeBy })) checkList(call, `options.${option}`, list);
  for (const [index, factor] of factors.entries()) checkInteger(call, `options.factors[${index}]`, factor, 2);
  for (const [index, name] of enlargeBy.entries()) checkOneOf(call, `options.enlargeBy[${index}]`, name, RESAMPLERS);
  checkInteger(call, 'options.crop', crop, SSIM_WINDOW);
  checkInteger(call, 'options.seeds', seeds, 1);
}
