// Bytes as text, for modules that are embedded in sources: one character for the bytes that kernels
// have most, from -3 to 88, and two for the others. It compresses to little more than the bytes
// themselves; hexadecimal digits take 7 % more, base64, whose digits straddle bytes, 45 %.
//
// The indices of local variables, a fifth of a kernel, are a text of their own. Without them the
// same instructions are the same text, which takes 8 % less when it is compressed.

/** The bytes of local.get, local.set and local.tee. Each is followed by the index of a local. */
const LOCAL_FIRST = 0x20;
const LOCAL_LAST = 0x22;

/** The most that a character of the second text says, from `+` on; `~` leaves it to the first. */
const MOST_INDEX = 82;

/**
 * The two texts of bytes, for `decodeBytes` of softpool. The first has 92 characters from `#` on,
 * counted from byte −3; a space or `!` before one counts 92 or 184 more. The second has the byte
 * that follows each byte of the first that is an instruction for a local, or looks like one.
 *
 * The texts of modules that are cut in pieces can be joined. No piece may end with such a byte.
 *
 * @param {Uint8Array} bytes
 * @returns {[codes: string, locals: string]}
 */
export function encodeBytes(bytes) {
  let codes = '';
  let locals = '';
  let isLocal = false;
  for (const byte of bytes) {
    if (isLocal) locals += byte <= MOST_INDEX ? String.fromCharCode(43 + byte) : '~';
    if (!isLocal || byte > MOST_INDEX) codes += codeOf(byte);
    isLocal = !isLocal && byte >= LOCAL_FIRST && byte <= LOCAL_LAST;
  }
  return [codes, locals];
}

/** @param {number} byte */
function codeOf(byte) {
  const place = (byte + 3) % 256;
  const page = Math.floor(place / 92);
  return (page === 0 ? '' : String.fromCharCode(31 + page)) + String.fromCharCode(35 + (place % 92));
}

/**
 * Whether the texts of these bytes can be joined with others'.
 *
 * @param {Uint8Array} bytes
 */
export function isWholeText(bytes) {
  let isLocal = false;
  for (const byte of bytes) isLocal = !isLocal && byte >= LOCAL_FIRST && byte <= LOCAL_LAST;
  return !isLocal;
}
