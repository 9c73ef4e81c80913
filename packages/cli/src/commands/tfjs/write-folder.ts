/**
 * A folder written whole or not at all: into a hidden temporary folder, which is renamed. Into a folder that is there files are renamed one by one, the
 * last of them last.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { printable } from '../../shared/text.ts';

/** A file to write, by its path in the folder: a text, or a copy. */
export type FileToWrite = { readonly path: string } & ({ readonly text: string } | { readonly source: string });

/** Temporary folders that exist now. */
const temporaries = new Set<string>();

/** Writes files into a folder. Rejects if something is in it, and not `force`. */
export async function writeFolder(folder: string, files: readonly FileToWrite[], { force }: { force: boolean }): Promise<void> {
  try {
    const entries = await entriesOf(folder);
    if (entries !== undefined && entries.length > 0 && !force) {
      throw new Error('it is already there; give --force to write into it');
    }
    const parent = entries === undefined ? dirname(resolve(folder)) : folder;
    await mkdir(parent, { recursive: true });
    const temporary = join(parent, `.softpool-${randomUUID()}.tmp`);
    temporaries.add(temporary);
    try {
      mkdirSync(temporary); // at once, so that no signal's handler can come between
      for (const file of files) await write(file, temporary);
      if (entries === undefined) await rename(temporary, folder);
      else for (const { path } of files) await move(path, temporary, folder);
    } finally {
      await rm(temporary, { recursive: true, force: true });
      temporaries.delete(temporary);
    }
  } catch (error) {
    throw new Error(`cannot write ${printable(folder)}: ${(error as Error).message}`, { cause: error });
  }
}

/** Removes what is being written, at once: for a signal's handler. */
export function removeTemporaryFolders(): void {
  for (const temporary of temporaries) rmSync(temporary, { recursive: true, force: true });
}

/** What is in a folder; `undefined`, if there is none. */
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
  await mkdir(dirname(target), { recursive: true });
  const content = 'text' in file ? Readable.from([file.text]) : createReadStream(file.source);
  await pipeline(content, createWriteStream(target, { flags: 'wx', flush: true }));
}

async function move(path: string, from: string, to: string): Promise<void> {
  const target = join(to, path);
  await mkdir(dirname(target), { recursive: true });
  await rename(join(from, path), target);
}
