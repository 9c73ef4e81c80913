/**
 * Atomic writes: to a hidden temporary file beside the target, then renamed. A process that is
 * killed leaves the old file intact.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemErrorText } from '@softpool/media/internal/files';

/**
 * Writes or replaces a file atomically and durably. Throws a `WriteError` that says why it failed;
 * the old file is then still there.
 */
export function writeFileAtomic(path: string, content: Uint8Array | string): void {
  // A fixed name: what `kill -9` leaves behind is overwritten and does not pile up.
  const temporary = join(dirname(path), `.${basename(path)}.tmp`);
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

/** Writes all bytes to an open file. A single call may write only some of them. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

/** A file that could not be written. The message says why. */
export class WriteError extends Error {
  /** `'WriteError'`. */
  override readonly name = 'WriteError';
}

/** Words a file system error for users. */
export function writingError(path: string, error: unknown): WriteError {
  return new WriteError(`cannot write ${path}: ${reasonOf(error as NodeJS.ErrnoException)}`, { cause: error });
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'the folder does not exist';
  if (error.code === 'EEXIST') return 'a part of the path is a file, not a folder';
  return systemErrorText(error) ?? error.message;
}

/** A rename is durable only once its folder is synced. Some systems cannot open folders. */
function syncFolder(folder: string): void {
  let opened: number | undefined;
  try {
    opened = openSync(folder, 'r');
    fsyncSync(opened);
  } catch {
    // The file itself is safe; only a power failure right now could bring the old one back.
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The error about to be thrown says more.
  }
}
