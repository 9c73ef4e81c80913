// Windows of float64 side by side have the same bits as each of them alone, wherever a thread's
// part begins, and so have their gradients.
import { describe, expect, test } from 'vitest';
import { product } from '../geometry/product.ts';
import { windows } from '../geometry/window-taps.ts';
import {
  type Gradient,
  globalSoftPool,
  globalSoftPoolGrad,
  softPool1d,
  softPool1dGrad,
  softPool2d,
  softPool2dGrad,
  softPool3d,
  softPool3dGrad,
} from '../index.ts';
import { poolGeometry } from '../internal.ts';
import { createThreadedSoftPool } from '../threads.ts';

const CALLS = { 1: softPool1d, 2: softPool2d, 3: softPool3d };
const GRADIENTS = { 1: softPool1dGrad, 2: softPool2dGrad, 3: softPool3dGrad };
const ON_THREADS = { 1: 'softPool1dGrad', 2: 'softPool2dGrad', 3: 'softPool3dGrad' } as const;

const CASES = [
  [[3, 22, 143], { spatialDims: 2, kernelSize: 2 }],
  [[2, 20, 141], { spatialDims: 2, kernelSize: 3, stride: 2, padding: 1 }],
  [[12, 9, 67], { spatialDims: 2, kernelSize: 2, layout: 'channelsLast' }],
  [[1, 24, 40], { spatialDims: 2, kernelSize: 23, stride: 1 }],
  [[2, 5, 7, 9], { spatialDims: 3, kernelSize: 2, ceilMode: true }],
  [[3, 90], { spatialDims: 1, kernelSize: 5, dilation: 3 }],
  // The first two windows have the same inputs.
  [[2, 7], { spatialDims: 1, kernelSize: 3, stride: 3, dilation: 3, padding: 1 }],
  [[3, 30, 90], { spatialDims: 2, kernelSize: 2, beta: 1e-308 }],
] as const;

/** Numbers of all sizes: some windows have none but ordinary ones, and some have any of them. */
function signal(length: number, specials: readonly number[], seed = 1): Float64Array {
  let state = seed;
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
  describe.each(CASES)('%j with %j', (shape, { spatialDims, ...operator }) => {
    const { beta, ...options } = { beta: 1, ...operator };
    const x = { data: signal(product(shape), specials), shape };
    const each = () => windows(poolGeometry(shape, { spatialDims, ...options }), 'perChannel');
    const inputs = (taps: readonly number[], input: number) => ({
      data: Float64Array.from(taps, (tap) => x.data[input + tap] as number),
      shape: [1, taps.length],
    });

    test('the outputs', () => {
      const y = CALLS[spatialDims](x, { ...options, beta }).data;
      for (const { taps, channels } of each()) {
        for (const { input, output } of channels) expect(y[output]).toBe(globalSoftPool(inputs([...taps], input), { beta }).data[0]);
      }
    });

    test.each<Gradient>(['weights', 'exact'])('the gradient %s', async (gradient) => {
      const shapeOfY = CALLS[spatialDims](x, options).shape;
      const dy = { data: signal(product(shapeOfY), [0, -0, 1e-320], 2), shape: shapeOfY };
      const expected = new Float64Array(x.data.length);
      for (const { taps, channels } of each()) {
        for (const { input, output } of channels) {
          const window = inputs([...taps], input);
          const alone = globalSoftPoolGrad(window, { data: dy.data.slice(output, output + 1), shape: [1, 1] }, { beta, gradient });
          // Windows add to an input in the order of their outputs.
          taps.forEach((tap, i) => {
            (expected[input + tap] as number) += alone.data[i] as number;
          });
        }
      }
      expect(GRADIENTS[spatialDims](x, dy, { ...options, beta, gradient }).data).toEqual(expected);
      const pool = await createThreadedSoftPool({ threads: 3 });
      try {
        expect((await pool[ON_THREADS[spatialDims]](x, dy, { ...options, beta, gradient })).data).toEqual(expected);
      } finally {
        pool.dispose();
      }
    });
  });
});
