/** The kernels of the forward pass. */
import { decodeBytes } from './decode-bytes.ts';
import { CODE, HEAD } from './forward.generated.ts';
import { compileKernels, instantiate, type Kernels, numbered } from './wasm-module.ts';

/** The bytes of the module. */
function forwardBytes(): Uint8Array<ArrayBuffer> {
  return decodeBytes(HEAD, CODE);
}

/** The module for a private memory; undefined where it cannot be compiled. */
export function compileForward(): WebAssembly.Module | undefined {
  return compileKernels(forwardBytes);
}

/** Its kernels on `memory`. */
export function instantiateForward(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return numbered(instantiate(module, memory));
}
