/**
 * The parts of a TIFF that libvips decodes wrongly without an error: kinds that it misreads, and
 * deflate streams whose checksum it does not compare (TIFF 6.0; BigTIFF for 64-bit offsets).
 */
import { Readable } from 'node:stream';
import { constants, createInflate } from 'node:zlib';
import { ImageError } from './image-error.ts';

const TAGS = {
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  stripByteCounts: 279,
  tileOffsets: 324,
  tileByteCounts: 325,
} as const;

const [NO_COMPRESSION, OLD_JPEG, ADOBE_DEFLATE, DEFLATE, YCBCR] = [1, 6, 8, 32946, 6];

/** Sizes in bytes of the types of values. */
const TYPE_SIZES: Readonly<Record<number, 2 | 4 | 8>> = { 3: 2, 4: 4, 16: 8 };

/** The numbers of a tag on a page, if it has that tag. */
type Tags = ReadonlyMap<number, readonly number[]>;

/** Throws an ImageError for a page of a kind that libvips misreads, or whose data has a hole. */
export async function checkTiff(bytes: Uint8Array, page: number): Promise<void> {
  const tags = readTags(bytes, page);
  if (tags === undefined) return; // libvips says what is wrong with the file
  const [compression = NO_COMPRESSION] = tags.get(TAGS.compression) ?? [];
  const [photometric] = tags.get(TAGS.photometric) ?? [];
  if (compression === NO_COMPRESSION && photometric === YCBCR) {
    throw new ImageError('unsupported', 'TIFF with uncompressed YCbCr samples is not supported; convert the file to RGB');
  }
  if (compression === OLD_JPEG && tags.has(TAGS.tileOffsets)) {
    throw new ImageError('unsupported', 'TIFF with old-style JPEG compression is not supported; convert the file to PNG or JPEG');
  }
  if (compression === ADOBE_DEFLATE || compression === DEFLATE) await checkDeflate(bytes, tags);
}

/** Throws an ImageError if a strip or tile does not inflate to data with its checksum. */
async function checkDeflate(bytes: Uint8Array, tags: Tags): Promise<void> {
  const offsets = tags.get(TAGS.tileOffsets) ?? tags.get(TAGS.stripOffsets) ?? [];
  const counts = tags.get(TAGS.tileByteCounts) ?? tags.get(TAGS.stripByteCounts) ?? [];
  // Equal tiles may share their data. Some writers leave empty ones out.
  const streams = new Map(offsets.map((offset, index) => [offset, counts[index] ?? 0]));
  for (const [offset, count] of streams) if (count > 0) await checkStream(bytes.subarray(offset, offset + count));
}

async function checkStream(compressed: Uint8Array): Promise<void> {
  // Writers that leave out the end of a stream are common, and lose nothing.
  const inflated = Readable.from([compressed]).pipe(createInflate({ finishFlush: constants.Z_SYNC_FLUSH }));
  try {
    for await (const _ of inflated); // only the checksum matters
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'Z_DATA_ERROR') throw error;
    throw new ImageError('damaged', 'the image is damaged: its compressed data is corrupt', { cause: error });
  }
}

/** The tags of a page; `undefined` if the file has no such page or ends before it. */
function readTags(bytes: Uint8Array, page: number): Tags | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const read = (at: number, size: 2 | 4 | 8): number =>
    size === 2 ? view.getUint16(at, little) : size === 4 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little));
  try {
    const isBig = read(2, 2) === 43;
    const [offsetSize, countSize, entrySize] = isBig ? ([8, 8, 20] as const) : ([4, 2, 12] as const);
    let at = read(isBig ? 8 : 4, offsetSize);
    for (let i = 0; i < page; i++) at = read(at + countSize + read(at, countSize) * entrySize, offsetSize);
    const tags = new Map<number, number[]>();
    for (let i = 0; i < read(at, countSize); i++) {
      const entry = at + countSize + i * entrySize;
      const [tag, size] = [read(entry, 2), TYPE_SIZES[read(entry + 2, 2)]];
      if (size === undefined || !Object.values<number>(TAGS).includes(tag)) continue;
      const count = read(entry + 4, offsetSize);
      const start = count * size <= offsetSize ? entry + 4 + offsetSize : read(entry + 4 + offsetSize, offsetSize);
      if (start + count * size > bytes.length) return undefined;
      tags.set(
        tag,
        Array.from({ length: count }, (_, index) => read(start + index * size, size)),
      );
    }
    return tags;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
