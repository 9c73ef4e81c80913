/**
 * Damage of picture files that Firefox or Safari do not notice: they show what is left of a file
 * that has lost its end, as if it were the picture.
 */

/**
 * Says in a sentence what is wrong with a JPEG, PNG, GIF, WebP or AVIF that ends too early, or with
 * a PNG whose checksums say so. Bytes behind the end of a picture do not matter.
 */
export function damageOf(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length));
  try {
    if (text(0, 2) === '\xff\xd8') goToEndOfJpeg(file, bytes);
    else if (text(1, 3) === 'PNG' && !isSoundPng(file, bytes)) return 'The file is damaged: a checksum in it is wrong.';
    else if (text(0, 4) === 'GIF8') goToEndOfGif(file);
    else if (text(0, 4) === 'RIFF') file.getUint8(file.getUint32(4, true) + 7);
    else if (text(4, 4) === 'ftyp') goToEndOfAvif(file, text(0, 2000).includes('idat'));
    return undefined;
  } catch (error) {
    // A DataView was read behind its end.
    if (error instanceof RangeError) return 'The file is cut off: its end is missing.';
    throw error;
  }
}

const JPEG_END = 0xd9;

/** Whether a marker of a JPEG has no segment: restarts, and those within coded data. */
function isLone(marker: number): boolean {
  return marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

/** Skips the segments of a JPEG and the coded data behind scans (ITU-T T.81, Annex B). */
function goToEndOfJpeg(file: DataView, bytes: Uint8Array): void {
  for (let at = 2; ; ) {
    at = bytes.indexOf(0xff, at);
    if (at === -1) throw new RangeError('there is no marker');
    const marker = file.getUint8(at + 1);
    if (marker === JPEG_END) return;
    at += marker === 0xff ? 1 : isLone(marker) ? 2 : 2 + file.getUint16(at + 2);
  }
}

const IMAGE_END = 0x49454e44; // 'IEND'

/**
 * Checks the chunks of a PNG (PNG, §5.3): length, type, data, and a checksum of the last two. Only
 * critical chunks count, whose names start with a capital letter: editors forget the others.
 */
function isSoundPng(file: DataView, bytes: Uint8Array): boolean {
  for (let at = 8; ; ) {
    const end = at + 8 + file.getUint32(at);
    const type = file.getUint32(at + 4);
    if (type === IMAGE_END) return true;
    const checksum = file.getUint32(end);
    const isCritical = (type & 0x20000000) === 0;
    if (isCritical && checksum !== crc32(bytes.subarray(at + 4, end))) return false;
    at = end + 4;
  }
}

const CRC_OF_BYTE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb88320;
  return crc;
});

/** The checksum of PNG, Annex D. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_OF_BYTE[(crc ^ byte) & 255] as number);
  return ~crc >>> 0;
}

const [GIF_EXTENSION, GIF_IMAGE, GIF_END] = [0x21, 0x2c, 0x3b];

/** Whether an extension says how often an animation is played, or how long a frame is shown. */
function isPlayback(file: DataView, at: number): boolean {
  const [label, name] = [file.getUint8(at + 1), file.getUint32(at + 3)];
  if (label === 0xff) return name === 0x4e455453 || name === 0x414e494d; // NETSCAPE2.0, ANIMEXTS1.0
  return label === 0xf9 && file.getUint16(at + 4) > 0;
}

/**
 * Skips the blocks of a GIF (GIF89a, §12–27). Some editors leave out the last one, which has no
 * data. Then one image must be whole, and nothing may say that it is played.
 */
function goToEndOfGif(file: DataView): void {
  const paletteLength = (at: number) => ((file.getUint8(at) & 0x80) === 0 ? 0 : 3 * 2 ** ((file.getUint8(at) & 7) + 1));
  let at = 13 + paletteLength(10);
  let images = 0;
  let isPlayed = false;
  while (images !== 1 || isPlayed || at < file.byteLength) {
    const block = file.getUint8(at);
    if (block === GIF_END) return;
    if (block === GIF_IMAGE) images++;
    else if (block === GIF_EXTENSION) isPlayed ||= isPlayback(file, at);
    else if (images === 1 && !isPlayed)
      return; // zeros, behind some images
    else throw new RangeError('this is no block');
    at += block === GIF_IMAGE ? 11 + paletteLength(at + 9) : 2;
    for (let length = -1; length !== 0; at += length + 1) length = file.getUint8(at);
  }
}

const MEDIA_DATA = 0x6d646174; // 'mdat'

/**
 * Skips the boxes of an AVIF (ISO/IEC 14496-12, §4.2) up to that of the coded data. Small pictures
 * may have them within the first boxes.
 */
function goToEndOfAvif(file: DataView, hasInnerData: boolean): void {
  for (let at = 0, type = 0; type !== MEDIA_DATA && !(hasInnerData && at === file.byteLength); ) {
    const size = file.getUint32(at);
    type = file.getUint32(at + 4);
    if (size === 0) return; // it goes to the end, wherever that is
    at += size === 1 ? Math.max(16, Number(file.getBigUint64(at + 8))) : Math.max(8, size);
    file.getUint8(at - 1);
  }
}
