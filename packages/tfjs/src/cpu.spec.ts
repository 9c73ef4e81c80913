/** softpool's specification on the ops, on TensorFlow.js's cpu backend. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { specify } from '../../softpool/src/specification/specify.ts';
import { CANNOT, opsBackend } from './testing/ops-backend.ts';

specify({
  name: 'the ops on cpu',
  open: async () => {
    await tf.setBackend('cpu');
    return opsBackend();
  },
  isSlow: true, // the kernels are those of softpool, which are specified by themselves
  cannot: CANNOT,
});
