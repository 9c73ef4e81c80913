/** Reads a file, a pipe or a device, of which nobody knows how much it holds. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { ImageError } from './image-error.ts';

/** Most bytes that are read from something that has no size, such as a pipe: 512 MiB. */
const MOST_STREAMED = 2 ** 29;

/**
 * The bytes of a file. Rejects with an `ImageError` if a pipe or device holds more than 512 MiB,
 * and with the system's error if it cannot be read.
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  if ((await stat(path)).isFile()) return readFile(path);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MOST_STREAMED) throw new ImageError('too large', 'not a file, and has more than 512 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
