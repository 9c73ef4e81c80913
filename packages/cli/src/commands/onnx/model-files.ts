/** A model, and the files in which it keeps its weights, if it does not keep them itself. */
import { realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { externalFiles } from '@softpool/onnx';
import { problem } from '../../shared/arguments/errors.ts';
import { readBytes } from '../../shared/files/read-file.ts';
import { printable } from '../../shared/text.ts';

/** Reads a model, without its weights in other files, and sees that these are there. Rejects with an error whose message is fit to be shown. */
export async function readModel(path: string): Promise<{ bytes: Uint8Array; files: readonly string[] }> {
  const bytes = await readBytes(path);
  const files = about(path, () => externalFiles(bytes));
  const folder = await realpath(dirname(path));
  for (const { path: name, size, tensor } of files) {
    const wrong = (what: string): Error => new Error(`${printable(path)}: the data of the tensor ${printable(tensor)} ${what}`);
    const file = await realpath(join(folder, name)).catch(() => undefined);
    if (file === undefined) throw wrong(`is missing: there is no file ${printable(join(dirname(path), name))}`);
    if (!file.startsWith(folder === sep ? sep : folder + sep))
      throw wrong(`would be in ${printable(file)}, which is outside the folder of the model`);
    const info = await stat(file);
    if (!info.isFile()) throw wrong(`would be in ${printable(file)}, which is no file`);
    if (info.size < size) throw wrong(`is cut off: ${printable(name)} has ${info.size} bytes, not ${size}`);
  }
  return { bytes, files: files.map(({ path: name }) => name) };
}

/** What `work` gives; its error, with the model in front. */
export function about<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${printable(path)}: ${problem(error)}`, { cause: error });
  }
}
