/**
 * Temporary files and folders of unfinished writes, in the folder of the result. Their names say
 * which process writes them: `kill -9` leaves them, and the next process that writes into the same
 * folder removes those of ended processes.
 */
import { hash, randomUUID } from 'node:crypto';
import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { isRunning } from '@softpool/media/internal/files';
import { handleSignals } from '../interruption.ts';

const temporaries = new Set<string>();
let release: (() => void) | undefined;
let notify: (path: string, exists: boolean) => void = () => {};

/** Tells processes of different machines with the same number apart. */
const MACHINE = machineDigits();

/** Folders in which this process has removed what others had left. */
const cleaned = new Set<string>();

/** A new path for a temporary file or folder in `folder`. */
export function temporaryIn(folder: string): string {
  removeAbandoned(folder);
  return registerTemporary(join(folder, `.softpool-${MACHINE}-${process.pid}-${randomUUID()}.tmp`));
}

/** Has a signal handler remove this file or folder, too. Returns its path. */
export function registerTemporary(path: string): string {
  release ??= handleSignals();
  temporaries.add(path);
  notify(path, true);
  return path;
}

/** On the thread of a command: passes on what `noteTemporary` needs on the first thread. */
export function onTemporaryChange(listener: (path: string, exists: boolean) => void): void {
  notify = listener;
}

/** On the first thread: notes a temporary file or folder of the thread of a command. */
export function noteTemporary(path: string, exists: boolean): void {
  if (exists) temporaries.add(path);
  else temporaries.delete(path);
}

/** Removes a temporary file or folder, if it still exists. */
export async function removeTemporary(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  temporaries.delete(path);
  notify(path, false);
  if (temporaries.size > 0) return;
  release?.();
  release = undefined;
}

/** Removes all of them synchronously: for a signal handler. */
export function removeTemporaries(): void {
  for (const path of temporaries) rmSync(path, { recursive: true, force: true });
}

const TEMPORARY = /^\.softpool-(?<machine>[0-9a-f]{8})-(?<process>\d+)-[-0-9a-f]{36}\.tmp$/;

/** Removes the temporary files and folders of ended processes, once for each folder. */
function removeAbandoned(folder: string): void {
  const path = resolve(folder);
  if (cleaned.has(path)) return;
  cleaned.add(path);
  try {
    for (const name of readdirSync(path)) if (isAbandoned(name)) rmSync(join(path, name), { recursive: true, force: true });
  } catch {
    // The folder does not exist yet, or is somebody else's: writing into it tells.
  }
}

function isAbandoned(name: string): boolean {
  const found = TEMPORARY.exec(name)?.groups;
  if (found === undefined || found.machine !== MACHINE) return false;
  const number = Number(found.process);
  // Our own number may be a previous process's: containers reuse numbers.
  if (number === process.pid) return ![...temporaries].some((path) => basename(path) === name);
  return !isRunning(number);
}

/** Digits for this host and, on Linux, for the container in which processes are numbered. */
function machineDigits(): string {
  let container = '';
  try {
    container = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Not on Linux.
  }
  return hash('sha256', `${hostname()} ${container}`, 'hex').slice(0, 8);
}
