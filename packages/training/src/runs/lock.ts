/** Locks a run's folder for one process, so that two never mix their records and checkpoints. */
import { join } from 'node:path';
import { LockError, type Locked, lockFile } from '@softpool/media/internal/files';
import { WriteError, writingError } from './write-file.ts';

/**
 * Locks a folder and returns what releases it, or else the process that holds it. Locks of ended
 * processes are taken over. So are locks of other machines, whose processes cannot be checked: a
 * training step blocks the timer that would keep a lock fresh.
 */
export function lockFolder(folder: string): Locked {
  const path = join(folder, '.lock');
  try {
    return lockFile(path, { otherHosts: 'replaced' });
  } catch (error) {
    throw error instanceof LockError ? new WriteError(error.message, { cause: error }) : writingError(path, error);
  }
}
