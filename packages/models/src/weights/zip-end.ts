/**
 * Makes PyTorch's zip archives readable for zip.js. PyTorch always writes a zip64 record and also
 * fills in the plain end record. zip.js 2.24.0 then reads the latter, does not expect the former
 * before it, and looks for the directory 76 bytes too late if an entry starts there, which happens
 * when the first name has 30 letters, as in `resnext101_32x4d_soft/data.pkl`.
 */
import { type ByteSource, readBytes } from './tensor-file.ts';

/** The same archive without a redundant zip64 record. */
export async function withoutNeedlessZip64(source: ByteSource): Promise<ByteSource> {
  const length = LOCATOR_BYTES + END_BYTES;
  if (source.size < length) return source;
  const tail = new DataView((await readBytes(source, source.size - length, length)).buffer);
  const isNeedless =
    tail.getUint32(0, true) === LOCATOR &&
    tail.getUint32(LOCATOR_BYTES, true) === END &&
    tail.getUint16(LOCATOR_BYTES + 10, true) !== 0xffff && // the number of entries
    tail.getUint32(LOCATOR_BYTES + 12, true) !== 0xffffffff && // the bytes of the directory
    tail.getUint32(LOCATOR_BYTES + 16, true) !== 0xffffffff; // its start
  const start = Number(tail.getBigUint64(8, true));
  const end = source.size - END_BYTES;
  return isNeedless && start < end ? without(source, start, end) : source;
}

const END = 0x06054b50;
const END_BYTES = 22;

/** Signature of the zip64 locator. */
const LOCATOR = 0x07064b50;
const LOCATOR_BYTES = 20;

/** The same source without the bytes from `start` to `end`. */
function without(source: ByteSource, start: number, end: number): ByteSource {
  const cut = end - start;
  const read = async (from: number, to: number): Promise<ArrayBuffer> => {
    if (to <= start) return await source.slice(from, to).arrayBuffer();
    if (from >= start) return await source.slice(from + cut, to + cut).arrayBuffer();
    const parts = await Promise.all([source.slice(from, start).arrayBuffer(), source.slice(end, to + cut).arrayBuffer()]);
    return await new Blob(parts).arrayBuffer();
  };
  return { size: source.size - cut, slice: (from, to) => ({ arrayBuffer: () => read(from, to) }) };
}
