/** Estimates the memory that a file needs before it is decoded, in megabytes of 10⁶ bytes. */
import { stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import { readImageSize } from '@softpool/media/internal/pictures';
import { STANDARD_STREAM } from '../../shared/files/standard-stream.ts';

const MEGABYTE = 1e6;

/**
 * Default of `--memory`: a quarter of the memory of the machine, or of the limit that the system
 * sets for this process.
 */
export const DEFAULT_MEMORY = Math.max(1, Math.floor(Math.min(totalmem(), constrainedMemory() || Number.POSITIVE_INFINITY) / 4 / MEGABYTE));

/**
 * How often the decoded pixels are in memory. Decoders of AVIF and WebP keep whole pictures of
 * their own; others a second one if they turn it, or if it comes in passes (progressive,
 * interlaced).
 */
const COPIES: Readonly<Record<string, number>> = { avif: 9, webp: 4 };

/**
 * The share of `budget` that a file needs: at least 1, at most all of it, so that a file larger
 * than the budget is processed alone.
 *
 *     bytes = file + width × height × channels × bytesPerSample × copies
 *           + (width + 2 × padding) × (height + 2 × padding) × channels × bytesPerSample × 3
 *
 * The first line is the input: the file, the decoded pixels, and what the decoder keeps besides.
 * The second is the result, at most as large as the padded input, and the copies of the encoder.
 * A file without a readable header, standard input and pipes, whose header cannot be read twice,
 * count as the whole budget.
 */
export async function memoryShare(source: string | Uint8Array, budget: number, padding = 0): Promise<number> {
  if (source === STANDARD_STREAM) return budget;
  try {
    const bytes = await bytesOf(source);
    if (bytes === undefined) return budget;
    const { width, height, channels, bytesPerSample, format } = await readImageSize(source, { maxPixels: Number.POSITIVE_INFINITY });
    const input = width * height * channels * bytesPerSample * (COPIES[format] ?? 2);
    const result = (width + 2 * padding) * (height + 2 * padding) * channels * bytesPerSample * 3;
    return Math.min(budget, Math.max(1, Math.ceil((bytes + input + result) / MEGABYTE)));
  } catch {
    return budget; // reading the file will report the error
  }
}

/** Bytes of a file; `undefined` if it is a pipe or device. */
async function bytesOf(source: string | Uint8Array): Promise<number | undefined> {
  if (typeof source !== 'string') return source.length;
  const file = await stat(source);
  return file.isFile() ? file.size : undefined;
}
