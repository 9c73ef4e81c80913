/**
 * `softpool/memory`: the kernels of `softpool` on tensors in a WebAssembly memory of yours, without
 * a copy. `softpool` itself copies tensors into a memory of its own, which takes a little time.
 *
 * @module
 */
export { createMemorySoftPool, type HostMemory, type MemorySoftPool, type PreparedPool } from './cpu/host-memory.ts';
