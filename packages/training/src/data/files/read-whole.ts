/** Reads the files of data sets. */
import { readFile, stat } from 'node:fs/promises';
import { fileError } from './file-errors.ts';

/** What is wrong with a pipe or a device, which may never end. */
export const NOT_A_FILE = 'is a pipe or a device, not a file';

/** The bytes of a file. Rejects with an error that names it if it cannot be read. */
export async function readWhole(path: string): Promise<Buffer> {
  try {
    if (await isEndless(path)) throw new Error(NOT_A_FILE);
    return await readFile(path);
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Whether a path leads to a pipe, a socket or a device. Rejects with the system's error. */
export async function isEndless(path: string): Promise<boolean> {
  const info = await stat(path);
  return !info.isFile() && !info.isDirectory();
}
