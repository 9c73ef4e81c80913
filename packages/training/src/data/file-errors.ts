/** Why a file or a folder could not be read, in words. */
import { CorruptSampleError } from './data-set.ts';

const REASONS: Partial<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'is no folder',
  ELOOP: 'too many symbolic links',
  EIO: 'the disk cannot read it',
  ERR_FS_FILE_TOO_LARGE: 'the file is larger than 2 GiB',
};

/** The error of a file system as one whose message is fit to be shown. */
export function fileError(path: string, error: unknown): Error {
  return new Error(`${path}: ${reasonOf(error)}`, { cause: error });
}

/** As {@link fileError}; of one sample's file where others may well be read, a `CorruptSampleError`. */
export function sampleFileError(path: string, error: unknown): Error {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code in REASONS ? new CorruptSampleError(`${path}: ${REASONS[code]}`, { cause: error }) : fileError(path, error);
}

function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}
