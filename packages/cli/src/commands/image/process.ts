/** Processes one file: reads it, pools or resizes or compares, encodes and writes. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { isPoolMethod } from '@softpool/media/internal/choices';
import {
  encodeImage,
  type Picture,
  type Pixels,
  type PoolImageOptions,
  pooledSize,
  poolImage,
  readBytes,
  readImage,
  readImageSize,
  resizeImage,
} from '@softpool/media/internal/pictures';
import { systemError } from '../../shared/files/errors.ts';
import { STANDARD_STREAM } from '../../shared/files/standard-stream.ts';
import { checkWritable, existsAlready, refuseExisting, writeAtomic } from '../../shared/files/write-file.ts';
import { type Sides, sidesOf } from '../../shared/sides.ts';
import { printable } from '../../shared/text.ts';
import { type ImageFlags, readOptions } from './options.ts';
import { checkSides, type Output } from './outputs.ts';
import { checkPagesFormats, checkSamePages, encodeAllPages } from './pages.ts';
import { canReadTwice, type ImageTask } from './plan.ts';
import { type Sizing, SMALLER, sizingOf } from './sizing.ts';

/** A file that would be written, for --dry-run. Standard input and pipes have unknown sizes. */
export interface Planned {
  readonly input: string;
  readonly output: string;
  readonly from?: Sides;
  readonly to?: Sides;
}

/** A file that was written. */
export interface Done extends Required<Planned> {
  /** Pages of the input, if it has several; all or the first were taken. */
  readonly pages?: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly seconds: number;
  /** The figures of each method, with --compare. */
  readonly methods?: readonly { method: string; ssim: number; psnr: number; seconds: number }[];
}

/**
 * The result of an input: the files that were written, and why the others were not, or why it was
 * skipped.
 */
export type Outcome = { readonly files: readonly Done[]; readonly failure?: unknown } | { readonly skipped: string };

/**
 * Finds out what would be written. Rejects if the file could not be processed, as far as its header
 * and the folders of its results tell.
 */
export async function planFile(task: ImageTask, flags: ImageFlags): Promise<readonly Planned[] | { readonly skipped: string }> {
  const { input } = task;
  const remaining = await remainingOutputs(task.outputs, flags);
  if ('skipped' in remaining) return remaining;
  if (!(await canReadTwice(input.path))) {
    await checkOutputs(remaining.outputs);
    return remaining.outputs.map(({ path }) => ({ input: input.path, output: path }));
  }
  const header = await readImageSize(input.path, { maxPixels: flags.maxPixels });
  const sizing = sizingOf(header, flags);
  if (sizing === undefined) return { skipped: SMALLER };
  const outputs = await outputsOf(task, remaining.outputs, header.format, sizing, flags);
  if ('skipped' in outputs) return outputs;
  if (!flags.compare) checkSides(outputs.outputs, header.format, sizing);
  if (flags.pages === 'all' && header.pages > 1) {
    checkPagesFormats(outputs.outputs, header);
    await checkSamePages(input.path, header, sizing, flags);
  }
  await checkOutputs(outputs.outputs);
  const sides = { from: sidesOf(header), to: sidesOf(sizing) };
  return outputs.outputs.map(({ path }) => ({ input: input.path, output: path, ...sides }));
}

/**
 * Processes a file. Rejects with an error whose message can be shown, or resolves with it if it
 * came after a file was written.
 */
export async function processFile(task: ImageTask, flags: ImageFlags): Promise<Outcome> {
  const start = performance.now();
  const { input } = task;
  const remaining = await remainingOutputs(task.outputs, flags);
  if ('skipped' in remaining) return remaining;
  const source = await sourceOf(input.path, flags);
  // Before it is read: it may be gone or another one afterwards.
  const inputBytes = typeof source === 'string' ? (await inWords(stat(source))).size : source.length;
  const picture = await readImage(source, readOptions(flags));
  const sizing = sizingOf(picture, flags);
  if (sizing === undefined) return { skipped: SMALLER };
  const named = await outputsOf(task, remaining.outputs, picture.format, sizing, flags);
  if ('skipped' in named) return named;
  const about = {
    input: input.path,
    from: sidesOf(picture),
    to: sidesOf(sizing),
    ...(picture.pages > 1 && { pages: picture.pages }),
    inputBytes,
  };
  const files: Done[] = [];
  try {
    for await (const { output, bytes, methods } of resultsOf(picture, source, named.outputs, sizing, flags)) {
      await write(output.path, bytes, flags.force === true);
      const seconds = (performance.now() - start) / 1000;
      files.push({ ...about, output: output.path, outputBytes: bytes.length, seconds, ...(methods && { methods }) });
    }
  } catch (failure) {
    if (files.length === 0) throw failure;
    return { files, failure };
  }
  return { files };
}

/** What an image is read from: bytes for all pages, since a pipe cannot be read for each. */
export async function sourceOf(path: string, { pages }: ImageFlags): Promise<string | Uint8Array> {
  if (path === STANDARD_STREAM) return await buffer(process.stdin);
  return pages === 'all' ? await inWords(readBytes(path)) : path;
}

