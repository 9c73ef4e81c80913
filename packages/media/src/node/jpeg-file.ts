/** Stray bytes in the header of a JPEG, which cameras write and decoders skip. */

const [START_OF_IMAGE, START_OF_SCAN] = [0xd8, 0xda];

/**
 * The file without the bytes between its segments that belong to none, up to the first scan;
 * `undefined` if there are none.
 */
export function withoutStrayBytes(bytes: Uint8Array): Uint8Array | undefined {
  const kept: Uint8Array[] = [bytes.subarray(0, 2)];
  let at = 2;
  for (let marker = START_OF_IMAGE; marker !== START_OF_SCAN; ) {
    const start = bytes.indexOf(0xff, at);
    if (start === -1) return undefined;
    let code = start;
    while (bytes[code] === 0xff) code++; // a marker may have several 0xff before it
    marker = bytes[code] ?? 0;
    const end = code + 1 + ((bytes[code + 1] ?? 0) << 8) + (bytes[code + 2] ?? 0);
    kept.push(bytes.subarray(start, end));
    at = end;
  }
  const whole = Buffer.concat([...kept, bytes.subarray(at)]);
  return whole.length < bytes.length ? whole : undefined;
}
