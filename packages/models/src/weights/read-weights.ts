/** Opens weight files on disk. */
import type { Stats } from 'node:fs';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openWeights } from './open-weights.ts';
import { openShards, shardsIn } from './sharded.ts';
import { type ByteSource, type TensorFile, WeightsError } from './tensor-file.ts';

/**
 * Opens a file of weights: safetensors, the index.json of sharded safetensors, or a file of
 * PyTorch's `torch.save`. The format is detected from the content. Tensors are read from disk on
 * demand, so the file must not change before.
 *
 * @param path - The file.
 * @returns Its tensors and metadata.
 * @throws WeightsError that names the file and says what is wrong.
 * @example
 * ```ts
 * const refusal = await readWeights('resnet18.pth').catch((error: Error) => error.message);
 * refusal; // 'resnet18.pth: no such file or folder'
 * ```
 */
export async function readWeights(path: string): Promise<TensorFile> {
  if (path.toLowerCase().endsWith('.json')) {
    const shards = await named(path, async () => shardsIn(await readIndex(path)));
    return await openShards(shards, (file) => readWeights(join(dirname(path), file)));
  }
  const { tensors, metadata } = await named(path, async () => await openWeights(await fileSource(path)));
  const namedTensors = Array.from(tensors, ([name, tensor]) => [name, { ...tensor, read: () => named(path, tensor.read) }] as const);
  return { tensors: new Map(namedTensors), metadata };
}

async function readIndex(path: string): Promise<string> {
  await fileInfo(path);
  return await readFile(path, 'utf8');
}

/** What the system says of a file. Rejects if it is a folder, or a pipe, which may never end. */
async function fileInfo(path: string): Promise<Stats> {
  const info = await stat(path);
  if (!info.isFile()) throw new WeightsError(info.isDirectory() ? 'is a folder, not a file' : 'is a pipe or a device, not a file');
  return info;
}

/**
 * A file that is opened for each read, so that nothing needs to be closed. `fs.openAsBlob` would do
 * the same, but in Node 20 it truncates sizes to 32 bits.
 */
async function fileSource(path: string): Promise<ByteSource> {
  const { size, mtimeMs } = await fileInfo(path);
  const readPart = (start: number, end: number): Promise<ArrayBuffer> =>
    withFile(path, async (file) => {
      const now = await file.stat();
      if (now.size !== size || now.mtimeMs !== mtimeMs) throw new WeightsError('the file has changed since it was opened');
      return await readFully(file, start, Math.max(0, Math.min(end, size) - start));
    });
  return { size, slice: (start, end) => ({ arrayBuffer: () => readPart(start, end) }) };
}

async function withFile<Result>(path: string, use: (file: FileHandle) => Promise<Result>): Promise<Result> {
  const file = await open(path, 'r');
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Reads all bytes. A single call may read only some of them. */
async function readFully(file: FileHandle, start: number, length: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, LARGEST_READ), start + done);
    if (bytesRead === 0) throw new WeightsError(`the file ends early: ${done} of ${length} bytes at ${start}`);
    done += bytesRead;
  }
  return bytes.buffer;
}

/** Reads of 2 GB or more fail. */
const LARGEST_READ = 2 ** 30;

async function named<Result>(path: string, use: () => Promise<Result>): Promise<Result> {
  try {
    return await use();
  } catch (error) {
    throw new WeightsError(`${path}: ${reasonOf(error as NodeJS.ErrnoException)}`, { cause: error });
  }
}

function reasonOf({ code = '', message }: NodeJS.ErrnoException): string {
  return REASONS[code] ?? message;
}

const REASONS: Partial<Record<string, string>> = {
  EACCES: 'permission denied',
  ENOENT: 'no such file or folder',
  EPERM: 'permission denied',
};
