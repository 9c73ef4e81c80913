/** The kernels with fused multiply-add; see fuse.ts. */
import { allBytes } from './all-kernels.ts';
import { fuse } from './fuse.ts';
import { FUSED_PLACES } from './gradient.generated.ts';
import { compile } from './wasm-module.ts';

/**
 * The module with fused instructions, as `change` returns its bytes; undefined where the engine
 * lacks relaxed SIMD, or compiling is forbidden.
 */
export function compileRelaxed(
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> = (bytes) => bytes,
): WebAssembly.Module | undefined {
  return compile(change(fuse(allBytes(), FUSED_PLACES)));
}
