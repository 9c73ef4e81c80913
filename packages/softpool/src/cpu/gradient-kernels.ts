/** The kernels of the gradient. */
import { KERNELS } from './gradient.generated.ts';
import { type PoolGrad, withoutOverflow } from './gradient-overflow.ts';
import { compileKernels, instantiate, type Kernels, numbered } from './wasm-module.ts';

/** The module; undefined where it cannot be compiled. */
export function compileGradient(): WebAssembly.Module | undefined {
  return compileKernels(KERNELS);
}

/** Its kernels on `memory`. */
export function instantiateGradient(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const exports = instantiate(module, memory);
  return numbered({ ...exports, poolGrad: withoutOverflow(exports.poolGrad as unknown as PoolGrad, memory) });
}
