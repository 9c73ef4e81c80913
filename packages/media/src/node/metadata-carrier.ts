/**
 * Pixels with an ICC profile and metadata as input of sharp, which embeds in a file only what it
 * has read from another: the pixels become an uncompressed PNG, in which these are chunks (PNG 3,
 * 11.3).
 */
import { crc32, deflateSync } from 'node:zlib';
import type { Sharp } from 'sharp';
import type { ImageMetadata } from './read-image.ts';
import { completed, type FilePixels, loadSharp, spaceOf, toSharp } from './sharp.ts';

/** The pixels of an image as sharp reads them from a file that has this profile and metadata. */
export async function withMetadata(pixels: FilePixels, profile: Uint8Array | undefined, { exif, xmp }: ImageMetadata = {}): Promise<Sharp> {
  const image = (await toSharp(pixels)).toColourspace(spaceOf(pixels));
  const png = await completed(image.png({ compressionLevel: 0 }).toBuffer());
  const chunks = [
    ...(profile === undefined ? [] : [chunk('iCCP', Buffer.from('icc\0\0', 'latin1'), deflateSync(profile))]),
    ...(exif === undefined ? [] : [chunk('eXIf', upright(exif))]),
    ...(xmp === undefined ? [] : [chunk('iTXt', Buffer.from('XML:com.adobe.xmp\0\0\0\0\0', 'latin1'), xmp)]),
  ];
  const file = Buffer.concat([png.subarray(0, HEADER), ...chunks, png.subarray(HEADER)]);
  const carrier = (await loadSharp())(file, { limitInputPixels: false }).toColourspace(spaceOf(pixels));
  if (profile !== undefined) carrier.keepIccProfile();
  if (xmp !== undefined) carrier.keepXmp();
  return exif === undefined ? carrier : carrier.keepExif();
}

/** Bytes of a PNG up to the end of its header chunk. */
const HEADER = 33;

function chunk(type: string, ...data: Uint8Array[]): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), ...data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length - 4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

const ORIENTATION = 0x0112;

/**
 * EXIF whose orientation says that the pixels are upright, without the header that it has in a JPEG
 * (EXIF 2.32, 4.5).
 */
function upright(exif: Uint8Array): Uint8Array {
  const bytes = Buffer.from(exif.subarray(Buffer.from(exif).toString('latin1', 0, 4) === 'Exif' ? 6 : 0));
  if (bytes.length < 10) return bytes;
  const isLittle = bytes.toString('latin1', 0, 2) === 'II';
  const read = (at: number): number => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const directory = isLittle ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4);
  for (let entry = directory + 2; entry + 12 <= bytes.length && entry < directory + 2 + 12 * read(directory); entry += 12) {
    if (read(entry) === ORIENTATION) isLittle ? bytes.writeUInt16LE(1, entry + 8) : bytes.writeUInt16BE(1, entry + 8);
  }
  return bytes;
}
