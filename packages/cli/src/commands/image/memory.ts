/** How much memory a file will take, estimated before it is decoded, in megabytes of 10⁶ bytes. */
import { stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import { readImageSize } from '@softpool/media/node';
import { type Input, STDIN } from '../../shared/files/image-files.ts';

const MEGABYTE = 1e6;

/** What files may take together if nothing is said: a quarter of the machine's memory, or of what the system lets this process have. */
export const DEFAULT_MEMORY = Math.max(1, Math.floor(Math.min(totalmem(), constrainedMemory() || Number.POSITIVE_INFINITY) / 4 / MEGABYTE));

/**
 * The share of `budget` that a file needs: at least 1, and at most all of it, so that a file larger than the budget goes on alone.
 *
 *     bytes = file + width × height × channels × (2 × bytesPerSample + 4)
 *           + (width + 2 × padding) × (height + 2 × padding) × channels × (bytesPerSample + 4)
 *
 * The first line is the picture: as in the file, decoded, in the copy that the decoder hands over, and as float32. The second is the result,
 * as float32 and rounded, which is at most as large as the padded picture. What cannot be asked for its size without being used up (standard
 * input, a pipe), or has no header that is understood, counts as the whole budget.
 */
export async function memoryShare({ path }: Input, budget: number, padding = 0): Promise<number> {
  if (path === STDIN) return budget;
  try {
    const file = await stat(path);
    if (!file.isFile()) return budget;
    const { width, height, channels, bytesPerSample } = await readImageSize(path);
    const picture = width * height * channels * (2 * bytesPerSample + 4);
    const result = (width + 2 * padding) * (height + 2 * padding) * channels * (bytesPerSample + 4);
    return Math.min(budget, Math.max(1, Math.ceil((file.size + picture + result) / MEGABYTE)));
  } catch {
    return budget; // Reading it will say what is wrong with it.
  }
}
