/**
 * Files that belong together, such as the frames of a video, written all or none: into a hidden
 * temporary folder first. If their folder is new, it gets its name at the end. If it exists, they
 * are moved into it at once.
 */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createFolder } from '@softpool/media/internal/files';
import { printable } from '../text.ts';
import { writingError } from './errors.ts';
import { removeTemporary, temporaryIn } from './temporaries.ts';

/** Which files belong together. */
export interface FileSet {
  /** Their folder. */
  readonly folder: string;
  /** Whether a name in the folder is one of theirs. */
  readonly has: (name: string) => boolean;
}

/** The paths of such files. */
export async function existingFiles({ folder, has }: FileSet): Promise<string[]> {
  const names = (await namesIn(folder)) ?? [];
  return names.filter(has).map((name) => join(folder, name));
}

/** Rejects if there are such files, before time is spent on what would replace them. */
export async function refuseExistingFiles(set: FileSet): Promise<void> {
  const [found] = await existingFiles(set);
  if (found !== undefined) throw new Error(`${printable(found)} already exists; use --force to replace all files like it`);
}

/**
 * Has `write` write files into a temporary folder, and moves them into theirs once all are
 * complete. With `force`, files of an earlier set are removed.
 */
export async function writeFileSet<T>(set: FileSet, write: (temporary: string) => Promise<T>, { force }: { force: boolean }): Promise<T> {
  const { folder, has } = set;
  const isNew = (await namesIn(folder)) === undefined;
  const parent = isNew ? dirname(resolve(folder)) : folder;
  const naming = <R>(work: () => R): R => {
    try {
      return work();
    } catch (error) {
      throw writingError(folder, error);
    }
  };
  naming(() => createFolder(parent));
  const temporary = temporaryIn(parent);
  try {
    // Synchronously, so that no signal handler can run in between.
    naming(() => mkdirSync(temporary));
    const result = await write(temporary);
    if (!force) await refuseExistingFiles(set);
    const [names = [], before = []] = [await namesIn(temporary), isNew ? [] : await namesIn(folder)];
    naming(() => {
      if (isNew) return renameSync(temporary, folder);
      // Synchronously: a signal waits until all are moved.
      for (const name of names) renameSync(join(temporary, name), join(folder, name));
      for (const name of before) if (has(name) && !names.includes(name)) rmSync(join(folder, name));
    });
    return result;
  } finally {
    await removeTemporary(temporary);
  }
}

/** The names in a folder; `undefined` if it does not exist. */
async function namesIn(folder: string): Promise<string[] | undefined> {
  return await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw writingError(folder, error);
  });
}
