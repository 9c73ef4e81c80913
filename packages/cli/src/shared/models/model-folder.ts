/** Folders of Hugging Face models: config.json, the files of processors, and .onnx files. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { readingError } from '../files/errors.ts';
import { isWithin } from '../files/real-path.ts';
import { printable } from '../text.ts';

/** The files of a model folder, as paths in it with `/` between folders. */
export interface ModelFolder {
  /** The .onnx files, in order. */
  readonly models: readonly string[];
  /** All other files. */
  readonly others: readonly string[];
}

/** What git and the Hub's clients keep about the folder; it is not a part of the model. */
const LEFT_OUT: ReadonlySet<string> = new Set(['.git', '.cache']);

/** Lists the files of a model folder. Throws if it has no .onnx file, or leads out of itself. */
export async function listModelFolder(folder: string): Promise<ModelFolder> {
  const files = await filesBelow(folder, '', await realpath(folder));
  const isModel = (file: string): boolean => extname(file).toLowerCase() === '.onnx';
  const models = files.filter(isModel);
  if (models.length > 0) return { models, others: files.filter((file) => !isModel(file)) };
  throw new Error(`${printable(folder)} is the folder of a Hugging Face model without .onnx files; export the model to ONNX first`);
}

async function filesBelow(folder: string, prefix: string, root: string): Promise<string[]> {
  const inside = join(folder, prefix);
  const entries = await readdir(inside, { withFileTypes: true }).catch((error: unknown) => {
    throw readingError(inside, error);
  });
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) {
      if (!LEFT_OUT.has(path)) files.push(...(await filesBelow(folder, `${path}/`, root)));
      continue;
    }
    await checkFile(join(folder, path), root);
    files.push(path);
  }
  return files;
}

/** Throws unless a path leads to a file in the folder. */
async function checkFile(path: string, root: string): Promise<void> {
  try {
    const real = await realpath(path);
    const wrong = (what: string): Error => new Error(`${printable(path)} ${what}`);
    if (!isWithin(real, root)) {
      throw wrong(`is a link to ${printable(real)}, outside the folder of the model; copy the folder with cp -rL, and use the copy`);
    }
    const target = await stat(real);
    if (target.isDirectory()) throw wrong('is a link to a folder; replace it by a copy of the folder, or remove it');
    if (!target.isFile()) throw wrong('is neither a file nor a folder');
  } catch (error) {
    throw error instanceof Error && 'code' in error ? readingError(path, error) : error;
  }
}
