import { describe, expect, test } from 'vitest';
import * as softpool from '../index.ts';
import * as reference from '../reference.ts';
import { createThreadedSoftPool } from '../threads.ts';
import { decodeFloat16, encodeFloat16, fromNumbers, toNumbers } from './float16.ts';

const isNaNPattern = (bits: number): boolean => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;

/** Every bit pattern of a number, infinities included. */
const patterns = Array.from({ length: 65536 }, (_, bits) => bits).filter((bits) => !isNaNPattern(bits));

/** The engine's own Float16Array, if it has one (Node 24 and newer, Chromium 135 and newer). */
const NativeFloat16Array = (globalThis as { Float16Array?: new (values: ArrayLike<number> | ArrayBufferLike) => Float64Array })
  .Float16Array;

describe('float16', () => {
  test.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125], // the float16 nearest to 1/3
    [0x7bff, 65504], // the largest
    [0x0400, 2 ** -14], // the smallest normal number
    [0x03ff, 2 ** -14 - 2 ** -24], // the largest subnormal
    [0x0001, 2 ** -24], // the smallest
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
  ])('bits %i are %d', (bits, value) => {
    expect(decodeFloat16(bits)).toBe(value);
    expect(encodeFloat16(value)).toBe(bits);
  });

  test('all 65,536 bit patterns survive decoding and encoding, a NaN as some NaN', () => {
    const wrong = patterns.filter((bits) => encodeFloat16(decodeFloat16(bits)) !== bits);
    expect(wrong).toEqual([]);
    for (let bits = 0; bits < 65536; bits++) if (isNaNPattern(bits)) expect(decodeFloat16(bits)).toBeNaN();
    expect(isNaNPattern(encodeFloat16(Number.NaN))).toBe(true);
  });

  test('numbers have the order of their bits', () => {
    for (let bits = 1; bits <= 0x7c00; bits++) expect(decodeFloat16(bits)).toBeGreaterThan(decodeFloat16(bits - 1));
  });

  test('rounding takes the nearest number, and halfway between two the even one', () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const [low, high] = [decodeFloat16(bits), decodeFloat16(bits + 1)];
      const halfway = (low + high) / 2;
      const hair = (high - low) * 2 ** -40;
      const even = bits % 2 === 0 ? bits : bits + 1;
      expect([encodeFloat16(halfway - hair), encodeFloat16(halfway), encodeFloat16(halfway + hair)]).toEqual([bits, even, bits + 1]);
      expect(encodeFloat16(-halfway)).toBe(0x8000 | even);
    }
  });

  test.each([
    [65519.99999999999, 0x7bff],
    [65520, 0x7c00], // halfway from 65504 to the next: infinity is the even one
    [1e300, 0x7c00],
    [-65520, 0xfc00],
    [2 ** -25, 0x0000], // halfway from 0 to the smallest
    [2 ** -25 * 1.0000000000000002, 0x0001],
    [5e-324, 0x0000],
    [-5e-324, 0x8000],
  ])('%d is rounded once, to the bits %i', (value, bits) => {
    expect(encodeFloat16(value)).toBe(bits);
  });

  test('encoding rounds once, without an intermediate float32', () => {
    // Above a tie by less than float32 can hold: rounding twice would give the even neighbor, 1.
    expect(encodeFloat16(1 + 2 ** -11 + 2 ** -40)).toBe(0x3c01);
  });

  test.skipIf(NativeFloat16Array === undefined)("agrees with the engine's Float16Array, where it has one", () => {
    if (NativeFloat16Array === undefined) return;
    const decoded = new NativeFloat16Array(Uint16Array.from({ length: 65536 }, (_, bits) => bits).buffer);
    for (let bits = 0; bits < 65536; bits++) expect(decodeFloat16(bits)).toBe(decoded[bits]);
    const values = Float64Array.from({ length: 100_000 }, (_, i) => Math.sin(i) * 2 ** ((i % 45) - 27));
    const native = new NativeFloat16Array(values);
    values.forEach((value, i) => {
      expect(decodeFloat16(encodeFloat16(value))).toBe(native[i]);
    });
  });
});

const CALL = { kernelSize: 3, stride: 2, padding: 1 };
const [NUMBERS, GRADIENTS] = [8, 4].map((length) => Float64Array.from({ length }, (_, i) => Math.sin(7 * i + length)));
const bitsOf = (values: ArrayLike<number>): Uint16Array => Uint16Array.from(values, encodeFloat16);

// A float16 tensor is bits or the engine's own array, and the result may be of the other class.
describe.skipIf(NativeFloat16Array === undefined)('a float16 result of another class than x', () => {
  const Native = NativeFloat16Array as NonNullable<typeof NativeFloat16Array>;
  const tensor = (isNative: boolean, values: ArrayLike<number>) => {
    const data = isNative ? (new Native(values) as unknown as Uint16Array) : bitsOf(values);
    return { data, shape: [1, 1, values.length], ...(!isNative && { dtype: 'float16' as const }) };
  };

  test.each([true, false].flatMap((isNative) => (['ignore', 'zeros'] as const).map((padMode) => [isNative, padMode] as const)))(
    'has the bits of one of the same class (x is native: %j, padMode %s)',
    async (isNative, padMode) => {
      using threads = await createThreadedSoftPool({ threads: 1 });
      const [x, dy] = [tensor(isNative, NUMBERS as Float64Array), tensor(isNative, GRADIENTS as Float64Array)];
      const options = { ...CALL, padMode };
      for (const calls of [softpool, reference, threads]) {
        for (const [call, length] of [
          [(into?: typeof x) => calls.softPool1d(x, { ...options, into }), 4],
          [(into?: typeof x) => calls.softPool1dGrad(x, dy, { ...options, into }), 8],
        ] as const) {
          const own = (await call()).data as Uint16Array;
          const into = tensor(!isNative, new Float64Array(length));
          await call(into);
          const [bits, expected] = [into.data, own].map((data) => Array.from(new Uint16Array(data.buffer, data.byteOffset, length)));
          expect(bits).toEqual(expected);
          expect(new Set(bits).size).toBeGreaterThan(2);
        }
      }
    },
  );
});

describe('arrays of any element type', () => {
  test('are read as numbers, without a copy except for float16 bits', () => {
    const data = new Float32Array([1.5, -2]);
    expect(toNumbers(data)).toBe(data);
    expect(toNumbers(new Uint16Array([0x3e00, 0xc000]))).toEqual(new Float64Array([1.5, -2]));
  });

  test('are made of the class of another array, each number rounded once', () => {
    const values = new Float64Array([1 / 3, -65520]);
    expect(fromNumbers(new Float64Array(), values, 'float64')).toEqual(values);
    expect(fromNumbers(new Float64Array(), values, 'float64')).not.toBe(values);
    expect(fromNumbers(new Float32Array(), values, 'float32')).toEqual(new Float32Array([Math.fround(1 / 3), -65520]));
    expect(fromNumbers(new Uint16Array(), values, 'float16')).toEqual(new Uint16Array([0x3555, 0xfc00]));
  });
});
