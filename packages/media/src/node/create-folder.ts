/** Creates folders. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Creates a folder and the folders above it, unless it exists. Node 20's own recursive `mkdir`
 * never returns where a file system answers ENOENT to every new name, as /proc does.
 */
export function createFolder(folder: string): void {
  const missing: string[] = [];
  let path = resolve(folder);
  while (!exists(path)) {
    missing.push(path);
    path = dirname(path);
  }
  for (const each of missing.reverse()) createOne(each);
  if (!statSync(folder).isDirectory()) throw Object.assign(new Error(`${folder} is a file`), { code: 'ENOTDIR' });
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Creates one folder. Another process may have created it in the meantime. */
function createOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
