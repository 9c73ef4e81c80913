/**
 * The specification of softpool, run on the ops with TensorFlow.js's webgpu backend: in Chromium,
 * and in Node with the package `webgpu`.
 */
import { specify } from '@softpool/specification/specify';
import * as tf from '@tensorflow/tfjs-core';
import { CANNOT, opsBackend } from './testing/ops-backend.ts';
import { openWebGpu } from './testing/webgpu.ts';
import './webgpu.ts';

const SPECIFIED = 'the kernels are those of softpool/webgpu, which are specified by themselves';

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
