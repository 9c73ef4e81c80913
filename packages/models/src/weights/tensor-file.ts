/** Weight files of any format: named tensors, each read on demand. */
import { product } from 'softpool/internal';
import type { DType } from './dtypes.ts';

/** A source of bytes for random access, such as a `Blob`. */
export interface ByteSource {
  /** The number of bytes. */
  readonly size: number;
  /** The bytes from `start` (included) to `end` (excluded). */
  slice(start: number, end: number): Pick<Blob, 'arrayBuffer'>;
}

/** A tensor's shape and values. */
export interface TensorData {
  /** Shape in PyTorch's layout: a kernel is [out, in, height, width]. */
  readonly shape: readonly number[];
  /** Values in row-major order. */
  readonly data: Float32Array;
}

/** A tensor in a file. */
export interface StoredTensor {
  /** Number type in the file. */
  readonly dtype: DType;
  /** Shape in PyTorch's layout; `[]` for a scalar. */
  readonly shape: readonly number[];
  /** Reads the values as float32. Rejects with `WeightsError` if that fails. */
  read(): Promise<Float32Array>;
}

/** An opened file of weights. Values are read on demand. */
export interface TensorFile {
  /** The tensors by name, in the order of the file. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Further strings in the file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A file of weights that cannot be read or does not fit a model. The message says why. */
export class WeightsError extends Error {
  /** `'WeightsError'`, or the name of a derived error. */
  override readonly name: string = 'WeightsError';

  /** Creates an error. Control characters, which names in a file may contain, are escaped. */
  constructor(message: string, options?: ErrorOptions) {
    super(
      message.replaceAll(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`),
      options,
    );
  }
}

/** Number of values of a shape: 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : product(shape); // not 0 × ∞
}

/** Reads `length` bytes at `start`. Rejects with `WeightsError` if there are fewer. */
export async function readBytes(source: ByteSource, start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(await source.slice(start, start + length).arrayBuffer());
  if (bytes.length === length) return bytes;
  throw new WeightsError(`the file ends early: ${bytes.length} of ${length} bytes at ${start}`);
}
