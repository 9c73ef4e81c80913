/** Errors of reading and writing files, in words. */
import { systemErrorText } from '@softpool/media/internal/files';
import { oneLine, printable } from '../text.ts';

/** What went wrong with a file, in a few words. */
export function systemError(error: unknown): string {
  return systemErrorText(error) ?? oneLine(error);
}

/** An error for a file that cannot be read, whose message names it. */
export function readingError(path: string, error: unknown): Error {
  return new Error(`${printable(path)}: ${systemError(error)}`, { cause: error });
}

/** An error for a file or folder that cannot be written, whose message names it. */
export function writingError(path: string, error: unknown): Error {
  const code = codeOf(error);
  if (code === 'EEXIST' && (error as NodeJS.ErrnoException).syscall !== 'mkdir') return existsError(path, error);
  const words = code === 'EEXIST' ? 'a part of the path is a file, not a folder' : systemError(error);
  return new Error(`cannot write ${printable(path)}: ${words}`, { cause: error });
}

/** An error for a file that must not be replaced. */
export function existsError(path: string, cause?: unknown): Error {
  return new Error(`${printable(path)} already exists; use --force to replace it`, { cause });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
