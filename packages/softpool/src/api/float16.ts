/**
 * Float16 numbers as bits, for engines without `Float16Array`, and all element types as numbers.
 */
import { type DType, type FloatArray, isFloat16Bits } from './tensor.ts';

/** The number that 16 bits represent. */
export function decodeFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * The bits of the float16 number nearest to `value`, ties to even. From 65520 on it is infinity.
 */
export function encodeFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  // The spacing of float16 numbers around `magnitude`; below 2^-14 they are evenly spaced. A
  // float64 holds the quotient exactly.
  const exponent = Math.max(-14, Math.min(15, Math.floor(Math.log2(magnitude))));
  const steps = roundHalfToEven(magnitude / 2 ** (exponent - 10));
  // Normal numbers have 1024 to 2047 steps, and 2048 carries into the exponent; adding does both.
  return sign | (((exponent + 14) << 10) + steps);
}

/** The elements as numbers: the array itself, or float16 bits decoded. */
export function toNumbers(data: FloatArray): ArrayLike<number> {
  return isFloat16Bits(data) ? Float64Array.from(data, decodeFloat16) : data;
}

/** Numbers as an array of the class of `like`, each rounded once. */
export function fromNumbers<D extends FloatArray>(like: D, values: Float64Array, dtype: DType): D {
  const Constructor = like.constructor as unknown as { from(values: Float64Array, map?: (value: number) => number): D };
  return dtype === 'float16' && isFloat16Bits(like) ? Constructor.from(values, encodeFloat16) : Constructor.from(values);
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
