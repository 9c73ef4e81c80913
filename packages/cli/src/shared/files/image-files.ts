/** Finds the image files that arguments name: files, folders, patterns, and `-`. */
import { opendir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { IMAGE_FORMATS, imageFormatOf } from '@softpool/media/internal/choices';
import { glob, isDynamicPattern } from 'tinyglobby';
import { addAll } from '../add-all.ts';
import { systemError } from './errors.ts';
import { otherExtension, passedOverText } from './other-pictures.ts';
import { isWithin, realPathOf } from './real-path.ts';
import { STANDARD_STREAM } from './standard-stream.ts';

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
  /** The extensions of picture files in folders that are of other kinds, one for each file. */
  readonly passedOver: readonly string[];
  /**
   * What the arguments name. A folder or pattern can match several files, however many it matches
   * today.
   */
  readonly named: 'file' | 'files' | 'folder or pattern';
}

const FORMATS: readonly (string | undefined)[] = IMAGE_FORMATS;

/** Which files of a folder are inputs. */
export interface Searched {
  /** Whether a file of this name is an input. */
  readonly isInput: (name: string) => boolean;
  /** The extension of a file that is not, and is counted as passed over. */
  readonly otherExtension: (name: string) => string | undefined;
  /** Whether a folder without such files is an input itself. */
  readonly isInputFolder?: (folder: string) => Promise<boolean>;
  /** What is searched for, as in `no image in this folder`. */
  readonly noun: string;
}

/** Images, as folders are searched for them. */
export const IMAGES: Searched = {
  isInput: (name) => otherExtension(name) === undefined && FORMATS.includes(imageFormatOf(name)),
  otherExtension,
  noun: 'image',
};

/**
 * Finds the files that the arguments name, each once, in order: named files whatever their
 * extension, the image files of folders and their subfolders, and all files that match a pattern.
 * Files in the output folder are results and left out, unless a folder or pattern in it is named. A
 * source that does not exist, has no images or matches nothing is a problem; the others are found.
 *
 * @param output - The output folder, if there is one.
 * @param searched - Which files of folders are inputs. Default: images.
 */
export async function findInputs(sources: readonly string[], output: string | undefined, searched = IMAGES): Promise<Inputs> {
  const inputs = new Map<string, Input>();
  const problems: InputProblem[] = [];
  const passedOver: string[] = [];
  const results = output === undefined ? undefined : await realPathOf(output);
  const add = (path: string, relativePath: string): void => {
    const key = path === STANDARD_STREAM ? STANDARD_STREAM : resolve(path);
    if (!inputs.has(key)) inputs.set(key, { path, relativePath });
  };
  let areFiles = true;
  for (const source of sources) {
    if (source === STANDARD_STREAM) {
      add(STANDARD_STREAM, 'standard-input');
      continue;
    }
    try {
      const info = await stat(source);
      if (info.isDirectory()) {
        const found = await findInFolder(source, await resultsBelow(source, results), searched);
        if (found.images.length === 0 && (await searched.isInputFolder?.(source))) {
          add(source, basename(resolve(source)));
          continue;
        }
        areFiles = false;
        for (const path of found.images) add(path, relative(source, path));
        addAll(problems, found.problems);
        addAll(passedOver, found.passedOver);
        if (found.images.length + found.problems.length === 0)
          problems.push({ path: source, reason: noneFound(searched, found.passedOver) });
      } else add(source, basename(source));
    } catch (error) {
      if (!isDynamicPattern(source)) {
        problems.push({ path: source, reason: systemError(error) });
        continue;
      }
      areFiles = false;
      const matches = await findByPattern(source, results);
      if (matches.length === 0) problems.push({ path: source, reason: 'no file matches this pattern' });
      for (const match of matches) add(match, pathBelow(folderOf(source), match));
    }
  }
  const named = sources.length > 1 ? 'files' : areFiles ? 'file' : 'folder or pattern';
  return { inputs: [...inputs.values()], problems, passedOver, named };
}

/** The folder of results, unless `folder` lies in it: its files are named then. */
async function resultsBelow(folder: string, results: string | undefined): Promise<string | undefined> {
  return results === undefined || isWithin(await realPathOf(folder), results) ? undefined : results;
}

interface Found {
  readonly images: string[];
  readonly problems: InputProblem[];
  readonly passedOver: string[];
}

/**
 * The images in a folder and its subfolders, without the folder of results. Links to folders are
 * not followed: they can lead in a circle.
 */
async function findInFolder(folder: string, results: string | undefined, searched: Searched): Promise<Found> {
  const found: Found = { images: [], problems: [], passedOver: [] };
  try {
    const entries = [];
    for await (const entry of await opendir(folder)) entries.push(entry);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (results !== undefined && (await realPathOf(path)) === results) continue;
        const below = await findInFolder(path, results, searched);
        addAll(found.images, below.images);
        addAll(found.problems, below.problems);
        addAll(found.passedOver, below.passedOver);
      } else if (!entry.name.startsWith('.')) await addFile(path, entry.name, found, searched);
    }
  } catch (error) {
    found.problems.push({ path: folder, reason: systemError(error) });
  }
  return found;
}

/**
 * Adds a file, or a link to one, if it is an input. A broken link counts, so that it is reported
 * as a bad file. A pipe does not: reading it could wait forever.
 */
async function addFile(path: string, name: string, found: Found, searched: Searched): Promise<void> {
  const other = searched.otherExtension(name);
  if (other === undefined && !searched.isInput(name)) return;
  try {
    if (!(await stat(path)).isFile()) return;
  } catch (error) {
    if (path.includes('\ufffd')) {
      found.problems.push({ path, reason: systemError(error) });
      return;
    }
  }
  if (other === undefined) found.images.push(path);
  else found.passedOver.push(other);
}

/** The files that match a pattern, sorted, without results. */
export async function findByPattern(pattern: string, output: string | undefined): Promise<string[]> {
  const results = await resultsBelow(folderOf(pattern), output);
  const matches = (await glob(pattern, { onlyFiles: true, expandDirectories: false })).sort();
  if (results === undefined) return matches;
  const real = await Promise.all(matches.map(realPathOf));
  return matches.filter((_, i) => !isWithin(real[i] ?? '', results));
}

/**
 * The path of a match below the folder of its pattern. A pattern with `..` behind a wildcard
 * matches files outside that folder; their results stay in the output folder all the same.
 */
export function pathBelow(folder: string, match: string): string {
  return relative(folder, match)
    .split(sep)
    .filter((part) => part !== '..')
    .join(sep);
}

/** The folder that contains the matches of a pattern: the part before its first wildcard. */
export function folderOf(pattern: string): string {
  const parts = pattern.split('/');
  const plain = parts.slice(0, -1).findIndex((part) => isDynamicPattern(part));
  return parts.slice(0, plain === -1 ? -1 : plain).join('/') || (pattern.startsWith('/') ? '/' : '.');
}

function noneFound({ noun }: Searched, passedOver: readonly string[]): string {
  return `no ${noun} in this folder${passedOver.length === 0 ? '' : `; ${passedOverText(passedOver)}`}`;
}
