/** Kernels that were compiled elsewhere. */
import { typeError } from '../api/errors.ts';
import { takeKernels } from './wasm-module.ts';

/**
 * Takes the kernels as a compiled module, for platforms that forbid compiling but import modules,
 * such as Cloudflare Workers: the module is `softpool/kernels.wasm`. Call it before the first
 * pooling call. It isn't needed elsewhere.
 *
 * @param module - The `WebAssembly.Module`.
 * @throws TypeError if it is not one.
 * @example
 * ```ts
 * const { readFile } = await import('node:fs/promises'); // a Worker writes: import module from 'softpool/kernels.wasm'
 * const module = new WebAssembly.Module(await readFile(new URL(import.meta.resolve('softpool/kernels.wasm'))));
 * setKernels(module);
 * ```
 */
export function setKernels(module: object): void {
  if (!(module instanceof WebAssembly.Module)) throw typeError('setKernels', 'module', 'a WebAssembly.Module', module);
  takeKernels(module);
}
