/** The kernels with fused multiply-add; see fuse.ts. */
import type { KernelModules } from './both-kernels.ts';
import { FUSED_PLACES as FORWARD_PLACES } from './forward.generated.ts';
import { forwardBytes } from './forward-kernels.ts';
import { fuse } from './fuse.ts';
import { FUSED_PLACES as GRADIENT_PLACES } from './gradient.generated.ts';
import { gradientBytes } from './gradient-kernels.ts';
import { compile } from './wasm-module.ts';

/**
 * The modules with fused instructions, each as `change` returns its bytes; undefined where the
 * engine lacks relaxed SIMD, or compiling is forbidden.
 */
export function compileRelaxed(
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> = (bytes) => bytes,
): KernelModules | undefined {
  const forward = compile(change(fuse(forwardBytes(), FORWARD_PLACES)));
  const gradient = forward && compile(change(fuse(gradientBytes(), GRADIENT_PLACES)));
  return gradient && { forward, gradient };
}
