/** The kernels of the gradient. */
import { decodeBytes } from './decode-bytes.ts';
import { KERNELS } from './gradient.generated.ts';
import { type PoolGrad, withoutOverflow } from './gradient-overflow.ts';
import { compileKernels, instantiate, type Kernels, numbered } from './wasm-module.ts';

/** The bytes of the module. */
export function gradientBytes(): Uint8Array<ArrayBuffer> {
  return decodeBytes(KERNELS);
}

/** The module; undefined where it cannot be compiled. */
export function compileGradient(): WebAssembly.Module | undefined {
  return compileKernels(gradientBytes);
}

/** Its kernels on `memory`. */
export function instantiateGradient(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const exports = instantiate(module, memory);
  return numbered({ ...exports, poolGrad: withoutOverflow(exports.poolGrad as unknown as PoolGrad, memory) });
}
