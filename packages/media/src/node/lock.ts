/**
 * Files that lock something for one process, such as a folder, so that two never mix what they
 * write.
 *
 * A lock names its process and host. The lock of a process of this host that ended, even by
 * `kill -9`, is taken over at once, and no timer has to keep it fresh while work blocks the event
 * loop.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, lstatSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isRunning } from './processes.ts';

/** Identifiers of the locks that this process holds. */
const held = new Set<string>();

/** The process that has a lock. */
interface Holder {
  readonly process: number;
  readonly host: string;
  /** Unique to this lock. */
  readonly id: string;
}

/** A lock that was taken. */
export interface Lock {
  /** Removes it. */
  readonly release: () => void;
  /** Whether no process of another host has taken it over in the meantime. */
  readonly isMine: () => boolean;
}

/** A lock that was taken, or the process that has it. */
export type Locked = Lock | { readonly heldBy: number; readonly host: string };

/** What to do with locks of other hosts. */
export interface LockOptions {
  /**
   * What becomes of the locks of other hosts, whose processes cannot be checked. `'replaced'` takes
   * them over. `'respected'` takes them over only if they were not refreshed for a minute, and
   * refreshes this one by a timer. Clocks may differ: only times of the file system are compared.
   */
  readonly otherHosts: 'replaced' | 'respected';
}

/** Milliseconds between refreshes of a lock, and without them until it counts as abandoned. */
const [REFRESH, ABANDONED] = [10_000, 60_000];

/** A folder whose file system cannot hold a lock. */
export class LockError extends Error {
  /** `'LockError'`. */
  override readonly name = 'LockError';
}

/**
 * Creates the lock `path`, or returns the process that holds it. Locks of ended processes are taken
 * over.
 *
 * @throws LockError if the file system has no hard links, and errors of the file system.
 */
export function lockFile(path: string, { otherHosts }: LockOptions): Locked {
  const mine: Holder = { process: process.pid, host: hostname(), id: randomUUID() };
  const temporary = `${path}.${mine.id}.tmp`;
  try {
    writeFileSync(temporary, JSON.stringify(mine), { flag: 'wx' });
    return lockPath(path, temporary, mine, otherHosts);
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
function lockPath(path: string, temporary: string, mine: Holder, otherHosts: LockOptions['otherHosts']): Locked {
  for (;;) {
    if (isLinked(temporary, path)) return lockOf(path, mine, otherHosts);
    const holder = holderOf(path);
    if (holder === undefined) continue; // released in the meantime
    if (isHeld(holder, () => otherHosts === 'respected' && isFresh(path, temporary))) return { heldBy: holder.process, host: holder.host };
    const replacing = lockPath(`${path}.${holder.id}`, temporary, mine, otherHosts);
    if ('heldBy' in replacing) return replacing;
    const isStillThere = holderOf(path)?.id === holder.id;
    if (isStillThere) replaceByLink(temporary, path);
    replacing.release();
    if (isStillThere) return lockOf(path, mine, otherHosts);
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
    throw new LockError(`cannot lock ${path}: the file system has no hard links; choose a folder on another one`, { cause: error });
  }
}

function lockOf(path: string, { id }: Holder, otherHosts: LockOptions['otherHosts']): Lock {
  held.add(id);
  const isMine = (): boolean => holderOf(path)?.id === id;
  const timer = otherHosts === 'respected' ? setInterval(() => refresh(path, id), REFRESH).unref() : undefined;
  return {
    isMine,
    release() {
      clearInterval(timer);
      held.delete(id);
      if (isMine()) rmSync(path, { force: true });
    },
  };
}

/** Gives the lock with this identifier the time of a file that is written now. */
function refresh(path: string, id: string): void {
  try {
    if (holderOf(path)?.id !== id) return; // taken over by another process, which isMine() tells
    const written = `${path}.${randomUUID()}.tmp`;
    writeFileSync(written, '', { flag: 'wx' });
    const { mtime } = statSync(written);
    rmSync(written);
    utimesSync(path, mtime, mtime);
  } catch {
    // The next refresh tries again.
  }
}

/** Whether a lock is at most a minute older than a file that has just been written. */
function isFresh(path: string, written: string): boolean {
  try {
    return statSync(written).mtimeMs - statSync(path).mtimeMs < ABANDONED;
  } catch {
    return true; // released in the meantime: it can be taken on the next call
  }
}

/** The lock of a file that is not a lock, as an older process or a full disk left it, or a link. */
const NOBODY: Holder = { process: 0, host: '', id: 'damaged' };

/** The holder of a lock; `undefined` if the file does not exist. */
function holderOf(path: string): Holder | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const isBrokenLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    return isBrokenLink ? NOBODY : undefined;
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
function isHeld({ process: number, host, id }: Holder, isHeldElsewhere: () => boolean): boolean {
  if (number < 1) return false;
  if (host !== hostname()) return isHeldElsewhere();
  // Our own number may be a previous process's: containers reuse numbers.
  return number === process.pid ? held.has(id) : isRunning(number);
}
