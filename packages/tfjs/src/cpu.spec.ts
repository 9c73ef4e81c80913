/** The specification of softpool, run on the ops with TensorFlow.js's cpu backend. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { specify } from '@softpool/specification/specify';
import { CANNOT, opsBackend } from './testing/ops-backend.ts';

const SPECIFIED = 'the kernels are the calls of softpool, which are specified by themselves';

specify({
  name: 'the ops on cpu',
  open: async () => {
    await tf.setBackend('cpu');
    return opsBackend();
  },
  cannot: { ...CANNOT, 'every size': SPECIFIED, 'many windows': SPECIFIED, 'large tensors': SPECIFIED },
});
