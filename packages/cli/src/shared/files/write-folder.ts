/**
 * Folders written completely or not at all: into a hidden temporary folder, which is then renamed.
 * If the folder exists, its files are renamed one by one, in the order in which they were given.
 */
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createFolder } from '@softpool/media/internal/files';
import { printable } from '../text.ts';
import { writingError } from './errors.ts';
import { removeTemporary, temporaryIn } from './temporaries.ts';

/**
 * A file to write, by its path in the folder: a text, bytes, bytes that are made when it is their
 * turn, or a copy of another file.
 */
export type FileToWrite = { readonly path: string } & (
  | { readonly text: string }
  | { readonly bytes: Uint8Array }
  | { readonly make: () => Promise<Uint8Array> }
  | { readonly source: string }
);

/** Writes files into a folder. Rejects if the folder is not empty and not `force`. */
export async function writeFolder(folder: string, files: readonly FileToWrite[], { force }: { force: boolean }): Promise<void> {
  if (!force) await refuseFullFolder(folder);
  try {
    const isNew = (await entriesOf(folder)) === undefined;
    const parent = isNew ? dirname(resolve(folder)) : folder;
    createFolder(parent);
    const temporary = temporaryIn(parent);
    try {
      mkdirSync(temporary); // synchronously, so that no signal handler can run in between
      for (const file of files) await write(file, temporary);
      if (isNew) await rename(temporary, folder);
      else for (const { path } of files) await move(path, temporary, folder);
    } finally {
      await removeTemporary(temporary);
    }
  } catch (error) {
    throw writingError(folder, error);
  }
}

/** Rejects if there is something in the folder. */
export async function refuseFullFolder(folder: string): Promise<void> {
  const entries = await entriesOf(folder).catch((error: unknown) => {
    throw writingError(folder, error);
  });
  if (entries === undefined || entries.length === 0) return;
  throw new Error(`${printable(folder)} is not empty; use --force to write into it`);
}

/** The names in a folder; `undefined` if it does not exist. */
async function entriesOf(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function write(file: FileToWrite, folder: string): Promise<void> {
  const target = join(folder, file.path);
  createFolder(dirname(target));
  const content = 'source' in file ? createReadStream(file.source) : Readable.from([await contentOf(file)]);
  await pipeline(content, createWriteStream(target, { flags: 'wx', flush: true }));
}

async function contentOf(file: Exclude<FileToWrite, { readonly source: string }>): Promise<string | Uint8Array> {
  if ('text' in file) return file.text;
  return 'bytes' in file ? file.bytes : await file.make();
}

async function move(path: string, from: string, to: string): Promise<void> {
  const target = join(to, path);
  createFolder(dirname(target));
  await rename(join(from, path), target);
}
