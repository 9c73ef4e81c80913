/** Reads a file, a pipe or a device, of which nobody knows how much it holds. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { arrayName, typeError } from 'softpool/internal';
import { ImageError } from './image-error.ts';

/** Most bytes that are read from something that has no size, such as a pipe: 512 MiB. */
const MOST_STREAMED = 2 ** 29;

/**
 * A path, or the bytes of a file in an array of this context, since sharp does not know others.
 * Throws a TypeError in the name of `call` for anything else.
 */
export function checkedSource(call: string, source: string | Uint8Array): string | Uint8Array {
  if (typeof source === 'string') return source;
  if (arrayName(source) !== 'Uint8Array') throw typeError(call, 'source', 'a path or a Uint8Array', source);
  return new Uint8Array(source.buffer, source.byteOffset, source.length);
}

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
