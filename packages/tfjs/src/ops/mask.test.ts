/** Masks of `globalSoftPool` on the backends that Node has; webgl.spec.ts has webgl. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import { globalSoftPool } from '../ops.ts';
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

test('a mask of another shape is an error that names both', () => {
  expect(() => globalSoftPool(tf.ones([2, 5, 3]), { mask: tf.ones([5, 2]) })).toThrow(
    'globalSoftPool: options.mask must be of shape [2, 5], that of x without its channels, received [5, 2]',
  );
  expect(() => globalSoftPool(tf.ones([2, 5, 3]), { mask: null as never })).toThrow(
    'globalSoftPool: options.mask must be a tensor, or nested arrays of 0 and 1, received null',
  );
});
