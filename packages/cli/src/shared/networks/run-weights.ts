/** The weights that a run of `softpool train` has written. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '../text.ts';

/** The best weights of a run, or its final ones. */
export async function weightsIn(folder: string): Promise<string> {
  for (const name of ['best.safetensors', 'final.safetensors']) {
    const path = join(folder, name);
    if (
      await stat(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  throw new Error(`${printable(folder)} has no weights yet: no epoch of it is finished`);
}
