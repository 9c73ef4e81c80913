/** A folder of class folders: which classes there are, and which files each has. */
import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from './file-errors.ts';

/** The classes of a folder and their files. */
export interface ClassFolders {
  /** The names of the class folders, in the order of their code units. */
  readonly classes: readonly string[];
  /** The names of each class's files, in the same order. */
  readonly files: readonly (readonly string[])[];
}

/**
 * Lists a folder of class folders. Hidden files and folders are left out, and files of other names than `isSample`. Rejects with an error that says what is
 * wrong: no class folder, only one, one without samples, one with folders in it, or one that cannot be read.
 */
export async function listClassFolders(root: string, isSample: RegExp, what: string): Promise<ClassFolders> {
  const classes = await foldersIn(root);
  if (classes.length === 0) throw new Error(`${root}: there are no folders in it; each class needs one with its ${what}`);
  if (classes.length === 1) {
    throw new Error(`${root}: it holds one class only, ${classes[0]}; classification needs at least two folders, one for each class`);
  }
  if (classes.length > 2 ** 16) throw new Error(`${root}: it holds ${classes.length} classes, more than 65536`);
  const files: string[][] = [];
  for (const name of classes) files.push(await samplesIn(join(root, name), isSample, what));
  return { classes, files };
}

/** The names of the folders in a folder, and of links to folders, hidden ones left out, in order. */
export async function foldersIn(folder: string): Promise<string[]> {
  const entries = await visibleEntries(folder);
  const isFolder = await Promise.all(entries.map((entry) => leadsTo(folder, entry, (info) => info.isDirectory())));
  return entries.filter((_, index) => isFolder[index]).map(({ name }) => name);
}

/** The names of the files of a class folder. */
async function samplesIn(folder: string, isSample: RegExp, what: string): Promise<string[]> {
  const entries = await visibleEntries(folder);
  for (const entry of entries) {
    if (!(await leadsTo(folder, entry, (info) => info.isDirectory()))) continue;
    throw new Error(
      `${join(folder, entry.name)} is a folder within a class folder, which may hold only files; move its files up, or name the folder above the class folders`,
    );
  }
  const samples = entries.map(({ name }) => name).filter((name) => isSample.test(name));
  if (samples.length > 0) return samples;
  const found = entries.length === 0 ? 'it is empty' : `none of its ${entries.length} files is named as one, such as ${entries[0]?.name}`;
  throw new Error(`${folder}: the class has no ${what}: ${found}; add some, or remove the folder`);
}

/** What is in a folder and not hidden, in the order of the names' code units. */
export async function visibleEntries(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw fileError(folder, error);
  }
}

/** Whether an entry, or what it links to, is of a kind. A link that leads nowhere is of none. */
async function leadsTo(folder: string, entry: Dirent, isKind: (info: Dirent | Stats) => boolean): Promise<boolean> {
  if (!entry.isSymbolicLink()) return isKind(entry);
  return await stat(join(folder, entry.name)).then(isKind, () => false);
}
