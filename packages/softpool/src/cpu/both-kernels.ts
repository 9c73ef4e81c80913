/** The kernels of the forward pass and of the gradient, on one memory. */
import { compileForward, instantiateForward } from './forward-kernels.ts';
import { compileGradient, instantiateGradient } from './gradient-kernels.ts';
import { KERNEL, type Kernels } from './wasm-module.ts';

/** The two modules. They may be the same one, which has the kernels of both. */
export interface KernelModules {
  readonly forward: WebAssembly.Module;
  readonly gradient: WebAssembly.Module;
}

/** The modules for a private memory; undefined where they cannot be compiled. */
export function compileBoth(): KernelModules | undefined {
  const [forward, gradient] = [compileForward(), compileGradient()];
  return forward && gradient && { forward, gradient };
}

/** Their kernels on `memory`, which must be shared exactly if the modules were compiled so. */
export function instantiateBoth({ forward, gradient }: KernelModules, memory: WebAssembly.Memory): Kernels {
  const kernels = instantiateForward(forward, memory);
  const { numbered } = instantiateGradient(gradient, memory);
  return {
    ...kernels,
    numbered: kernels.numbered.map((kernel, number) => (number === KERNEL.poolGrad ? numbered[number] : kernel) as typeof kernel),
  };
}
