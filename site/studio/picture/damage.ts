/**
 * Damage of picture files that Firefox or Safari do not report: they show the rest of a file that
 * has lost its end, as if it were the whole picture.
 */
import { isWholeGif } from '@softpool/media/internal/gif';

const CUT_OFF = 'The file is cut off, or damaged: its end was not found.';

/**
 * Says in a sentence what is wrong with a JPEG, PNG, GIF, WebP or AVIF that ends too early, or with
 * a PNG whose checksums say so. Bytes behind the end of a picture do not matter.
 */
export function damageOf(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length));
  try {
    if (text(0, 2) === '\xff\xd8') return hasEndOfJpeg(file, bytes) ? undefined : CUT_OFF;
    if (text(1, 3) === 'PNG' && !isSoundPng(file, bytes)) return 'The file is damaged: a checksum in it is wrong.';
    if (text(0, 4) === 'GIF8') return isWholeGif(bytes) ? undefined : CUT_OFF;
    if (text(0, 4) === 'RIFF') file.getUint8(file.getUint32(4, true) + 7);
    else if (text(4, 4) === 'ftyp') goToEndOfAvif(file, text(0, 2000).includes('idat'));
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return CUT_OFF; // a DataView was read behind its end
    throw error;
  }
}

const JPEG_END = 0xd9;

/** Whether a marker of a JPEG has no segment: restarts, and those within coded data. */
function isLone(marker: number): boolean {
  return marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

/** Skips the segments of a JPEG and the coded data behind scans (ITU-T T.81, Annex B). */
function hasEndOfJpeg(file: DataView, bytes: Uint8Array): boolean {
  for (let at = 2; ; ) {
    at = bytes.indexOf(0xff, at);
    if (at === -1) return false;
    const marker = file.getUint8(at + 1);
    if (marker === JPEG_END) return true;
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
