/** The kernels of the forward pass and of the gradient, in one module. */
import { decodeBytes } from './decode-bytes.ts';
import { CODE as FORWARD_CODE } from './forward.generated.ts';
import { CODE, HEAD, SHARED_HEAD } from './gradient.generated.ts';
import { type PoolGrad, withoutOverflow } from './gradient-overflow.ts';
import { compileKernels, instantiate, type Kernels, numbered } from './wasm-module.ts';

/** The bytes of the module, for a private or a shared memory. */
export function allBytes(isShared = false): Uint8Array<ArrayBuffer> {
  return decodeBytes(isShared ? SHARED_HEAD : HEAD, FORWARD_CODE, CODE);
}

/** The module for a private memory; undefined where it cannot be compiled. */
export function compileAll(): WebAssembly.Module | undefined {
  return compileKernels(allBytes);
}

/** Its kernels on `memory`, which must be shared exactly if the module was compiled so. */
export function instantiateAll(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const exports = instantiate(module, memory);
  return numbered({ ...exports, poolGrad: withoutOverflow(exports.poolGrad as unknown as PoolGrad, memory) });
}
