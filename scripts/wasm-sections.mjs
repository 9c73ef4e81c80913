// Sections of WebAssembly modules: each has an id, its size in LEB128, and its content.

/**
 * Where the first section with this id starts.
 *
 * @param {Uint8Array} bytes
 * @param {number} id
 */
export function sectionOf(bytes, id) {
  let at = 8; // after the magic number and the version
  while (bytes[at] !== id) at = endOfSection(bytes, at);
  return at;
}

/**
 * Where the section that starts at `at` ends.
 *
 * @param {Uint8Array} bytes
 * @param {number} at
 */
export function endOfSection(bytes, at) {
  const [size, content] = readLeb(bytes, at + 1);
  return content + size;
}

/**
 * A number in LEB128, and where it ends.
 *
 * @param {Uint8Array} bytes
 * @param {number} at
 * @returns {[value: number, end: number]}
 */
export function readLeb(bytes, at) {
  let value = 0;
  for (let place = 0; ; place++) {
    const byte = bytes[at + place] ?? 0;
    value |= (byte & 0x7f) << (7 * place);
    if (byte < 0x80) return [value, at + place + 1];
  }
}
