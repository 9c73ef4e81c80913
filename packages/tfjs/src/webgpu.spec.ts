/**
 * The specification of softpool, run on the ops with TensorFlow.js's webgpu backend: in Chromium,
 * and in Node with the package `webgpu`.
 */
import { specify } from '@softpool/specification/specify';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { softPool2d } from './index.ts';
import { CANNOT, opsBackend } from './testing/ops-backend.ts';
import { openWebGpu } from './testing/webgpu.ts';
import './webgpu.ts';

const SPECIFIED = 'the kernels are those of softpool/webgpu, which are specified by themselves';

describe('the memory of the webgpu backend', () => {
  beforeAll(openWebGpu);

  test('holds few of the results that are disposed of one after another', async () => {
    const x = tf.tensor4d(new Float32Array(256), [1, 8, 8, 4]);
    const pool = (input: tf.Tensor): tf.Tensor => softPool2d(input, 1, 1, 'valid');
    await pool(x).data(); // submits it
    const before = bytes();
    for (let i = 0; i < 40; i++) pool(x).dispose();
    // TensorFlow.js submits every 15 programs, and frees then.
    expect((bytes() - before) / (256 * 4)).toBeLessThan(15);
    expect(Array.from(await tf.grad(pool)(x).data())).toEqual(Array.from({ length: 256 }, () => 1));
  });
});

function bytes(): number {
  return (tf.memory() as tf.MemoryInfo & { numBytesInGPU: number }).numBytesInGPU;
}

specify({
  name: 'the ops on webgpu',
  open: async () => {
    await openWebGpu();
    return opsBackend();
  },
  close: () => tf.removeBackend('webgpu'),
  isBrief: true,
  runs: 3,
  cannot: {
    ...CANNOT,
    'tiny gradients': 'a GPU may flush numbers below 2^-126 to 0',
    'canceling gradients': 'sums are in float32, and may overflow before they cancel',
    'huge gradients': 'a term may overflow where the exact gradient does not',
    'every size': SPECIFIED,
    'many windows': SPECIFIED,
    'large tensors': SPECIFIED,
  },
});
