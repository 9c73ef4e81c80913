/**
 * Reads bytes that scripts/bytes-as-text.mjs has written as text. It runs once, before engines
 * compile it, so the characters are read as bytes and replaced where they lie.
 */
export function decodeBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(text);
  const { length } = bytes;
  let end = 0;
  let shift = -38;
  for (let at = 0; at < length; at++) {
    const code = bytes[at] as number;
    if (code < 35) shift = 92 * code - 2890;
    else {
      bytes[end++] = code + shift;
      shift = -38;
    }
  }
  return bytes.slice(0, end);
}
