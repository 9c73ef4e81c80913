// Arrays of bytes and numbers with the same bits are equal: Vitest would compare one element after
// another, which takes seconds for a picture.
import { expect } from 'vitest';

expect.addEqualityTesters([haveSameBits]);

/** True, or undefined, which leaves the comparison to Vitest. */
function haveSameBits(a: unknown, b: unknown): true | undefined {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined;
  return Buffer.compare(bytesOf(a), bytesOf(b)) === 0 ? true : undefined;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
