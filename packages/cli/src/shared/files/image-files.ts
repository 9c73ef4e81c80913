/** Finds the image files that arguments name: files, folders, patterns, and `-`. */
import { opendir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { IMAGE_FORMATS, imageFormatOf } from '@softpool/media';
import { glob, isDynamicPattern } from 'tinyglobby';
import { systemError } from './errors.ts';

/** A file to read. */
export interface Input {
  /** Its path; `-` is standard input. */
  readonly path: string;
  /** Its path in the output folder: its name, with the folders below the given one. */
  readonly relativePath: string;
}

/** A file or folder that cannot be read. */
interface InputProblem {
  readonly path: string;
  readonly reason: string;
}

/** The files that the arguments name. */
export interface Inputs {
  readonly inputs: readonly Input[];
  readonly problems: readonly InputProblem[];
  /**
   * What the arguments name. A folder or pattern can match several files, however many it matches
   * today.
   */
  readonly named: 'file' | 'files' | 'folder or pattern';
}

/** The name of standard input. */
export const STDIN = '-';

const FORMATS: readonly (string | undefined)[] = IMAGE_FORMATS;

/**
 * Finds the files that the arguments name, each once, in order: named files whatever their
 * extension, the image files of folders and their subfolders, and all files that match a pattern.
 * Files below the output folder are results and left out, if that is itself below the folder or
 * pattern. A source that does not exist, has no images or matches nothing is a problem; the others
 * are found.
 */
export async function findInputs(sources: readonly string[], output: string): Promise<Inputs> {
  const inputs = new Map<string, Input>();
  const problems: InputProblem[] = [];
  const add = (path: string, relativePath: string): void => {
    const key = path === STDIN ? STDIN : resolve(path);
    if (!inputs.has(key)) inputs.set(key, { path, relativePath });
  };
  let areFiles = true;
  for (const source of sources) {
    if (source === STDIN) {
      add(STDIN, 'standard-input');
      continue;
    }
    try {
      const info = await stat(source);
      if (info.isDirectory()) {
        areFiles = false;
        const found = await findInFolder(source, output);
        for (const path of found.images) add(path, relative(source, path));
        problems.push(...found.problems);
        if (found.images.length + found.problems.length === 0) problems.push({ path: source, reason: 'no image in this folder' });
      } else add(source, basename(source));
    } catch (error) {
      if (!isDynamicPattern(source)) {
        problems.push({ path: source, reason: systemError(error) });
        continue;
      }
      areFiles = false;
      const folder = folderOf(source);
      const isResult = (match: string): boolean => isBelow(output, folder) && isBelow(match, output);
      const matches = (await glob(source, { onlyFiles: true, expandDirectories: false })).filter((match) => !isResult(match));
      if (matches.length === 0) problems.push({ path: source, reason: 'no file matches this pattern' });
      for (const match of matches.sort()) add(match, relative(folder, match));
    }
  }
  const named = sources.length > 1 ? 'files' : areFiles ? 'file' : 'folder or pattern';
  return { inputs: [...inputs.values()], problems, named };
}

/**
 * The images in a folder and its subfolders. Links to folders are not followed: they can lead in a
 * circle.
 */
async function findInFolder(folder: string, output: string): Promise<{ images: string[]; problems: InputProblem[] }> {
  const images: string[] = [];
  const problems: InputProblem[] = [];
  try {
    const entries = [];
    for await (const entry of await opendir(folder)) entries.push(entry);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (resolve(path) === resolve(output)) continue;
        const found = await findInFolder(path, output);
        images.push(...found.images);
        problems.push(...found.problems);
      } else if (!entry.name.startsWith('.') && FORMATS.includes(imageFormatOf(entry.name)) && (await isFile(path))) images.push(path);
    }
  } catch (error) {
    problems.push({ path: folder, reason: systemError(error) });
  }
  return { images, problems };
}

/**
 * Whether it is a file or a link to one. A broken link counts, so that it is reported as a bad
 * file. A pipe does not: reading it could wait forever.
 */
function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => true,
  );
}

function isBelow(path: string, folder: string): boolean {
  return resolve(path).startsWith(join(resolve(folder), sep));
}

/** The folder that contains all matches of a pattern: the part before its first wildcard. */
function folderOf(pattern: string): string {
  const parts = pattern.split('/');
  const plain = parts.slice(0, -1).findIndex((part) => isDynamicPattern(part));
  return parts.slice(0, plain === -1 ? -1 : plain).join('/') || (pattern.startsWith('/') ? '/' : '.');
}
