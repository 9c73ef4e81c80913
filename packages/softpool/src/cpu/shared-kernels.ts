/** The kernels for a shared memory. */
import { allBytes } from './all-kernels.ts';
import { compile } from './wasm-module.ts';

let compiled: WebAssembly.Module | undefined;

/** The kernels for a shared memory; undefined where they cannot be compiled. */
export function compileSharedKernels(): WebAssembly.Module | undefined {
  compiled ??= compile(allBytes(true));
  return compiled;
}
