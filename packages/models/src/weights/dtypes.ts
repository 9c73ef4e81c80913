/** Number types in weight files, and their conversion to float32. */
import { toNumbers } from 'softpool/internal';

/** A number type, with safetensors' names. */
export type DType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

/** Whether a name is a supported type. */
export function isDType(name: unknown): name is DType {
  return typeof name === 'string' && Object.hasOwn(DTYPES, name);
}

/** The supported types, for messages. */
export function dtypeNames(): string {
  return Object.keys(DTYPES).join(', ');
}

/** Bytes per number. */
export function bytesPerNumber(dtype: DType): number {
  return DTYPES[dtype].bytes;
}

/** The little-endian numbers in `bytes`, rounded to float32. */
export function toFloat32({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>, dtype: DType): Float32Array {
  const { bytes, read } = DTYPES[dtype];
  const isAligned = byteOffset % bytes === 0;
  const start = isAligned ? byteOffset : 0;
  return read(isAligned ? buffer : buffer.slice(byteOffset, byteOffset + byteLength), start, byteLength / bytes);
}

/** Converts big-endian numbers to little-endian in place. */
export function swapBytes(bytes: Uint8Array, dtype: DType): void {
  const size = bytesPerNumber(dtype);
  for (let start = 0; start < bytes.length; start += size) bytes.subarray(start, start + size).reverse();
}

interface Reader {
  readonly bytes: number;
  read(buffer: ArrayBuffer, start: number, length: number): Float32Array;
}

const DTYPES: Readonly<Record<DType, Reader>> = {
  F64: { bytes: 8, read: (buffer, start, length) => Float32Array.from(new Float64Array(buffer, start, length)) },
  F32: { bytes: 4, read: (buffer, start, length) => new Float32Array(buffer, start, length) },
  F16: { bytes: 2, read: (buffer, start, length) => Float32Array.from(toNumbers(new Uint16Array(buffer, start, length))) },
  BF16: { bytes: 2, read: (buffer, start, length) => fromBfloat16(new Uint16Array(buffer, start, length)) },
  I64: { bytes: 8, read: (buffer, start, length) => Float32Array.from(new BigInt64Array(buffer, start, length), Number) },
  I32: { bytes: 4, read: (buffer, start, length) => Float32Array.from(new Int32Array(buffer, start, length)) },
  I16: { bytes: 2, read: (buffer, start, length) => Float32Array.from(new Int16Array(buffer, start, length)) },
  I8: { bytes: 1, read: (buffer, start, length) => Float32Array.from(new Int8Array(buffer, start, length)) },
  U8: { bytes: 1, read: (buffer, start, length) => Float32Array.from(new Uint8Array(buffer, start, length)) },
  BOOL: { bytes: 1, read: (buffer, start, length) => Float32Array.from(new Uint8Array(buffer, start, length), (bit) => (bit ? 1 : 0)) },
};

/** bfloat16 is the upper half of float32's bits. */
function fromBfloat16(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer);
}
