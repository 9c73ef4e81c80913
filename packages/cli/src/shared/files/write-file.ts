/**
 * Files written completely or not at all: to a hidden temporary file in the same folder, which is
 * then renamed. Missing folders are created. Without `force` an existing file is never replaced,
 * not even one that appears while we write: a hard link is made instead of renaming, which fails if
 * the name is taken. Devices and pipes are written to directly.
 */
import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { access, constants, link, lstat, open, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createFolder } from '@softpool/media/internal/files';
import { existsError, writingError } from './errors.ts';
import { removeTemporary, temporaryIn } from './temporaries.ts';

/**
 * Writes `bytes` to `path`. Rejects, with an error that names the file, if it exists and not
 * `force`.
 */
export async function writeAtomic(path: string, bytes: Uint8Array, { force }: { force: boolean }): Promise<void> {
  try {
    if (await isDevice(path)) await writeFile(path, bytes);
    else {
      createFolder(dirname(path));
      await writeByRenaming(path, bytes, force);
    }
  } catch (error) {
    throw writingError(path, error);
  }
}

/**
 * Has `write` write a file, and gives it the name `path` once it is complete. `write` gets the path
 * of an empty file; its errors are passed on as they are.
 */
export async function writeAtomicBy<T>(path: string, write: (temporary: string) => Promise<T>, { force }: { force: boolean }): Promise<T> {
  if (await isDevice(path)) return write(path);
  const temporary = temporaryIn(dirname(path));
  try {
    await naming(path, async () => writeFileSync(temporary, '', { flag: 'wx' }));
    const result = await write(temporary);
    await naming(path, async () => {
      const file = await open(temporary, 'r+');
      await file.sync().finally(() => file.close());
      await moveInto(temporary, path, { force });
    });
    return result;
  } finally {
    await removeTemporary(temporary);
  }
}

async function naming(path: string, work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    throw writingError(path, error);
  });
}

/** Rejects if `path` exists, before time is spent on what would be written to it. */
export async function refuseExisting(path: string): Promise<void> {
  if (await existsAlready(path)) throw existsError(path);
}

/** Whether writing to `path` would replace something. */
export async function existsAlready(path: string): Promise<boolean> {
  if (await isDevice(path)) return false;
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Rejects if `path` cannot be written, as far as that is known before: its folder is there and can
 * be written, or can be created. Writes nothing.
 */
export async function checkWritable(path: string): Promise<void> {
  if (await isDevice(path)) return;
  try {
    const info = await lstat(path).catch(unlessMissing);
    if (info?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    let folder = dirname(path);
    // With `/.`, a file in place of a folder is an error.
    while ((await access(`${folder}/.`, constants.W_OK | constants.X_OK).then(() => true, unlessMissing)) === undefined) {
      // The current folder was removed.
      if (dirname(folder) === folder) throw Object.assign(new Error(), { code: 'ENOENT' });
      folder = dirname(folder);
    }
  } catch (error) {
    throw writingError(path, error);
  }
}

function unlessMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

/**
 * Whether `path` is a device such as /dev/null, a pipe or a socket: writing to it replaces nothing.
 */
function isDevice(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => !info.isFile() && !info.isDirectory(),
    () => false,
  );
}

async function writeByRenaming(path: string, bytes: Uint8Array, force: boolean): Promise<void> {
  const temporary = temporaryIn(dirname(path));
  try {
    // Created synchronously, so that no signal handler can run before the file is there to remove.
    writeFileSync(temporary, '', { flag: 'wx' });
    const file = await open(temporary, 'r+');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await moveInto(temporary, path, { force });
  } finally {
    await removeTemporary(temporary);
  }
}

/**
 * Gives a complete temporary file its name. Rejects if the name is taken and not `force`; the
 * temporary file may then still be there, as after a hard link.
 */
export async function moveInto(temporary: string, path: string, { force }: { force: boolean }): Promise<void> {
  await (force ? rename(temporary, path) : linkOrRename(temporary, path));
}

/**
 * Some file systems have no hard links. There an empty file is created first, which fails if the
 * name is taken, and then replaced.
 */
async function linkOrRename(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    // Synchronously, so that no signal handler can run in between and leave the empty file.
    closeSync(openSync(path, 'wx'));
    try {
      renameSync(temporary, path);
    } catch (failure) {
      rmSync(path, { force: true });
      throw failure;
    }
  }
}
