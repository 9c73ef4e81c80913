/** One file: read, shrunk or compared, encoded, written. */
import { lstat, mkdir } from 'node:fs/promises';
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
import { printable } from '../../shared/text.ts';
import { isDevice, writeAtomic } from '../../shared/write-atomic.ts';
import { STDIN } from './inputs.ts';
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
  if (!options.force) await refuseExisting(output);
  const source = input.path === STDIN ? await buffer(process.stdin) : input.path;
  const picture = await readImage(source, { maxPixels: options.maxPixels });
  const { bytes, to, methods } = options.compare ? await compare(picture, input.path, options) : await shrink(picture, format, options);
  if (output === STDIN) {
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  } else {
    try {
      await mkdir(dirname(output), { recursive: true });
      await writeAtomic(output, bytes, options);
    } catch (error) {
      throw writingError(output, error as NodeJS.ErrnoException);
    }
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

/** Refuses early, before a long piece of work; writing refuses again. */
export async function refuseExisting(path: string): Promise<void> {
  if (path === STDIN || (await isDevice(path))) return;
  const exists = await lstat(path).then(
    () => true,
    () => false,
  );
  if (exists) throw alreadyThere(path);
}

function alreadyThere(path: string, cause?: unknown): Error {
  return new Error(`${printable(path)} is already there; give --force to replace it`, { cause });
}

function writingError(path: string, error: NodeJS.ErrnoException): Error {
  if (error.code === 'EEXIST' && error.syscall !== 'mkdir') return alreadyThere(path, error);
  return new Error(`cannot write ${printable(path)}: ${SYSTEM_ERRORS[error.code ?? ''] ?? error.message}`, { cause: error });
}

const SYSTEM_ERRORS: Partial<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
  EDQUOT: 'no space left',
  EFBIG: 'the file is larger than it may be there',
  ENAMETOOLONG: 'the name is too long',
  EISDIR: 'it is a folder',
  EEXIST: 'a file is where its folder should be',
  ENOTDIR: 'a file is where its folder should be',
  ENOENT: 'its folder is gone',
  ELOOP: 'too many symbolic links',
};
