/** Decides where results go: to a file, into a folder by their names, or to a file per frame. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, parse, resolve } from 'node:path';
import { frameNames } from '@softpool/media/internal';
import { isFramePattern } from '@softpool/media/node';
import { UsageError } from '../../shared/exit-codes.ts';
import { realPathOf } from '../../shared/files/real-path.ts';
import { refuseExisting } from '../../shared/files/write-file.ts';
import { type FileSet, refuseExistingFiles } from '../../shared/files/write-numbered.ts';
import { printable } from '../../shared/text.ts';

/**
 * Where each clip is written: to a file, or by its name into a folder. A folder of frames is
 * written to a folder, which ends in a slash.
 *
 * @throws UsageError if several results have the same path.
 */
export function outputPaths(clips: readonly string[], output: string): string[] {
  const isFolder = /[/\\]$/.test(output) || isExistingFolder(output);
  if (!isFolder && clips.length > 1) {
    throw new UsageError(`-o ${printable(output)} is a file; several clips need a folder, such as ${printable(output)}/`);
  }
  const pathOf = (clip: string): string => {
    if (!isFolder) return output;
    if (!isExistingFolder(clip)) return join(output, basename(clip));
    return `${clips.length === 1 ? output : join(output, basename(resolve(clip)))}/`;
  };
  return checkDistinct(clips.map(pathOf));
}

function checkDistinct(paths: string[]): string[] {
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice === undefined) return paths;
  throw new UsageError(`two clips would both be written to ${printable(twice)}`);
}

/**
 * Where the contact sheet of each clip is written: to a file, or by its name into a folder.
 *
 * @throws UsageError if several sheets have the same path.
 */
export function sheetPaths(clips: readonly string[], output: string): string[] {
  const isFolder = /[/\\]$/.test(output) || isExistingFolder(output);
  if (!isFolder) return outputPaths(clips, output);
  const paths = clips.map((clip) => join(output, `${parse(resolve(clip)).name}.compare.png`));
  return checkDistinct(paths);
}

/** The file or the pattern of files; in a folder for frames, those are numbered. */
export function withFrameNames(path: string, extension: string | undefined): string {
  return path.endsWith('/') ? join(path, `frame-%06d${extension ?? '.png'}`) : path;
}

/** The files that a pattern stands for; `undefined` for a path of one file. */
export function framesOf(path: string): FileSet | undefined {
  return isFramePattern(path) ? { folder: dirname(path), has: frameNames(path) } : undefined;
}

/**
 * Rejects if results exist and not `force`, or if frames would be written among those that are
 * read.
 */
export async function checkOutput(input: string, path: string, { force = false }: { force?: boolean }): Promise<void> {
  const frames = framesOf(path);
  if (frames !== undefined && (await realPathOf(frames.folder)) === (await realPathOf(input))) {
    throw new Error(`cannot write frames to ${printable(frames.folder)}, from which they are read; choose another folder`);
  }
  if (force) return;
  await (frames === undefined ? refuseExisting(path) : refuseExistingFiles(frames));
}

function isExistingFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
