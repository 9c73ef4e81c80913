/** Locks a shard for one process, and ends what it does if the lock is lost. */
import { dirname, join } from 'node:path';
import { createFolder, LockError, lockFile } from '@softpool/media/internal/files';
import { EXIT, UsageError } from '../exit-codes.ts';

import { writingError } from '../files/errors.ts';
import { onStop } from '../interruption.ts';
import { printable } from '../text.ts';
import { outputFolderError, ShardError } from './trouble.ts';

/** Throws unless this process still has its shard. */
export type CheckLock = () => void;

/**
 * Runs `work` while this process has the shard at `shardPath`. A signal that ends the process
 * removes the lock.
 *
 * @throws ShardError if another process has the shard, or nothing may be written there; UsageError
 * if the path is wrong.
 */
export async function withShard<T>(shardPath: string, work: (checkLock: CheckLock) => Promise<T>): Promise<T> {
  const lock = lockOrThrow(shardPath);
  const undo = onStop(lock.release);
  try {
    return await work(() => {
      if (lock.isMine()) return;
      throw new ShardError(EXIT.tryAgain, `${printable(shardPath)} was taken over by another process`, { isLocked: true });
    });
  } finally {
    undo();
    lock.release();
  }
}

function lockOrThrow(shardPath: string) {
  const folder = dirname(shardPath);
  try {
    createFolder(folder);
    const lock = lockFile(join(folder, `.${shardPath.slice(folder.length + 1)}.lock`), { otherHosts: 'respected' });
    if ('release' in lock) return lock;
    const holder = `process ${lock.heldBy} of ${printable(lock.host)}`;
    throw new ShardError(EXIT.tryAgain, `${holder} works on ${printable(shardPath)}; try again later`, { isLocked: true });
  } catch (error) {
    if (error instanceof LockError) throw new UsageError(error.message, { cause: error });
    throw error instanceof ShardError ? error : outputFolderError(writingError(folder, error));
  }
}
