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

/** Numbers as elements of a type, each rounded to the nearest that it has. */
export function elementsOf(type: TensorType, values: ArrayLike<number>): TensorNumbers {
  switch (type) {
    case 'float32':
      return values instanceof Float32Array ? values : Float32Array.from(values);
    case 'float64':
      return Float64Array.from(values);
    case 'float16':
      return fromNumbers(new Uint16Array(0), Float64Array.from(values), 'float16');
    case 'int64':
      return BigInt64Array.from(values, toBigInt);
    case 'uint64':
      return BigUint64Array.from(values, toBigInt);
    case 'int32':
      return Int32Array.from(values, Math.round);
    case 'uint32':
      return Uint32Array.from(values, Math.round);
    case 'int16':
      return Int16Array.from(values, Math.round);
    case 'uint16':
      return Uint16Array.from(values, Math.round);
    case 'int8':
      return Int8Array.from(values, Math.round);
    case 'uint8':
      return Uint8Array.from(Uint8ClampedArray.from(values));
    case 'bool':
      return Uint8Array.from(values, (value) => (value === 0 ? 0 : 1));
    default:
      throw new Error(`the model has an input of type ${type}, which cannot be generated`);
  }
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

function toBigInt(value: number): bigint {
  return BigInt(Math.round(value));
}
