/**
 * The specification with fused multiply-add: on this thread, and on others. Engines without relaxed
 * SIMD run it with the kernels of `softpool`.
 */
import { specify } from '@softpool/specification/specify';
import * as relaxed from './relaxed.ts';
import { createThreadedSoftPool } from './threads.ts';

// Node 20 has relaxed SIMD behind a flag, under which it serves this test.
const { process } = globalThis as { process?: NodeJS.Process };
if (process?.versions?.node?.startsWith('20.')) process.getBuiltinModule('node:v8').setFlagsFromString('--experimental-wasm-relaxed-simd');

// On one thread isolation changes nothing: the page without it is enough.
if (!globalThis.crossOriginIsolated) specify({ name: 'the calls of softpool/relaxed', open: () => relaxed });
specify({
  name: 'two threads with relaxed SIMD',
  open: () => createThreadedSoftPool({ threads: 2, relaxedSimd: true }),
  close: (pool) => (pool as Awaited<ReturnType<typeof createThreadedSoftPool>>).dispose(),
  isBrief: true, // the kernels are those above
});
