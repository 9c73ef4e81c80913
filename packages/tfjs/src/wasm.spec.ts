/** softpool's specification on the ops, on TensorFlow.js's wasm backend: in Node, and in Chromium without its threads and, isolated, with them. */
import { specify } from '@softpool/specification/specify';
import { CANNOT, opsBackend } from './testing/ops-backend.ts';
import { openWasm } from './testing/wasm.ts';

specify({
  name: 'the ops on wasm',
  open: async () => {
    await openWasm();
    return opsBackend();
  },
  isBrief: true, // the kernels are specified by softpool/memory; here it is what TensorFlow.js is told
  cannot: CANNOT,
});
