/** Bytes as two texts: see scripts/bytes-as-text.mjs, which writes them. */
export type EncodedBytes = readonly [codes: string, locals: string];

/**
 * Reads bytes from the texts of their pieces. It runs once, before engines compile it, so the texts
 * are read as bytes, in one loop.
 */
export function decodeBytes(...pieces: readonly EncodedBytes[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const codes = encoder.encode(pieces.map((piece) => piece[0]).join(''));
  const locals = encoder.encode(pieces.map((piece) => piece[1]).join(''));
  const bytes = new Uint8Array(codes.length + locals.length);
  let end = 0;
  let next = 0;
  let shift = -38;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] as number;
    if (code < 35) shift = 92 * code - 2890;
    else {
      const byte = (code + shift) & 255;
      bytes[end++] = byte;
      shift = -38;
      if (byte >> 2 === 8 && byte < 35) {
        const local = locals[next++] as number;
        if (local < 126) bytes[end++] = local - 43;
      }
    }
  }
  return bytes.slice(0, end);
}
