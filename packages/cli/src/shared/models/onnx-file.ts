/** ONNX files, and the files in which they keep external weights. */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { externalFiles } from '@softpool/onnx';
import { inFile } from '../arguments/errors.ts';
import { readBytes } from '../files/read-file.ts';
import { printable } from '../text.ts';
import { followed } from './inside-folder.ts';

/** An ONNX model as a file. */
export interface OnnxFile {
  /** The model, without external weights. */
  readonly bytes: Uint8Array;
  /** The files of external weights, relative to the folder of the model. */
  readonly files: readonly string[];
}

/**
 * Reads a model, and checks that its external weights exist and are complete, without reading them.
 */
export async function readOnnx(path: string): Promise<OnnxFile> {
  const bytes = await readBytes(path);
  const files = await inFile(path, () => externalFiles(bytes));
  for (const { path: name, size, tensor } of files) {
    const wrong = (what: string): Error => new Error(`${printable(path)}: the data of tensor ${printable(tensor)} ${what}`);
    const found = await followed(path, name);
    if (found === undefined) throw wrong(`is missing: there is no file ${printable(join(dirname(path), name))}`);
    const { file, isInside } = found;
    if (!isInside) throw wrong(`is in ${printable(file)}, outside the folder of the model`);
    const info = await stat(file);
    if (!info.isFile()) throw wrong(`is in ${printable(file)}, which is not a file`);
    if (info.size < size) throw wrong(`is cut off: ${printable(name)} has ${info.size} bytes, not ${size}`);
  }
  return { bytes, files: files.map(({ path: name }) => name) };
}
