/**
 * Tensors: a typed array and a shape. The array gives the element type. Only float16 in engines
 * without `Float16Array` (Node < 24, older browsers) needs `dtype: 'float16'`, beside bits in a
 * `Uint16Array`.
 */
import { describe, rangeError, typeError } from './errors.ts';

/** The engine's own `Float16Array`, where the compiler knows its type. */
type NativeFloat16Array = typeof globalThis extends { Float16Array: { prototype: infer A } } ? A : never;

/**
 * The arrays a tensor can hold: float64, float32, float16, or float16 as bits in a `Uint16Array`.
 */
export type FloatArray = Float64Array | Float32Array | Uint16Array | NativeFloat16Array;

/** The element type of a tensor. */
export type DType = 'float64' | 'float32' | 'float16';

/** The array class of each element type that `allocate` takes. */
export interface ArrayOf {
  /** 64-bit numbers. */
  readonly float64: Float64Array;
  /** 32-bit numbers. */
  readonly float32: Float32Array;
  /** Bits, which every engine has; the tensor says `dtype: 'float16'`. */
  readonly float16: Uint16Array;
}

/**
 * A dense, row-major array of numbers.
 *
 * @example
 * ```ts
 * const x: Tensor<Float32Array> = { data: new Float32Array(2 * 3 * 4 * 4), shape: [2, 3, 4, 4] }; // [N, C, H, W]
 * ```
 */
export interface Tensor<D extends FloatArray = FloatArray> {
  /** The elements. Their number is the product of `shape`. */
  readonly data: D;
  /** The size of each axis, each a positive integer; that of a batch may be 0. */
  readonly shape: readonly number[];
  /**
   * Required with a `Uint16Array`, whose elements are the bits of float16 numbers. Default: the
   * type of `data`.
   */
  readonly dtype?: DType;
}

/**
 * What the calls take: a tensor, or one that has its shape as `dims`, as those of ONNX Runtime
 * have. A view with `stride` and `offset`, such as an `ndarray`, must be contiguous.
 */
export type TensorLike<D extends FloatArray = FloatArray> =
  | Tensor<D>
  | {
      /** The elements. */
      readonly data: D;
      /** The size of each axis. */
      readonly dims: readonly number[];
      /** As in a {@link Tensor}. */
      readonly dtype?: DType;
    };

/** A tensor that was checked, and its element type. */
export interface CheckedTensor<D extends FloatArray = FloatArray> {
  readonly tensor: Tensor<D>;
  readonly dtype: DType;
}

/** The element type of a tensor. Throws a `TypeError` for an unsupported array. */
export function dtypeOf(call: string, name: string, { data, dtype }: Tensor): DType {
  const array = arrayName(data);
  const kind = array === 'Uint16Array' && dtype === 'float16' ? 'float16' : DTYPES[array];
  if (kind === undefined) {
    const hint = array === 'Uint16Array' ? " (for float16 bits give dtype: 'float16' as well)" : '';
    throw typeError(call, `${name}.data`, 'a Float32Array, Float64Array, Float16Array, or a Uint16Array of float16 bits', data, hint);
  }
  if (dtype !== undefined && dtype !== kind) {
    throw typeError(call, `${name}.dtype`, `'${kind}' as its data is`, dtype);
  }
  return kind;
}

/** A tensor with one of the two names of its shape. */
interface Given<D extends FloatArray> extends Tensor<D> {
  readonly dims?: readonly number[];
}

/** What a view may say of where its elements lie. */
interface Strided {
  readonly stride?: readonly number[] | (() => unknown);
  readonly strides?: readonly number[];
  readonly offset?: number;
}

/**
 * Throws unless `given` has a supported array of fixed length, a shape of positive integers, and as
 * many elements as the shape says, one after another.
 */
export function checkTensor<D extends FloatArray>(call: string, name: string, given: TensorLike<D>): CheckedTensor<D> {
  if (given?.data === undefined) throw typeError(call, name, 'a tensor { data, shape }', given);
  const { data, dims, shape: sizes = dims as readonly number[] } = given as Given<D>;
  // Checked is the copy that is kept.
  const shape = Array.isArray(sizes) ? sizes.slice() : sizes;
  const tensor = tensorLike(given, data, shape);
  const dtype = dtypeOf(call, name, tensor);
  const size = checkShape(call, `${name}.shape`, shape);
  checkContiguous(call, name, given, shape);
  const { buffer }: { buffer: ChangingBuffer } = data;
  if (buffer.resizable || buffer.growable) {
    throw typeError(call, `${name}.data.buffer`, 'of fixed length', buffer, ': copy it');
  }
  if (size !== data.length) {
    const hint = data.length === 0 ? ': its buffer may be transferred' : '';
    throw rangeError(call, `${name}.data.length`, `${size} for the shape ${describe(shape)}`, data.length, hint);
  }
  return { tensor, dtype };
}

/** What engines tell of a buffer whose length may change. */
type ChangingBuffer = ArrayBufferLike & { readonly resizable?: boolean; readonly growable?: boolean };

/**
 * Throws unless the elements lie one after another, as they do in tensors whose strides are a
 * method, such as those of transformers.js.
 */
export function checkContiguous(call: string, name: string, given: object, shape: readonly number[]): void {
  const { stride, strides = stride, offset = 0 } = given as Strided;
  let step = 1;
  let isContiguous = offset === 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    isContiguous &&= typeof strides !== 'object' || shape[axis] === 1 || strides[axis] === step;
    step *= shape[axis] as number;
  }
  if (!isContiguous)
    throw rangeError(call, name, 'contiguous, in row-major order', strides, ` as stride, ${describe(offset)} as offset: copy it first`);
}

/**
 * Throws unless `shape` is an array of positive integers, or 0 for an empty batch. Returns their
 * product.
 */
export function checkShape(call: string, path: string, shape: readonly number[]): number {
  if (!Array.isArray(shape)) {
    throw typeError(call, path, 'an array of positive integers', shape);
  }
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) {
    const length: unknown = shape[axis];
    if (!Number.isSafeInteger(length) || (length as number) < (axis === 0 ? 0 : 1))
      throw rangeError(call, `${path}[${axis}]`, 'a positive integer', length);
    size *= length as number;
  }
  return size;
}

/** A new array of zeros of the same class as `like`. */
export function emptyLike<D extends FloatArray>(like: D, length: number): D {
  return new (like.constructor as new (length: number) => D)(length);
}

/** A tensor of the same element type as `like`. */
export function tensorLike<D extends FloatArray>(like: TensorLike<D>, data: D, shape: readonly number[]): Tensor<D> {
  return like.dtype === undefined ? { data, shape } : { data, shape, dtype: like.dtype };
}

/** Whether the elements are float16 numbers as bits. */
export function isFloat16Bits(data: FloatArray): data is Uint16Array {
  return arrayName(data) === 'Uint16Array';
}

const DTYPES: Partial<Record<string, DType>> = { Float64Array: 'float64', Float32Array: 'float32', Float16Array: 'float16' };

/**
 * The class of a typed array, subclasses and arrays of other frames or contexts included, which
 * `instanceof` does not know.
 */
export function arrayName(data: unknown): string {
  return ArrayBuffer.isView(data) ? (data as Uint16Array)[Symbol.toStringTag] : '';
}
