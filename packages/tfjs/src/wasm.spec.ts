/**
 * The specification of softpool, run on the ops with TensorFlow.js's wasm backend: in Node, and in
 * Chromium without threads and, in an isolated page, with them.
 */
import { specify } from '@softpool/specification/specify';
import { CANNOT, opsBackend } from './testing/ops-backend.ts';
import { openWasm } from './testing/wasm.ts';

specify({
  name: 'the ops on wasm',
  open: async () => {
    await openWasm();
    return opsBackend();
  },
  isBrief: true, // softpool/memory runs all of it on the kernels
  cannot: CANNOT,
});
