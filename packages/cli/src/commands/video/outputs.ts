/** Decides where results go: to a file, into a folder by their names, or to a file per frame. */
import { existsSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import { frameNames } from '@softpool/media/internal';
import { imageFormatOf } from '@softpool/media/internal/choices';
import { isFramePattern, VIDEO_EXTENSIONS, type VideoInfo } from '@softpool/media/node';
import { UsageError } from '../../shared/exit-codes.ts';
import type { Inputs } from '../../shared/files/image-files.ts';
import { realPathOf } from '../../shared/files/real-path.ts';
import { existsAlready, refuseExisting } from '../../shared/files/write-file.ts';
import { existingFiles, type FileSet, refuseExistingFiles } from '../../shared/files/write-numbered.ts';
import { printable } from '../../shared/text.ts';
import type { VideoFlags } from './options.ts';

/**
 * Where each clip is written: to a file, or by its name into a folder. A folder of frames is
 * written to a folder, which ends in a slash.
 *
 * @throws UsageError if several clips would be written to one file.
 */
export function outputPaths(found: Inputs, output: string): string[] {
  const { inputs } = found;
  if (!isFolder(found, output)) return inputs.map(() => output);
  return inputs.map(({ path, relativePath }) => {
    if (!isExistingFolder(path)) return join(output, relativePath);
    return `${inputs.length === 1 ? output : join(output, relativePath)}/`;
  });
}

/**
 * Where the contact sheet of each clip is written: to a file, or by its name into a folder.
 *
 * @throws UsageError if several sheets would be written to one file, or it is not a PNG.
 */
export function sheetPaths(found: Inputs, output: string): string[] {
  if (!isFolder(found, output)) {
    if (!output.toLowerCase().endsWith('.png'))
      throw new UsageError(`-o ${printable(output)}: a contact sheet is a PNG; use the extension .png`);
    return found.inputs.map(() => output);
  }
  return found.inputs.map(({ relativePath }) => {
    const { dir, name } = parse(relativePath);
    return join(output, dir, `${name}.compare.png`);
  });
}

/**
 * The output is a folder if it exists as one, ends in a slash, or there are several clips. A folder
 * or pattern counts as several clips, however many it has today, unless the output is an existing
 * file or has the name of a file that is written. A folder of frames becomes one where the output
 * has no extension.
 */
function isFolder({ inputs, named }: Inputs, output: string): boolean {
  if (/[/\\]$/.test(output) || isExistingFolder(output)) return true;
  if (named === 'file') return parse(output).ext === '' && inputs.some(({ path }) => isExistingFolder(path));
  const extension = parse(output).ext.toLowerCase();
  const isFile = existsSync(output) || VIDEO_EXTENSIONS.includes(extension) || imageFormatOf(output) !== undefined;
  if (isFile && (named === 'files' || inputs.length > 1)) {
    throw new UsageError(`-o ${printable(output)} is a file; several clips need a folder, such as ${printable(output)}/`);
  }
  return !isFile;
}

/** The file or the pattern of files; in a folder for frames, those are numbered. */
export function withFrameNames(path: string, extension: string | undefined): string {
  return path.endsWith('/') ? join(path, `frame-%06d${extension ?? '.png'}`) : path;
}

/** The files that a pattern stands for; `undefined` for a path of one file. */
export function framesOf(path: string): FileSet | undefined {
  return isFramePattern(path) ? { folder: dirname(path), has: frameNames(path) } : undefined;
}

/** Bytes of a clip: its file, or all frames of a folder. */
export async function bytesOfInput({ path, pictures }: VideoInfo): Promise<number> {
  return await bytesOf(pictures?.files?.map((name) => join(path, name)) ?? [path]);
}

/** Bytes of a file, or of all files that a pattern stands for. */
export async function bytesOfOutput(path: string): Promise<number> {
  const frames = framesOf(path);
  return await bytesOf(frames === undefined ? [path] : await existingFiles(frames));
}

async function bytesOf(paths: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const path of paths) bytes += (await stat(path)).size;
  return bytes;
}

/**
 * Why a result is skipped: it exists, with `skipExisting`. Rejects if it exists and not `force`, or
 * if frames would be written among those that are read.
 */
export async function checkOutput(
  input: string,
  path: string,
  { force = false, skipExisting = false }: Pick<VideoFlags, 'force' | 'skipExisting'>,
): Promise<{ readonly skipped: string } | undefined> {
  const frames = framesOf(path);
  if (frames !== undefined && (await realPathOf(frames.folder)) === (await realPathOf(input))) {
    throw new Error(`cannot write frames to ${printable(frames.folder)}, from which they are read; choose another folder`);
  }
  if (force) return undefined;
  if (skipExisting) {
    const exists = frames === undefined ? await existsAlready(path) : (await existingFiles(frames)).length > 0;
    return exists ? { skipped: `${printable(path)} exists` } : undefined;
  }
  await (frames === undefined ? refuseExisting(path) : refuseExistingFiles(frames));
  return undefined;
}

function isExistingFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
