/** softpool's specification on the ops, on TensorFlow.js's wasm backend. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { specify } from '../../softpool/src/specification/specify.ts';
import { CANNOT, opsBackend } from './testing/ops-backend.ts';

specify({
  name: 'the ops on wasm',
  open: async () => {
    await tf.setBackend('wasm');
    return opsBackend();
  },
  cannot: CANNOT,
});
