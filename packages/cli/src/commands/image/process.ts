/** Processes one file: reads it, pools or resizes or compares, encodes and writes. */
import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { contactSheet } from '@softpool/media/contact-sheet';
import {
  COMPARED_METHODS,
  compareMethods,
  encodeImage,
  type Method,
  type Picture,
  type Pixels,
  POOL_METHODS,
  type PoolImageAsyncOptions,
  type PoolImageOptions,
  type PoolMethod,
  pooledSize,
  poolImage,
  poolImageAsync,
  type Resampler,
  readImage,
  readImageSize,
  resizeImage,
} from '@softpool/media/node';
import { writingError } from '../../shared/files/errors.ts';
import { STDIN } from '../../shared/files/image-files.ts';
import { refuseExisting, writeAtomic } from '../../shared/files/write-file.ts';
import { printable } from '../../shared/text.ts';
import type { Task } from './outputs.ts';

/** How every file is processed. */
export interface ProcessOptions {
  readonly pool: PoolImageOptions;
  readonly method: Method;
  readonly threads: PoolImageAsyncOptions['threads'];
  readonly quality: number | undefined;
  readonly compare: boolean;
  readonly enlargeBy: Resampler;
  readonly force: boolean;
  readonly maxPixels: number;
}

/** A file that would be written, for --dry-run. The sizes of standard input are unknown. */
export interface Planned {
  readonly input: string;
  readonly output: string;
  readonly from?: readonly [width: number, height: number];
  readonly to?: readonly [width: number, height: number];
}

/** A file that was written. */
export interface Done extends Required<Planned> {
  readonly milliseconds: number;
  /** The figures of each method, with --compare. */
  readonly methods?: readonly { method: string; ssim: number; psnr: number; milliseconds: number }[];
}

/**
 * Finds out what would be written. Rejects if the file could not be processed, as far as its header
 * tells.
 */
export async function planFile({ input, output }: Task, options: ProcessOptions): Promise<Planned> {
  if (!options.force && output !== STDIN) await refuseExisting(output);
  if (input.path === STDIN) return { input: input.path, output };
  const { width, height } = await readImageSize(input.path, { maxPixels: options.maxPixels });
  const size = pooledSize({ width, height }, options.pool);
  return { input: input.path, output, from: [width, height], to: [size.width, size.height] };
}

/** Processes a file. Rejects with an error whose message can be shown. */
export async function processFile({ input, output, format }: Task, options: ProcessOptions): Promise<Done> {
  const start = performance.now();
  if (!options.force && output !== STDIN) await refuseExisting(output);
  const source = input.path === STDIN ? await buffer(process.stdin) : input.path;
  const picture = await readImage(source, { maxPixels: options.maxPixels });
  const { bytes, to, methods } = options.compare
    ? await compare(picture, input.path, options)
    : await makeSmaller(picture, format, options);
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
  const from = [picture.width, picture.height] as const;
  const done = { input: input.path, output, from, to, milliseconds: performance.now() - start };
  return methods === undefined ? done : { ...done, methods };
}

interface Result {
  readonly bytes: Uint8Array;
  readonly to: readonly [width: number, height: number];
  readonly methods?: NonNullable<Done['methods']>;
}

async function makeSmaller(picture: Picture, format: Task['format'], options: ProcessOptions): Promise<Result> {
  const small = await smallerImage(picture, options);
  const bytes = await encodeImage({ ...small, format: picture.format }, { format, quality: options.quality });
  return { bytes, to: [small.width, small.height] };
}

async function smallerImage(picture: Picture, { pool, method, threads }: ProcessOptions): Promise<Pixels<Uint8Array | Uint16Array>> {
  if (!isPoolMethod(method)) return resizeImage(picture, { ...pooledSize(picture, pool), method });
  return threads === undefined ? poolImage(picture, { ...pool, method }) : poolImageAsync(picture, { ...pool, method, threads });
}

function isPoolMethod(method: Method): method is PoolMethod {
  return (POOL_METHODS as readonly Method[]).includes(method);
}

async function compare(picture: Picture, path: string, { pool, method, enlargeBy }: ProcessOptions): Promise<Result> {
  const others = COMPARED_METHODS.filter((name) => name !== method);
  const rows = await compareMethods(picture, { ...pool, methods: [method, ...others], enlargeBy });
  const { width, height } = rows[0]?.pixels ?? picture;
  const name = path === STDIN ? 'standard input' : basename(path);
  const title = `${printable(name)}: ${picture.width} × ${picture.height} to ${width} × ${height}, enlarged by ${enlargeBy} for the figures`;
  const methods = rows.map((row) => ({ method: row.method, ssim: row.ssim, psnr: row.psnr, milliseconds: row.milliseconds }));
  return { bytes: await contactSheet(picture, rows, { title }), to: [width, height], methods };
}
