/** A folder that one process at a time writes to: a second one would mix its records and checkpoints with those of the first. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writingError } from './write-whole.ts';

/** The name of the file that says who writes. */
const LOCK = '.lock';

/** Those that this process holds. */
const held = new Set<string>();

interface Holder {
  readonly process: number;
  readonly host: string;
}

/**
 * Locks a folder for this process, and returns what releases it; the process that has it, if there is one. The lock of a process that is gone, by `kill -9`
 * say, is taken over, and so is that of another machine, where nobody can see whether it is.
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

/** Who has the lock; `undefined`, if the file is gone by now, or is none. */
function holderOf(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** A process of this number that is another one: in a container each has the number of the last. */
function isAlive(number: number, path: string): boolean {
  if (number === process.pid) return held.has(path);
  try {
    process.kill(number, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
