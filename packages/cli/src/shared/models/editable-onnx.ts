/** An ONNX model that a command edits into another file. */
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { printable } from '../text.ts';
import { readOnnx } from './onnx-file.ts';
import { refuseOwnFiles } from './refuse-outputs.ts';

/**
 * Reads a model that is to be written to `output`. Throws if that would write over a file of the
 * model, or leave its external weights behind.
 */
export async function editableOnnx(path: string, output: string): Promise<Uint8Array> {
  const { bytes, files } = await readOnnx(path);
  if (files.length > 0) await checkFolder(path, output, files);
  await refuseOwnFiles(
    path,
    [{ path: output }],
    files.map((file) => join(dirname(path), file)),
  );
  return bytes;
}

/**
 * The new model names the same weight files, which are not copied: they can be larger than the free
 * space.
 */
async function checkFolder(path: string, output: string, [file = '']: readonly string[]): Promise<void> {
  const [here, there] = await Promise.all([path, output].map((each) => realpath(dirname(each)).catch(() => undefined)));
  if (here === there) return;
  throw new Error(`${printable(path)}: its weights in ${printable(file)} are not copied; write the new model into the same folder`);
}
