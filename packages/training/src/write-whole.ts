/** Files written whole or not at all: to a hidden temporary file beside them, then renamed. A process that is killed leaves the old file as it was. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Writes a file in place of the one that may be there. Throws `WriteError` that says what could not be written and why; the old file is then still there. */
export function writeWhole(path: string, content: Uint8Array | string): void {
  const temporary = join(dirname(path), `.${basename(path)}.tmp`); // one name: what `kill -9` leaves behind is overwritten, and does not pile up
  try {
    const file = openSync(temporary, 'w');
    try {
      writeAll(file, typeof content === 'string' ? Buffer.from(content) : content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    removeQuietly(temporary);
    throw writingError(path, error);
  }
}

/** Writes all bytes to an open file: one call may write only some of them. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

/** A file that could not be written, with the reason. */
export class WriteError extends Error {
  /** `'WriteError'`. */
  override readonly name = 'WriteError';
}

/** Why a file could not be written, in words. */
export function writingError(path: string, error: unknown): WriteError {
  return new WriteError(`cannot write ${path}: ${reasonOf(error as NodeJS.ErrnoException)}`, { cause: error });
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOSPC') return 'the disk is full';
  if (code === 'EDQUOT') return 'the quota of disk space is used up';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EROFS') return 'the file system is read-only';
  if (code === 'ENOENT') return 'the folder is gone';
  if (code === 'ENOTDIR') return 'a part of the path is a file, not a folder';
  return message;
}

/** The new name is on the disk once its folder is. Not every system can open a folder. */
function syncFolder(folder: string): void {
  let opened: number | undefined;
  try {
    opened = openSync(folder, 'r');
    fsyncSync(opened);
  } catch {
    // The file itself is there; only a loss of power in this moment could bring the old one back.
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The error that is about to be thrown says more.
  }
}
