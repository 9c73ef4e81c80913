/** The elements of tensors: numbers as ONNX Runtime holds them in each type, and back. */
import { type FloatArray, fromNumbers, toNumbers } from 'softpool/internal';

/** A type of elements, by ONNX Runtime's name. */
export type TensorType =
  | 'float16'
  | 'float32'
  | 'float64'
  | 'int4'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint4'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'
  | 'string';

/** Numbers as ONNX Runtime holds them: float16 as bits, booleans as bytes. */
export type TensorNumbers =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** A tensor as ONNX Runtime takes and gives it. */
export interface TensorValue {
  readonly type: TensorType;
  readonly data: TensorNumbers | string[];
  readonly shape: readonly number[];
}

/** Tensors by the names of inputs or outputs. */
export type NamedTensors = Readonly<Record<string, TensorValue>>;

/** Numbers as elements of a type, each rounded to the nearest that it has; NaN is 0 in integers. */
export function elementsOf(type: TensorType, values: ArrayLike<number>): TensorNumbers {
  const bits = Number(/\d+$/.exec(type)?.[0]);
  const [least, most] = type.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  const nearest = (value: number): number => Math.min(most, Math.max(least, Math.round(value)));
  switch (type) {
    case 'float32':
      return values instanceof Float32Array ? values : Float32Array.from(values);
    case 'float64':
      return Float64Array.from(values);
    case 'float16':
      return fromNumbers(new Uint16Array(0), Float64Array.from(values), 'float16');
    case 'int64':
      return BigInt64Array.from(values, (value) => bigInteger(nearest(value), 2n ** 63n - 1n));
    case 'uint64':
      return BigUint64Array.from(values, (value) => bigInteger(nearest(value), 2n ** 64n - 1n));
    case 'int32':
      return Int32Array.from(values, nearest);
    case 'uint32':
      return Uint32Array.from(values, nearest);
    case 'int16':
      return Int16Array.from(values, nearest);
    case 'uint16':
      return Uint16Array.from(values, nearest);
    case 'int8':
      return Int8Array.from(values, nearest);
    case 'uint8':
      return Uint8Array.from(values, nearest);
    case 'bool':
      return Uint8Array.from(values, (value) => (value === 0 ? 0 : 1));
    default:
      throw new Error(`the model has an input of type ${type}, which cannot be generated`);
  }
}

/** An integer of 64 bits. Its largest value, 2^63 − 1 or 2^64 − 1, is one less than in float64. */
function bigInteger(value: number, most: bigint): bigint {
  const integer = BigInt(value || 0);
  return integer > most ? most : integer;
}

/** The elements of a tensor as numbers; `undefined` for strings and 4-bit types. */
export function numbersOf({ type, data }: Pick<TensorValue, 'type' | 'data'>): ArrayLike<number> | undefined {
  if (type === 'string' || type === 'int4' || type === 'uint4') return undefined;
  if (type === 'float16') return toNumbers(data as FloatArray);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number);
  return data as ArrayLike<number>;
}

/** Whether the numbers of a type have fractions. */
export function isFloat(type: TensorType): boolean {
  return type.startsWith('float');
}
