/**
 * Locks a folder for one process, so that two never mix their records and checkpoints.
 *
 * A lock names its process and host. The lock of a process that ended, even by `kill -9`, is taken
 * over at once, and no timer has to keep a lock fresh while a training step blocks the event loop.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writingError } from './write-file.ts';

/** Name of the lock file. */
const LOCK = '.lock';

/** Locks held by this process. */
const held = new Set<string>();

interface Holder {
  readonly process: number;
  readonly host: string;
}

/**
 * Locks a folder and returns what releases it, or else the process that holds it. Locks of ended
 * processes are taken over. So are locks of other machines, whose processes cannot be checked.
 */
export function lockFolder(folder: string): { readonly release: () => void } | { readonly heldBy: number } {
  const path = join(folder, LOCK);
  const mine: Holder = { process: process.pid, host: hostname() };
  for (;;) {
    try {
      writeFileSync(path, JSON.stringify(mine), { flag: 'wx' });
      held.add(path);
      return { release: () => release(path) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw writingError(path, error);
    }
    const holder = holderOf(path);
    if (holder?.host === mine.host && isAlive(holder.process, path)) return { heldBy: holder.process };
    rmSync(path, { force: true });
  }
}

function release(path: string): void {
  held.delete(path);
  rmSync(path, { force: true });
}

/** The holder of a lock; `undefined` if the file is gone or invalid. */
function holderOf(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Whether a process runs. Our own number may be a previous process's: containers reuse numbers. */
function isAlive(number: number, path: string): boolean {
  if (number === process.pid) return held.has(path);
  try {
    process.kill(number, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
