/** System errors in words: the one table that all commands use. */
import { oneLine, printable } from '../text.ts';

const WORDS: Partial<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it already exists',
  EFBIG: 'the file is too large for its file system',
  EISDIR: 'it is a folder, not a file',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ERR_FS_FILE_TOO_LARGE: 'the file is larger than 2 GiB',
};

/** What went wrong with a file, in a few words. */
export function systemError(error: unknown): string {
  return WORDS[codeOf(error)] ?? oneLine(error);
}

/** An error for a file that cannot be read, whose message names it. */
export function readingError(path: string, error: unknown): Error {
  return new Error(`${printable(path)}: ${systemError(error)}`, { cause: error });
}

/** An error for a file or folder that cannot be written, whose message names it. */
export function writingError(path: string, error: unknown): Error {
  const code = codeOf(error);
  if (code === 'EEXIST' && (error as NodeJS.ErrnoException).syscall !== 'mkdir') return existsError(path, error);
  const words = code === 'EEXIST' ? WORDS.ENOTDIR : systemError(error);
  return new Error(`cannot write ${printable(path)}: ${words}`, { cause: error });
}

/** An error for a file that must not be replaced. */
export function existsError(path: string, cause?: unknown): Error {
  return new Error(`${printable(path)} already exists; use --force to replace it`, { cause });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
