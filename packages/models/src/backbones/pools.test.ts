// Windows in ceil mode, compared with PyTorch's by hand.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, expect, test } from 'vitest';
import { HE_BY_OUTPUTS } from './initialization.ts';
import { partsOf } from './parts.ts';
import { poolsOf } from './pools.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** The mean of each window that starts at a multiple of the stride, of the elements that exist. */
function means(rows: readonly (readonly number[])[], size: number, stride: number): number[][] {
  const starts = (length: number): number[] =>
    Array.from({ length: 1 + Math.max(0, Math.ceil((length - size) / stride)) }, (_, index) => index * stride);
  return starts(rows.length).map((top) =>
    starts(rows[0]!.length).map((left) => {
      const window = rows.slice(top, top + size).flatMap((row) => row.slice(left, left + size));
      return window.reduce((sum, value) => sum + value, 0) / window.length;
    }),
  );
}

test.each([
  [8, 8],
  [7, 7],
  [7, 8],
  [8, 5],
  [2, 3],
  [1, 4],
])('windows 3×3/2 of %i × %i start at the first position, and the last may exceed the input', (height, width) => {
  const inputShape = [height, width, 1];
  const style = { call: 'test', network: 'test', inputShape, scheme: HE_BY_OUTPUTS, epsilon: 0, seed: 0, initialization: 'zeros' } as const;
  const rows = Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => ((y * 31 + x * 17) % 23) / 4));
  for (const kind of ['average', 'soft'] as const) {
    const parts = partsOf(style);
    // With β = 0 SoftPool averages, without the padding.
    const pools = poolsOf(parts, { pool: kind, positions: 'paper', beta: 0, weights: 'perChannel', gradient: 'weights' });
    const input = tfl.input({ shape: inputShape });
    const original = { kind: 'max', size: 3, stride: 2, padding: 'ceil' } as const;
    const pooled = pools.pool('pool', input, { original, soft: { size: 3, stride: 2, padding: 'ceil' } });
    const output = tfl.model({ inputs: input, outputs: pooled }).predict(tf.tensor4d(rows.flat(), [1, height, width, 1])) as tf.Tensor;
    const expected = means(rows, 3, 2);
    expect(output.shape).toEqual([1, expected.length, expected[0]!.length, 1]);
    expect(Array.from(output.dataSync())).toEqual(expected.flat().map((value) => expect.closeTo(value, 5)));
  }
});
