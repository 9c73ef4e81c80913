/** The kernels with fused multiply-add; see fuse.ts. */
import { allBytes } from './all-kernels.ts';
import { fuse } from './fuse.ts';
import { FUSED_PLACES } from './gradient.generated.ts';
import { compile } from './wasm-module.ts';

/**
 * The module with fused instructions, for a private or a shared memory; undefined where the engine
 * lacks relaxed SIMD, or compiling is forbidden.
 */
export function compileRelaxed(isShared = false): WebAssembly.Module | undefined {
  return compile(fuse(allBytes(isShared), FUSED_PLACES));
}
