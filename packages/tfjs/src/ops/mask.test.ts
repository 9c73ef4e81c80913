/** Masks of `globalSoftPool` on the backends that Node has; webgl.spec.ts has webgl. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import { globalSoftPool, softPool1d } from '../ops.ts';
import { specifyMasks } from '../testing/specify-masks.ts';
import { openWasm } from '../testing/wasm.ts';
import { openWebGpu } from '../testing/webgpu.ts';
import '../webgpu.ts';

const BACKENDS = { cpu: () => tf.setBackend('cpu'), wasm: openWasm, webgpu: openWebGpu } as const;

describe.each(Object.entries(BACKENDS))('on %s', (_, open) => {
  beforeAll(async () => {
    await open();
  });
  specifyMasks();
});

function endless(): unknown[] {
  const list: unknown[] = [];
  list.push(list);
  return list;
}

describe.each(Object.entries(BACKENDS))('lists on %s', (_, open) => {
  beforeAll(async () => {
    await open();
  });

  test.each([
    ['a longer row', [[1], [2, 3]]],
    ['a shorter row', [[1, 2], [3]]],
    ['a number for a row', [[1], 2]],
    ['a row for a number', [[1, [2]]]],
    ['a longer typed array', [Float32Array.of(1), Float32Array.of(2, 3)]],
    ['a text', [[1], ['a']]],
    ['texts', [['a'], ['b']]],
    ['a number after a boolean', [[true], [1.75]]],
    ['a list that holds itself', endless()],
    ['null', [[1], [null]]],
    ['a hole', [[1, 2], Object.assign(new Array(2), [3])]],
  ])('are refused where they are uneven or hold more than numbers: %s', (_, lists) => {
    expect(() => softPool1d(lists as never, 1, 1, 'valid')).toThrow(
      'softPool1d: x must be a tensor, or nested arrays of numbers, received [',
    );
    expect(() => globalSoftPool(tf.ones([2, 1, 3]), { mask: lists as never })).toThrow(
      'globalSoftPool: options.mask must be a tensor, or nested arrays of 0 and 1, received [',
    );
  });

  test('may hold booleans and typed arrays', async () => {
    const y = softPool1d([Float32Array.of(1, 2), [true, false]] as unknown as tf.TensorLike, 1, 1, 'valid');
    expect([y.shape, [...(await y.data())]]).toEqual([
      [2, 2],
      [1, 2, 1, 0],
    ]);
  });
});

test('a mask of another shape is an error that names both', () => {
  expect(() => globalSoftPool(tf.ones([2, 5, 3]), { mask: tf.ones([5, 2]) })).toThrow(
    'globalSoftPool: options.mask must be of shape [2, 5], that of x without its channels, received [5, 2]',
  );
  expect(() => globalSoftPool(tf.ones([2, 5, 3]), { mask: null as never })).toThrow(
    'globalSoftPool: options.mask must be a tensor, or nested arrays of 0 and 1, received null',
  );
});
