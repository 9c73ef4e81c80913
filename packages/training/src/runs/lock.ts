/**
 * Locks a folder for one process, so that two never mix their records and checkpoints.
 *
 * A lock names its process and host. The lock of a process that ended, even by `kill -9`, is taken
 * over at once, and no timer has to keep a lock fresh while a training step blocks the event loop.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { WriteError, writingError } from './write-file.ts';

/** Name of the lock file. */
const LOCK = '.lock';

/** Identifiers of the locks that this process holds. */
const held = new Set<string>();

interface Holder {
  readonly process: number;
  readonly host: string;
  /** Unique to this lock. */
  readonly id: string;
}

/** A lock that was taken, or the process that has it. */
type Locked = { readonly release: () => void } | { readonly heldBy: number };

/**
 * Locks a folder and returns what releases it, or else the process that holds it. Locks of ended
 * processes are taken over. So are locks of other machines, whose processes cannot be checked.
 */
export function lockFolder(folder: string): Locked {
  const path = join(folder, LOCK);
  const mine: Holder = { process: process.pid, host: hostname(), id: randomUUID() };
  const temporary = `${path}.${mine.id}.tmp`;
  try {
    writeFileSync(temporary, JSON.stringify(mine), { flag: 'wx' });
    return lockPath(path, temporary, mine);
  } catch (error) {
    throw error instanceof WriteError ? error : writingError(path, error);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Makes `path` a lock with the content of `temporary`.
 *
 * A link creates the file with its content, and only if there is none. An abandoned lock is
 * replaced under a second lock whose name has the identifier of the first. So only one process can
 * replace it, and nobody removes a lock that somebody has just taken.
 */
function lockPath(path: string, temporary: string, mine: Holder): Locked {
  for (;;) {
    if (isLinked(temporary, path)) return lockOf(path, mine);
    const holder = holderOf(path);
    if (holder === undefined) continue; // released in the meantime
    if (isHeld(holder)) return { heldBy: holder.process };
    const replacing = lockPath(`${path}.${holder.id}`, temporary, mine);
    if ('heldBy' in replacing) return replacing;
    const isStillThere = holderOf(path)?.id === holder.id;
    if (isStillThere) replaceByLink(temporary, path);
    replacing.release();
    if (isStillThere) return lockOf(path, mine);
  }
}

/** Replaces `path` by a link to `temporary`. */
function replaceByLink(temporary: string, path: string): void {
  const link = `${temporary}.link`;
  linkSync(temporary, link);
  renameSync(link, path);
}

/** Creates `path` as a link to `temporary`. Returns whether it did not exist. */
function isLinked(temporary: string, path: string): boolean {
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(code)) throw error;
    throw new WriteError(`cannot lock ${path}: the file system has no hard links; choose a folder on another one`, { cause: error });
  }
}

function lockOf(path: string, { id }: Holder): Locked {
  held.add(id);
  return {
    release() {
      held.delete(id);
      // A process of another machine may have taken the lock over.
      if (holderOf(path)?.id === id) rmSync(path, { force: true });
    },
  };
}

/** The lock of a file that is not a lock, as an older process or a full disk left it. */
const NOBODY: Holder = { process: 0, host: '', id: 'damaged' };

/** The holder of a lock; `undefined` if the file does not exist. */
function holderOf(path: string): Holder | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { process, host, id } = JSON.parse(text) as Partial<Holder>;
    const isHolder = Number.isSafeInteger(process) && typeof host === 'string' && typeof id === 'string' && /^[\w-]{1,64}$/.test(id);
    return isHolder ? ({ process, host, id } as Holder) : NOBODY;
  } catch {
    return NOBODY;
  }
}

/** Whether a process that holds a lock runs. */
function isHeld({ process: number, host, id }: Holder): boolean {
  if (host !== hostname() || number < 1) return false;
  // Our own number may be a previous process's: containers reuse numbers.
  if (number === process.pid) return held.has(id);
  try {
    process.kill(number, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
