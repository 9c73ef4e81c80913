/** The kernels of the forward pass. */

import { KERNELS } from './forward.generated.ts';
import { compileKernels, instantiate, type Kernels, numbered } from './wasm-module.ts';

/** The module; undefined where it cannot be compiled. */
export function compileForward(): WebAssembly.Module | undefined {
  return compileKernels(KERNELS);
}

/** Its kernels on `memory`. */
export function instantiateForward(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return numbered(instantiate(module, memory));
}
