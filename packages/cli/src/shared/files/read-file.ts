/** Files and folders read with errors that name them. */
import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { readingError } from './errors.ts';

/** The content of a file. */
export function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch(fail(path));
}

/** The content of a UTF-8 file, without the byte order mark that editors on Windows write. */
export async function readText(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(fail(path));
  return text.replace(/^\uFEFF/, '');
}

/** What a path leads to. */
export function statPath(path: string): Promise<Stats> {
  return stat(path).catch(fail(path));
}

function fail(path: string): (error: unknown) => never {
  return (error) => {
    throw readingError(path, error);
  };
}
