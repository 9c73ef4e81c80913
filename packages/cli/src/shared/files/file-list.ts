/** Lists of inputs: `--files list.txt`, or `--files -` for standard input. */
import { resolve, sep } from 'node:path';
import { text } from 'node:stream/consumers';
import { UsageError } from '../exit-codes.ts';
import { printable } from '../text.ts';
import type { Input, Inputs } from './image-files.ts';
import { pathBelowOutput } from './output-path.ts';
import { readText } from './read-file.ts';
import { STANDARD_STREAM } from './standard-stream.ts';

/**
 * The paths of a list, one in each line, or between NUL characters as `find -print0` writes them.
 *
 * @throws UsageError if the list cannot be read, is empty, or names standard input.
 */
export async function readFileList(path: string): Promise<string[]> {
  const content = path === STANDARD_STREAM ? await text(process.stdin) : await readText(path).catch(fail);
  const paths = content.split(content.includes('\0') ? '\0' : /\r?\n/).filter((line) => line !== '');
  if (paths.length === 0) throw new UsageError(`--files ${printable(path)} lists no files`);
  if (paths.includes(STANDARD_STREAM)) {
    throw new UsageError(`--files ${printable(path)} names standard input (-), not a file; write ./- for a file of this name`);
  }
  return paths;
}

/** The input of a listed path. Its results keep the folders of the path. */
export function listedInput(path: string): Input {
  return { path, relativePath: pathBelowOutput(path, sep).split('/').join(sep) };
}

/** Adds the files of a list to those that the arguments name, each once. */
export function withListed(found: Inputs, listed: readonly string[]): Inputs {
  if (listed.length === 0) return found;
  const inputs = new Map(found.inputs.map((input) => [resolve(input.path), input]));
  for (const path of listed) if (!inputs.has(resolve(path))) inputs.set(resolve(path), listedInput(path));
  return { ...found, inputs: [...inputs.values()], named: 'files' };
}

function fail(error: unknown): never {
  throw new UsageError(`--files ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