/** Words an error of the file system as reading an image does. */
async function inWords<T>(reading: Promise<T>): Promise<T> {
  return await reading.catch((error: unknown) => {
    throw new Error(systemError(error), { cause: error });
  });
}

/** The outputs that are to be written, or why none is: they exist. Rejects if that is an error. */
async function remainingOutputs(
  outputs: readonly Output[] | undefined,
  { force, skipExisting }: ImageFlags,
): Promise<{ readonly outputs: readonly Output[] } | { readonly skipped: string }> {
  if (outputs === undefined || force) return { outputs: outputs ?? [] };
  const files = outputs.filter(({ path }) => path !== STANDARD_STREAM);
  if (!skipExisting) {
    for (const { path } of files) await refuseExisting(path);
    return { outputs };
  }
  const exist = await Promise.all(files.map(({ path }) => existsAlready(path)));
  const remaining = outputs.filter((_, i) => !exist[i]);
  return remaining.length > 0 ? { outputs: remaining } : { skipped: `${outputs.map(({ path }) => printable(path)).join(', ')} exists` };
}

/** The outputs of a task, which can depend on what was read. */
function outputsOf(
  { input, outputs, naming }: ImageTask,
  remaining: readonly Output[],
  format: string,
  sides: Sizing,
  flags: ImageFlags,
): ReturnType<typeof remainingOutputs> {
  return outputs === undefined
    ? remainingOutputs(naming.outputsOf(input, { format, sides }), flags)
    : Promise.resolve({ outputs: remaining });
}

async function checkOutputs(outputs: readonly Output[]): Promise<void> {
  for (const { path } of outputs) if (path !== STANDARD_STREAM) await checkWritable(path);
}

async function write(path: string, bytes: Uint8Array, force: boolean): Promise<void> {
  if (path !== STANDARD_STREAM) return writeAtomic(path, bytes, { force });
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

interface Result {
  readonly output: Output;
  readonly bytes: Uint8Array;
  readonly methods?: NonNullable<Done['methods']>;
}

/** The bytes of each output. The samples of the picture are gone once the first is there. */
export async function* resultsOf(
  picture: Picture,
  source: string | Uint8Array,
  outputs: readonly Output[],
  sizing: Sizing,
  flags: ImageFlags,
): AsyncGenerator<Result> {
  const { quality } = flags;
  if (flags.compare) {
    for (const output of outputs) yield { output, ...(await compare(picture, source, sizing, flags)) };
    return;
  }
  checkSides(outputs, picture.format, sizing);
  if (picture.pages > 1 && flags.pages === 'all' && typeof source !== 'string') {
    const resize = (page: Picture): ReturnType<typeof resized> => resized(page, sizing, flags);
    yield* encodeAllPages(picture, source, outputs, sizing, resize, flags);
  } else {
    const small = { ...picture, ...(await resized(picture, sizing, flags)) };
    if (small.data.buffer !== picture.data.buffer) dropSamples(picture);
    for (const output of outputs) yield { output, bytes: await encodeImage(small, { format: output.format, quality }) };
  }
}

/**
 * Gives up the samples of a picture that its caller still has. They are freed at once where Node
 * can (from 21 on), else when garbage is collected.
 */
function dropSamples(picture: Picture): void {
  (picture.data.buffer as { transfer?(length: number): void }).transfer?.(0);
  Object.assign(picture, { data: new Uint8Array() });
}

async function resized(picture: Picture, { pool }: Sizing, flags: ImageFlags): Promise<Pixels<Uint8Array | Uint16Array>> {
  const { method } = flags;
  if (pool === undefined) return picture;
  if (!isPoolMethod(method)) return resizeImage(picture, { ...resizeOptions(pool, picture), method });
  return poolImage(picture, { ...pool, method });
}

/** A resampler has no windows: --kernel and the like become a size. */
function resizeOptions(pool: PoolImageOptions, picture: Picture): PoolImageOptions {
  const { factor, width, height, fit, position } = pool;
  return pool.kernelSize === undefined ? { factor, width, height, fit, position } : { ...pooledSize(picture, pool), fit: 'fill' };
}

async function compare(picture: Picture, source: string | Uint8Array, sizing: Sizing, flags: ImageFlags): Promise<Omit<Result, 'output'>> {
  const { COMPARED_METHODS, compareMethods } = await import('@softpool/media/node');
  const { contactSheet } = await import('@softpool/media/contact-sheet');
  const { method, enlargeBy = 'cubic' } = flags;
  const methods = [method, ...COMPARED_METHODS.filter((name) => name !== method)];
  const rows = await compareMethods(picture, { ...(sizing.pool ?? { factor: 1 }), methods, enlargeBy });
  const name = typeof source === 'string' ? basename(source) : 'standard input';
  const title = `${printable(name)}: ${picture.width} × ${picture.height} to ${sizing.width} × ${sizing.height}, enlarged by ${enlargeBy} for the figures`;
  const figures = rows.map((row) => ({ method: row.method, ssim: row.ssim, psnr: row.psnr, seconds: row.milliseconds / 1000 }));
  return { bytes: await contactSheet(picture, rows, { title }), methods: figures };
}
