/**
 * Temporary files and folders of unfinished writes. `kill -9` leaves them; their names identify
 * them.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { handleSignals } from '../interruption.ts';

const temporaries = new Set<string>();
let release: (() => void) | undefined;

/** A new path for a temporary file or folder in `folder`. */
export function temporaryIn(folder: string): string {
  return registerTemporary(join(folder, `.softpool-${randomUUID()}.tmp`));
}

/** Has a signal handler remove this file or folder, too. Returns its path. */
export function registerTemporary(path: string): string {
  release ??= handleSignals();
  temporaries.add(path);
  return path;
}

/** Removes a temporary file or folder, if it still exists. */
export async function removeTemporary(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  temporaries.delete(path);
  if (temporaries.size > 0) return;
  release?.();
  release = undefined;
}

/** Removes all of them synchronously: for a signal handler. */
export function removeTemporaries(): void {
  for (const path of temporaries) rmSync(path, { recursive: true, force: true });
}
