import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import '@tensorflow/tfjs-backend-wasm';
import { reverseTaps } from './reverse-taps.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

test.each([[[1, 3, 3, 2, 5]], [[4, 2, 2, 3, 1]], [[2, 1, 4, 1, 2]], [[3, 1, 1, 2, 2]]])(
  'taps of %o are reversed as by tf.reverse, and nothing is left in memory',
  (shape) => {
    const x = tf.randomNormal<tf.Rank.R5>(shape as [number, number, number, number, number], 0, 1, 'float32', 7);
    const expected = tf.tidy(() => tf.reverse(x, [1, 2]).dataSync());
    const before = tf.memory();
    expect(tf.tidy(() => reverseTaps(x).dataSync())).toEqual(expected);
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes, numDataBuffers: before.numDataBuffers });
    x.dispose();
  },
);
