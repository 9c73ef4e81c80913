/** How much of photographs comes back after each way of making them smaller: SSIM and PSNR. */
import { basename } from 'node:path';
import { IMAGE_BETA, type PoolImageOptions, poolImage, psnr, ssim } from '@softpool/media';
import { RESAMPLERS, type Resampler, resizeImage } from '@softpool/media/node';
import { randomOf } from '@softpool/models';
import { readImage } from '@softpool/training/internal';
import sharp from 'sharp';
import { mean } from 'simple-statistics';
import { downsamplingReport } from './downsampling-report.ts';
import type { Experiment } from './experiment.ts';
import { type Bytes, lpPool, stochasticPool } from './pooling-methods.ts';

/** The options of {@link downsamplingExperiment}. */
export interface DownsamplingOptions {
  /** Image files. */
  readonly pictures: readonly string[];
  /** By how much each side is made shorter: whole numbers. Default 2, 4 and 8. */
  readonly factors?: readonly number[] | undefined;
  /** The resamplers that bring the small pictures back to full size, each by itself. Default `'cubic'` and `'nearest'`. */
  readonly enlargeBy?: readonly Resampler[] | undefined;
  /** Larger pictures are cut to this many pixels in their middle, in height and width. Default 1024. */
  readonly crop?: number | undefined;
  /** How often stochastic pooling is drawn; its figures are the means. Default 5. */
  readonly seeds?: number | undefined;
}

/** What was found of a picture and a factor. */
export type DownsamplingResult = {
  /** Of the picture as it was measured, in pixels. */
  readonly width: number;
  /** The same from top to bottom. */
  readonly height: number;
  /** For each method and each resampler. */
  readonly figures: readonly DownsamplingFigures[];
};

/** The figures of one method. */
export type DownsamplingFigures = {
  /** What made the picture smaller. */
  readonly method: DownsamplingMethod;
  /** What brought it back. */
  readonly enlargedBy: Resampler;
  /** Structural similarity with what it was, at most 1. */
  readonly ssim: number;
  /** In dB; `null`: infinite, nothing differs. */
  readonly psnr: number | null;
};

/** The name of a way of making pictures smaller. */
export type DownsamplingMethod =
  | 'soft, shared weights'
  | 'soft, per channel'
  | 'average (area)'
  | 'max'
  | 'stochastic'
  | 'Lp, p = 2'
  | 'lanczos3';

type Shrink = (picture: Bytes, factor: number, seed: number) => Bytes | Promise<Bytes>;

const byPooling =
  (options: PoolImageOptions): Shrink =>
  (pixels, factor) =>
    poolImage(pixels, { ...options, factor });

const STOCHASTIC = 'stochastic';

/** The ways of making pictures smaller, in the order of the tables. */
const METHODS: Readonly<Record<DownsamplingMethod, Shrink>> = {
  'soft, shared weights': byPooling({ method: 'soft', weights: 'shared' }),
  'soft, per channel': byPooling({ method: 'soft', weights: 'perChannel' }),
  'average (area)': byPooling({ method: 'average' }),
  max: byPooling({ method: 'max' }),
  [STOCHASTIC]: (picture, factor, seed) => stochasticPool(picture, factor, randomOf(seed, factor)),
  'Lp, p = 2': (picture, factor) => lpPool(picture, factor, 2),
  lanczos3: (pixels, factor) => resizeImage(pixels, { factor, method: 'lanczos3' }),
};

/** The names of all of them. */
export const DOWNSAMPLING_METHODS = Object.keys(METHODS) as readonly DownsamplingMethod[];

/**
 * The experiment `downsampling`: each picture is made smaller by each method and factor, brought back to full size by each resampler, and compared with
 * what it was. Pairs of the comparison are pictures.
 *
 * @param options - The pictures, the factors, the resamplers.
 * @throws RangeError if an option makes no sense. While it runs: CorruptSampleError if a picture cannot be read; RangeError if one is too small.
 * @example
 * ```ts
 * const { runs } = downsamplingExperiment({ pictures: ['examples/photographs/coffee.png'], factors: [2, 4] });
 * runs.map(({ id }) => id); // ['1-coffee.png/by-2', '1-coffee.png/by-4']
 * ```
 */
