/** Words for file system errors. */
import { CorruptSampleError } from '../data-set.ts';

const REASONS: Partial<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'not a folder',
  ELOOP: 'too many symbolic links',
  EIO: 'the disk cannot read it',
  ERR_FS_FILE_TOO_LARGE: 'the file is larger than 2 GiB',
};

/** Words a file system error for users, with its path. */
export function fileError(path: string, error: unknown): Error {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new Error(`${path}: ${REASONS[code] ?? message}`, { cause: error });
}

/**
 * As {@link fileError}. If other files may still be readable, the error is a `CorruptSampleError`.
 */
export function sampleFileError(path: string, error: unknown): Error {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code in REASONS ? new CorruptSampleError(`${path}: ${REASONS[code]}`, { cause: error }) : fileError(path, error);
}
