/**
 * Files written whole or not at all: to a hidden temporary file in the same folder, then renamed. Without `force` an existing file is
 * never replaced, not even one that appears while we write: a hard link is made instead, which fails if there is one. Devices and pipes are
 * no files: they are written to, and stay.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { link, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Temporary files that exist now. After `kill -9` they stay behind, and are known by their name. */
const temporaries = new Set<string>();

/** Writes `bytes` to `path`. Rejects, with `EEXIST`, if there is a file and not `force`. */
export async function writeAtomic(path: string, bytes: Uint8Array, { force }: { force: boolean }): Promise<void> {
  if (await isDevice(path)) return await writeFile(path, bytes);
  const temporary = join(dirname(path), `.softpool-${randomUUID()}.tmp`);
  temporaries.add(temporary);
  try {
    // Created at once, and only opened later: were it created in the background, a signal's handler could come before it.
    writeFileSync(temporary, '', { flag: 'wx' });
    const file = await open(temporary, 'r+');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (force) await rename(temporary, path);
    else await linkOrRename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
    temporaries.delete(temporary);
  }
}

/** Whether `path` is a device, such as /dev/null, a pipe or a socket. What is written to it replaces nothing. */
export function isDevice(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => !info.isFile() && !info.isDirectory(),
    () => false,
  );
}

/** Removes what is being written, at once: for a signal's handler. */
export function removeTemporaries(): void {
  for (const temporary of temporaries) rmSync(temporary, { force: true });
}

/** Some file systems have no hard links; there, the file is created first, empty, so that nothing can be replaced. */
async function linkOrRename(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    // At once, so that no signal's handler can come between and leave the empty file.
    closeSync(openSync(path, 'wx'));
    try {
      renameSync(temporary, path);
    } catch (failure) {
      rmSync(path, { force: true });
      throw failure;
    }
  }
}