export function downsamplingExperiment(options: DownsamplingOptions): Experiment<DownsamplingResult> {
  const { pictures, factors = [2, 4, 8], enlargeBy = ['cubic', 'nearest'], crop = 1024, seeds = 5 } = options;
  check(pictures.length > 0, 'pictures must have at least one file', pictures.length);
  check(factors.length > 0 && factors.every((factor) => isWhole(factor, 2)), 'factors must be integers of at least 2', factors);
  check(
    enlargeBy.length > 0 && enlargeBy.every((name) => RESAMPLERS.includes(name)),
    `enlargeBy must be of ${RESAMPLERS.join(', ')}`,
    enlargeBy,
  );
  check(isWhole(crop, 11), 'crop must be an integer of at least 11', crop); // SSIM's windows are 11 pixels
  check(isWhole(seeds, 1), 'seeds must be a positive integer', seeds);
  const plan = { factors, enlargeBy, crop, seeds };
  const runOf = (path: string, picture: string, factor: number) => ({
    id: idOf(picture, factor),
    perform: async () => compared(await cutPicture(path, plan), factor, plan),
  });
  const names = pictures.map((path, index) => `${index + 1}-${basename(path)}`);
  return {
    name: 'downsampling',
    settings: { pictures: [...pictures], factors: [...factors], enlargeBy: [...enlargeBy], crop, seeds, beta: IMAGE_BETA },
    runs: pictures.flatMap((path, index) => factors.map((factor) => runOf(path, names[index] as string, factor))),
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

/** The middle of a picture, whose sides all factors divide: every window is then full, and enlarging puts every pixel where its window was. */
async function cutPicture(path: string, { factors, crop }: Plan): Promise<Bytes> {
  const { data, shape } = await readImage(path);
  const [height = 0, width = 0] = shape;
  const unit = factors.reduce(leastCommonMultiple);
  const [rows, columns] = [height, width].map((side) => Math.floor(Math.min(side, Math.max(crop, unit)) / unit) * unit) as [number, number];
  if (Math.min(rows, columns) < Math.max(11, unit)) {
    throw new RangeError(`${path}: ${width} × ${height} pixels are too few; both sides must have ${Math.max(11, unit)} at least`);
  }
  const [top, left] = [Math.floor((height - rows) / 2), Math.floor((width - columns) / 2)];
  const cut = new Uint8Array(rows * columns * 3);
  for (let row = 0; row < rows; row++) {
    const from = ((top + row) * width + left) * 3;
    cut.set(data.subarray(from, from + columns * 3), row * columns * 3);
  }
  return { data: cut, width: columns, height: rows, channels: 3 };
}

async function compared(picture: Bytes, factor: number, { enlargeBy, seeds }: Plan): Promise<DownsamplingResult> {
  const figures: DownsamplingFigures[] = [];
  for (const [name, shrink] of Object.entries(METHODS) as [DownsamplingMethod, Shrink][]) {
    const drawn = name === STOCHASTIC ? seeds : 1;
    const small: Bytes[] = [];
    for (let seed = 1; seed <= drawn; seed++) small.push(await shrink(picture, factor, seed));
    for (const enlargedBy of enlargeBy) {
      const large = await Promise.all(small.map((pixels) => enlarged(pixels, picture, enlargedBy)));
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

async function enlarged({ data, width, height }: Bytes, to: Bytes, kernel: Resampler): Promise<Bytes> {
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  return { ...to, data: await picture.resize(to.width, to.height, { fit: 'fill', kernel }).raw().toBuffer() };
}

function leastCommonMultiple(a: number, b: number): number {
  const greatestCommonDivisor = (x: number, y: number): number => (y === 0 ? x : greatestCommonDivisor(y, x % y));
  return (a * b) / greatestCommonDivisor(a, b);
}

function isWhole(value: number, minimum: number): boolean {
  return Number.isSafeInteger(value) && value >= minimum;
}

function check(holds: boolean, what: string, received: unknown): void {
  if (!holds) throw new RangeError(`downsamplingExperiment: options.${what}, received ${JSON.stringify(received)}`);
}
