/** The weights that a run of `softpool train` has written. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { statPath } from '../files/read-file.ts';
import { printable } from '../text.ts';

/** The file of weights at a path: the path itself, or of the folder of a run the weights in it. */
export async function weightsFile(path: string): Promise<string> {
  return (await statPath(path)).isDirectory() ? await weightsIn(path) : path;
}

/** Path of a run's best weights, or else of its final ones. */
export async function weightsIn(folder: string): Promise<string> {
  for (const name of ['best.safetensors', 'final.safetensors']) {
    const path = join(folder, name);
    if ((await stat(path).catch(() => undefined)) !== undefined) return path;
  }
  throw new Error(`${printable(folder)} has no weights yet: its first epoch is not finished`);
}
