/**
 * The kernels' exponentials: each implementation over a dense sweep of float32's bit patterns,
 * through calls that use it.
 */
import { describe, expect, test } from 'vitest';
import { softPool1d, softPool1dGrad } from '../index.ts';

/** The distance between tested bit patterns: a prime, so that all low bits occur. */
const STEP = 1009;

/** Differences from 0 to `most`, subnormal ones included. */
function differences(most: number): Float32Array {
  const last = new Uint32Array(Float32Array.of(most).buffer)[0]!;
  const bits = Uint32Array.from({ length: Math.floor(last / STEP) }, (_, i) => i * STEP);
  return new Float32Array(bits.buffer);
}

/** Windows of 0 and `others` times −d, for each d. */
function windows(d: Float32Array, others: number): Float32Array {
  const x = new Float32Array(d.length * (1 + others));
  d.forEach((value, i) => {
    x.fill(-value, i * (1 + others) + 1, (i + 1) * (1 + others));
  });
  return x;
}

/** The largest of `error(i)`. */
function worst(count: number, error: (i: number) => number): number {
  let most = 0;
  for (let i = 0; i < count; i++) {
    const value = error(i);
    if (!(value <= most)) most = value; // NaN too
  }
  return most;
}

/**
 * A weight's relative error in units in the last place, divided by the error that rounding allows:
 * two units for the exponential and the division, and one for each unit of d, which is rounded when
 * it is multiplied by β log2(e).
 */
function weightError(weight: number, exact: number, d: number, unit: number): number {
  return Math.abs(weight - exact) / exact / (unit * (2 + d));
}

describe.each([
  ['windows of two', 1],
  ['rows of windows that do not overlap', 2],
])('in the gradient of %s', (_, others) => {
  test('every weight is right to its last bits', () => {
    const d = differences(84);
    const x = { data: windows(d, others), shape: [1, d.length * (1 + others)] };
    const dy = { data: new Float32Array(d.length).fill(1), shape: [1, d.length] };
    const { data } = softPool1dGrad(x, dy, { kernelSize: 1 + others });
    const exact = (i: number): number => 1 / (others + Math.exp(d[i]!));
    expect(worst(d.length, (i) => weightError(data[i * (1 + others) + 1]!, exact(i), d[i]!, 2 ** -23))).toBeLessThanOrEqual(1);
  });
});

test('in windows that share exponentials, every output is right to its last bits', () => {
  const d = differences(11); // further apart, they are not shared
  const { data } = softPool1d({ data: windows(d, 1), shape: [1, 2 * d.length] }, { kernelSize: 2, stride: 1 });
  const exact = (i: number): number => -d[i]! / (1 + Math.exp(d[i]!));
  expect(worst(d.length, (i) => Math.abs(data[2 * i]! - exact(i)) / Math.max(d[i]!, 2 ** -126))).toBeLessThanOrEqual(2 * 2 ** -23);
});

test('in small tensors, every output is right to its last bits', () => {
  const d = differences(87).filter((_, i) => i % 20 === 0);
  const exact = (value: number): number => -value / (1 + Math.exp(value));
  const x = { data: new Float32Array(16), shape: [1, 16] };
  const options = { kernelSize: 2 };
  let most = 0;
  for (let first = 0; first + 8 <= d.length; first += 8) {
    x.data.set(windows(d.subarray(first, first + 8), 1));
    const { data } = softPool1d(x, options);
    most = Math.max(
      most,
      worst(8, (i) => Math.abs(data[i]! - exact(d[first + i]!)) / Math.max(d[first + i]!, 2 ** -126)),
    );
  }
  expect(most).toBeLessThanOrEqual(2 * 2 ** -23);
});

test('in float64, every weight is right to its last bits', () => {
  const d = differences(700);
  const x = { data: Float64Array.from(windows(d, 1)), shape: [1, 2 * d.length] };
  const dy = { data: new Float64Array(d.length).fill(1), shape: [1, d.length] };
  const { data } = softPool1dGrad(x, dy, { kernelSize: 2 });
  const exact = (i: number): number => 1 / (1 + Math.exp(d[i]!));
  expect(worst(d.length, (i) => weightError(data[2 * i + 1]!, exact(i), d[i]!, 2 ** -52))).toBeLessThanOrEqual(1);
});
