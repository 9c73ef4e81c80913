/** The elements of tensors: numbers as the runtime holds them in each type, and back. */
import { getFloat16, setFloat16 } from '@petamoriken/float16';
import type { Tensor } from 'onnxruntime-node';

/** Numbers as elements of a type, each rounded to the nearest that it has. */
export function elementsOf(type: Tensor.Type, values: ArrayLike<number>): Tensor.DataType {
  switch (type) {
    case 'float32':
      return values instanceof Float32Array ? values : Float32Array.from(values);
    case 'float64':
      return Float64Array.from(values);
    case 'float16':
      return float16Bits(values);
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
      throw new Error(`the model has an input of the type ${type}, for which there are no numbers`);
  }
}

/** The elements of a tensor as numbers; `undefined`, if they are none: texts, and types of four bits. */
export function numbersOf({ type, data }: Pick<Tensor, 'type' | 'data'>): ArrayLike<number> | undefined {
  if (type === 'string' || type === 'int4' || type === 'uint4') return undefined;
  if (type === 'float16') return float16Numbers(data as Uint16Array);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number);
  return data as ArrayLike<number>;
}

/** Whether the numbers of a type have a fraction. */
export function isFloat(type: Tensor.Type): boolean {
  return type.startsWith('float');
}

function toBigInt(value: number): bigint {
  return BigInt(Math.round(value));
}

function float16Bits(values: ArrayLike<number>): Uint16Array {
  const bits = new Uint16Array(values.length);
  const view = new DataView(bits.buffer);
  for (let i = 0; i < values.length; i++) setFloat16(view, 2 * i, values[i] ?? 0, true);
  return bits;
}

/** Of bits, or of a `Float16Array`, where the engine has it. */
function float16Numbers({ buffer, byteOffset, length }: Uint16Array): Float32Array {
  const view = new DataView(buffer, byteOffset);
  return Float32Array.from({ length }, (_, i) => getFloat16(view, 2 * i, true));
}
