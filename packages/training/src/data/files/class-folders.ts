/** Lists folders of class folders: the classes and their files. */
import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from './file-errors.ts';

/** The classes of a folder and their files. */
export interface ClassFolders {
  /** Names of the class folders, sorted by code unit. */
  readonly classes: readonly string[];
  /** File names of each class, sorted the same way. */
  readonly files: readonly (readonly string[])[];
}

/**
 * Lists a folder of class folders. Hidden files and folders are skipped, and files whose names are
 * not those of samples. Rejects if there are fewer than two class folders, or if one has no
 * samples, has subfolders or cannot be read.
 */
export async function listClassFolders(root: string, isSample: (name: string) => boolean, what: string): Promise<ClassFolders> {
  const classes = await foldersIn(root);
  if (classes.length === 0) throw new Error(`${root}: no folders found; put the ${what} of each class into a folder of its own`);
  if (classes.length === 1) {
    throw new Error(`${root}: only one class folder, ${classes[0]}; classification needs at least two`);
  }
  if (classes.length > 2 ** 16) throw new Error(`${root}: ${classes.length} classes, more than 65536`);
  const files: string[][] = [];
  for (const name of classes) files.push(await samplesIn(join(root, name), isSample, what));
  return { classes, files };
}

/** Names of the visible folders in a folder, links to folders included, sorted. */
export async function foldersIn(folder: string): Promise<string[]> {
  const entries = await visibleEntries(folder);
  const isFolder = await Promise.all(entries.map((entry) => leadsTo(folder, entry, (info) => info.isDirectory())));
  return entries.filter((_, index) => isFolder[index]).map(({ name }) => name);
}

/** Names of the samples in a class folder. */
async function samplesIn(folder: string, isSample: (name: string) => boolean, what: string): Promise<string[]> {
  const entries = await visibleEntries(folder);
  for (const entry of entries) {
    if (!(await leadsTo(folder, entry, (info) => info.isDirectory()))) continue;
    throw new Error(
      `${join(folder, entry.name)} is a folder inside a class folder; move its files up, or give the folder above the class folders`,
    );
  }
  const samples = entries.map(({ name }) => name).filter(isSample);
  if (samples.length > 0) return samples;
  const found = entries.length === 0 ? 'the folder is empty' : `${entries.length} other files, such as ${entries[0]?.name}`;
  throw new Error(`${folder}: the class has no ${what} (${found}); add some, or remove the folder`);
}

/** The visible entries of a folder, sorted by the code units of their names. */
export async function visibleEntries(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw fileError(folder, error);
  }
}

/** Whether an entry, or the target of a link, is of a kind. Broken links are of no kind. */
async function leadsTo(folder: string, entry: Dirent, isKind: (info: Dirent | Stats) => boolean): Promise<boolean> {
  if (!entry.isSymbolicLink()) return isKind(entry);
  return await stat(join(folder, entry.name)).then(isKind, () => false);
}
