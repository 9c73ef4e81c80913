/** Reads bytes that scripts/bytes-as-text.mjs has written as text. */
export function decodeBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let page = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 35) page = code - 31;
    else {
      bytes.push(code - 38 + 92 * page);
      page = 0;
    }
  }
  return Uint8Array.from(bytes);
}
