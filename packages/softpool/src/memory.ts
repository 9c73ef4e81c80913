/**
 * `softpool/memory`: the kernels of `softpool` on tensors in a WebAssembly memory of yours, where they lie. `softpool` itself copies what it pools
 * into a memory of its own, which costs little but is not nothing.
 *
 * @module
 */
export { createMemorySoftPool, type HostMemory, type MemorySoftPool, type PreparedPool } from './cpu/in-memory.ts';
