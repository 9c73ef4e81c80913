/** Kernels that were compiled elsewhere. */
import { typeError } from '../api/errors.ts';
import { KERNEL, takeKernels } from './wasm-module.ts';

/**
 * Takes the kernels as a compiled module, for platforms that forbid compiling but import modules,
 * such as Cloudflare Workers: the module is `softpool/kernels.wasm`. Call it before the first
 * pooling call. It isn't needed elsewhere.
 *
 * @param module - The `WebAssembly.Module`.
 * @throws TypeError if it is not one, or is another module.
 * @example
 * ```ts
 * const { readFile } = await import('node:fs/promises'); // a Worker writes: import module from 'softpool/kernels.wasm'
 * const module = new WebAssembly.Module(await readFile(new URL(import.meta.resolve('softpool/kernels.wasm'))));
 * setKernels(module);
 * ```
 */
export function setKernels(module: object): void {
  const exported = namesOfExports(module);
  const missing = ['scratchBytes', 'recordBytes', ...Object.keys(KERNEL)].find((name) => !exported?.includes(name));
  if (missing !== undefined) {
    const hint = exported && `, which has no function ${missing}`;
    throw typeError('setKernels', 'module', 'the WebAssembly.Module of softpool/kernels.wasm', module, hint);
  }
  takeKernels(module as WebAssembly.Module);
}

/** Undefined if this is not a WebAssembly.Module. It may be of another realm. */
function namesOfExports(module: object): string[] | undefined {
  try {
    return WebAssembly.Module.exports(module as WebAssembly.Module).map(({ name }) => name);
  } catch {
    return undefined;
  }
}
