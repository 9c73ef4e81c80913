/** What a file of weights is, whatever its format: named tensors, each read when it is asked for. */
import type { DType } from './dtypes.ts';

/** Bytes that are read in parts. A `Blob` is one. */
export interface ByteSource {
  /** The number of bytes. */
  readonly size: number;
  /** The bytes from `start` to before `end`. */
  slice(start: number, end: number): Pick<Blob, 'arrayBuffer'>;
}

/** The values of a tensor, in the order of its axes, the last one fastest. */
export interface TensorData {
  /** Its axes as PyTorch has them: a kernel is [out, in, height, width]. */
  readonly shape: readonly number[];
  /** The values. */
  readonly data: Float32Array;
}

/** A tensor in a file. */
export interface StoredTensor {
  /** The type in which the file holds the values. */
  readonly dtype: DType;
  /** Its axes. A scalar has none. */
  readonly shape: readonly number[];
  /** Reads the values, rounded to float32 if they are of another type. Rejects with `WeightsError` if they cannot be read. */
  read(): Promise<Float32Array>;
}

/** A file of weights that was opened: what it holds is known, the values are still in the file. */
export interface TensorFile {
  /** The tensors by their names, in the order of the file. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What else the file says, as texts. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A file of weights that cannot be read, or that does not fit a model; the message says what is wrong. */
export class WeightsError extends Error {
  /** `'WeightsError'`, or that of an error derived from it. */
  override readonly name: string = 'WeightsError';
}

/** The number of values of a shape: 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((size, length) => size * length, 1); // not 0 × ∞
}

/** Reads `length` bytes from `start`. Rejects with `WeightsError` if the source gives fewer, as a file does that shrank. */
export async function readBytes(source: ByteSource, start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(await source.slice(start, start + length).arrayBuffer());
  if (bytes.length === length) return bytes;
  throw new WeightsError(`the file ends early: of ${length} bytes from ${start} on there are ${bytes.length}`);
}
