/** One file: read, shrunk or compared, encoded, written. */
import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  type CompareOptions,
  compareMethods,
  contactSheet,
  encodeImage,
  METHODS,
  type Picture,
  type PictureShrinkOptions,
  type Resampler,
  readImage,
  shrinkImage,
} from '@softpool/media/node';
import { writingError } from '../../shared/files/errors.ts';
import { STDIN } from '../../shared/files/image-files.ts';
import { refuseExisting, writeAtomic } from '../../shared/files/write-file.ts';
import { printable } from '../../shared/text.ts';
import type { Task } from './outputs.ts';

/** How every file is worked on. */
export interface ProcessOptions {
  readonly shrink: PictureShrinkOptions;
  readonly quality: number | undefined;
  readonly compare: boolean;
  readonly enlargeBy: Resampler;
  readonly force: boolean;
  readonly maxPixels: number;
}

/** What became of a file. */
export interface Done {
  readonly input: string;
  readonly output: string;
  readonly from: readonly [width: number, height: number];
  readonly to: readonly [width: number, height: number];
  readonly milliseconds: number;
  /** With --compare, the figures of each method. */
  readonly methods?: readonly { method: string; ssim: number; psnr: number; milliseconds: number }[];
}

/** Reads, works and writes. Rejects with an error whose message is fit to be shown. */
export async function processFile({ input, output, format }: Task, options: ProcessOptions): Promise<Done> {
  const start = performance.now();
  if (!options.force && output !== STDIN) await refuseExisting(output);
  const source = input.path === STDIN ? await buffer(process.stdin) : input.path;
  const picture = await readImage(source, { maxPixels: options.maxPixels });
  const { bytes, to, methods } = options.compare ? await compare(picture, input.path, options) : await shrink(picture, format, options);
  if (output === STDIN) {
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  } else {
    await mkdir(dirname(output), { recursive: true }).catch((error: unknown) => {
      throw writingError(output, error);
    });
    await writeAtomic(output, bytes, options);
  }
  const { width, height } = picture.pixels;
  const done = { input: input.path, output, from: [width, height], to, milliseconds: performance.now() - start } as const;
  return methods === undefined ? done : { ...done, methods };
}

interface Result {
  readonly bytes: Uint8Array;
  readonly to: readonly [number, number];
  readonly methods?: NonNullable<Done['methods']>;
}

async function shrink(picture: Picture, format: Task['format'], { shrink: options, quality }: ProcessOptions): Promise<Result> {
  const shrunk = await shrinkImage(picture, options);
  return { bytes: await encodeImage(shrunk, { format, quality }), to: [shrunk.pixels.width, shrunk.pixels.height] };
}

async function compare(picture: Picture, path: string, { shrink: options, enlargeBy }: ProcessOptions): Promise<Result> {
  const { method = 'soft', ...rest } = options;
  const others = METHODS.filter((name) => ['soft', 'average', 'max', 'nearest', 'lanczos3'].includes(name) && name !== method);
  const asked: CompareOptions = { ...rest, methods: [method, ...others], enlargeBy };
  const rows = await compareMethods(picture, asked);
  const { width, height } = (rows[0]?.picture ?? picture).pixels;
  const name = path === STDIN ? 'standard input' : basename(path);
  const title = `${printable(name)}: ${picture.pixels.width} × ${picture.pixels.height} to ${width} × ${height}, figures after enlarging by ${enlargeBy}`;
  const methods = rows.map((row) => ({ method: row.method, ssim: row.ssim, psnr: row.psnr, milliseconds: row.milliseconds }));
  return { bytes: await contactSheet(picture, rows, { title }), to: [width, height], methods };
}
