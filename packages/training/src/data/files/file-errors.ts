/** Errors for files and folders of data that cannot be read. */
import { systemErrorText } from '@softpool/media/internal/files';
import { CorruptSampleError } from '../data-set.ts';

/** An error for a file or folder that cannot be read, whose message names it. */
export function fileError(path: string, error: unknown): Error {
  return new Error(`${path}: ${reasonOf(error as NodeJS.ErrnoException)}`, { cause: error });
}

/**
 * As {@link fileError}. If other files may still be readable, the error is a `CorruptSampleError`.
 */
export function sampleFileError(path: string, error: unknown): Error {
  const isOnlyThis = systemErrorText(error) !== undefined && (error as NodeJS.ErrnoException).code !== 'EMFILE';
  const { message, cause } = fileError(path, error);
  return isOnlyThis ? new CorruptSampleError(message, { cause }) : new Error(message, { cause });
}

function reasonOf(error: NodeJS.ErrnoException): string {
  return error.code === 'ENOTDIR' ? 'not a folder' : (systemErrorText(error) ?? error.message);
}
