// Bytes as text, for modules that are embedded in sources: one character for the bytes that kernels
// have most, from -3 to 88, and two for the others. It compresses to little more than the bytes
// themselves. Hexadecimal digits take 7 % more, base64, whose digits straddle bytes, 45 %.

/**
 * The text of bytes: 92 characters from `#` on, counted from byte −3; a space or `!` before one
 * counts 92 or 184 more. `decodeBytes` of softpool reads it.
 *
 * @param {Uint8Array} bytes
 */
export function encodeBytes(bytes) {
  return Array.from(bytes, (byte) => {
    const place = (byte + 3) % 256;
    const page = Math.floor(place / 92);
    return (page === 0 ? '' : String.fromCharCode(31 + page)) + String.fromCharCode(35 + (place % 92));
  }).join('');
}
