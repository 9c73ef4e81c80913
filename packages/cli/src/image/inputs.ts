/** What the command is given to read: files, folders, patterns, and `-`. */
import { opendir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { UsageError } from '../exit-codes.ts';
import { oneLine } from '../text.ts';

/** A file to read. */
export interface Input {
  /** Its path; `-` is standard input. */
  readonly path: string;
  /** Where it goes in the output folder: its name, with the folders below the one that was given. */
  readonly relativePath: string;
}

/** A file or folder that cannot be read. */
export interface InputProblem {
  readonly path: string;
  readonly reason: string;
}

/** Standard input's name. */
export const STDIN = '-';

const IMAGE_EXTENSION = /\.(?:jpe?g|png|webp|avif|tiff?)$/i;

/**
 * The files that the arguments mean, each once, in order. A file that is named is always taken; of a folder and those below it, the files
 * with an image's extension. What does not exist, and is no pattern, is a problem of its own; the others go on.
 */
export async function findInputs(sources: readonly string[]): Promise<{ inputs: Input[]; problems: InputProblem[] }> {
  const inputs = new Map<string, Input>();
  const problems: InputProblem[] = [];
  const add = (path: string, relativePath: string): void => {
    if (!inputs.has(path)) inputs.set(path, { path, relativePath });
  };
  for (const source of sources) {
    if (source === STDIN) {
      add(STDIN, 'standard-input');
      continue;
    }
    try {
      const info = await stat(source);
      if (info.isDirectory()) await walk(source, source, add, problems);
      else add(source, basename(source));
    } catch (error) {
      const matches = isDynamicPattern(source) ? await glob(source, { dot: false, onlyFiles: true, expandDirectories: false }) : undefined;
      if (matches === undefined) problems.push({ path: source, reason: reasonOf(error) });
      else if (matches.length === 0) problems.push({ path: source, reason: 'no file matches this pattern' });
      for (const match of (matches ?? []).sort()) add(match, basename(match));
    }
  }
  if (inputs.size === 0 && problems.length === 0) throw new UsageError('there is no image in the folders given');
  return { inputs: [...inputs.values()], problems };
}

/** The images of a folder and of those in it. Links to folders are not followed, so that none leads round in a circle. */
async function walk(
  root: string,
  folder: string,
  add: (path: string, relativePath: string) => void,
  problems: InputProblem[],
): Promise<void> {
  try {
    const entries = [];
    for await (const entry of await opendir(folder)) entries.push(entry);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await walk(root, path, add, problems);
      else if (!entry.name.startsWith('.') && IMAGE_EXTENSION.test(entry.name)) add(path, relative(root, path));
    }
  } catch (error) {
    problems.push({ path: folder, reason: reasonOf(error) });
  }
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'no such file or folder';
  if (code === 'EACCES') return 'permission denied';
  if (code === 'ELOOP') return 'too many symbolic links';
  return oneLine(error);
}
