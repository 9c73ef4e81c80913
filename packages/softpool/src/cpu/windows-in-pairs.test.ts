// Windows of float64 side by side have the same bits as each of them alone, wherever a thread's
// part begins.
import { describe, expect, test } from 'vitest';
import { product, windows } from '../geometry/window-taps.ts';
import { globalSoftPool, softPool1d, softPool2d, softPool3d } from '../index.ts';
import { poolGeometry } from '../internal.ts';

const CALLS = { 1: softPool1d, 2: softPool2d, 3: softPool3d };

const CASES = [
  [[3, 22, 143], { spatialDims: 2, kernelSize: 2 }],
  [[2, 20, 141], { spatialDims: 2, kernelSize: 3, stride: 2, padding: 1 }],
  [[12, 9, 67], { spatialDims: 2, kernelSize: 2, layout: 'channelsLast' }],
  [[1, 24, 40], { spatialDims: 2, kernelSize: 23, stride: 1 }],
  [[2, 5, 7, 9], { spatialDims: 3, kernelSize: 2, ceilMode: true }],
  [[3, 90], { spatialDims: 1, kernelSize: 5, dilation: 3 }],
  [[3, 30, 90], { spatialDims: 2, kernelSize: 2, beta: 1e-308 }],
] as const;

/** Numbers of all sizes: some windows have none but ordinary ones, and some have any of them. */
function signal(length: number, specials: readonly number[]): Float64Array {
  let state = 1;
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const special = specials[(state >>> 8) % 40];
    return special ?? state / 2 ** 30 - 2;
  });
}

const SPECIALS: readonly [name: string, values: readonly number[]][] = [
  ['ordinary numbers', []],
  ['zeros of both signs', [0, -0]],
  ['weights that vanish', [-800, -900]],
  ['infinity', [Number.POSITIVE_INFINITY]],
  ['−infinity', [Number.NEGATIVE_INFINITY]],
  ['NaN', [Number.NaN]],
  ['ranges that overflow', [Number.MAX_VALUE, -Number.MAX_VALUE, 1e308]],
  ['subnormal numbers', [5e-324, -5e-324]],
];

describe.each(SPECIALS)('%s', (_, specials) => {
  test.each(CASES)('%j with %j', (shape, { spatialDims, ...operator }) => {
    const { beta, ...options } = { beta: 1, ...operator };
    const x = { data: signal(product(shape), specials), shape };
    const y = CALLS[spatialDims](x, { ...options, beta }).data;
    for (const { taps, channels } of windows(poolGeometry(shape, { spatialDims, ...options }), 'perChannel')) {
      for (const { input, output } of channels) {
        const data = Float64Array.from(taps, (tap) => x.data[input + tap] as number);
        expect(y[output]).toBe(globalSoftPool({ data, shape: [1, taps.length] }, { beta }).data[0]);
      }
    }
  });
});
