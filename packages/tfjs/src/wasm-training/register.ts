/** Puts kernels for the wasm backend into the registry of TensorFlow.js. */
import {
  getKernel,
  type KernelConfig,
  type KernelFunc,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  registerKernel,
  type Tensor,
  tidy,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

const BACKEND = 'wasm';

/** What a kernel computes. It may run operations; all that they make but the result is disposed of. */
type Computation<Inputs, Attrs, Result> = (inputs: Inputs, attrs: Attrs) => Result;

/** Registers a kernel that the backend lacks. One that it has, in a newer version, stays. */
export function addKernel<Inputs, Attrs>(kernelName: string, compute: Computation<Inputs, Attrs, Tensor>): void {
  if (kernelOf(kernelName) !== undefined) return;
  registerKernel({ kernelName, backendName: BACKEND, kernelFunc: ({ inputs, attrs }) => run(compute, inputs, attrs) });
}

/** Puts a kernel in the place of one that the backend has, which still computes where `compute` gives undefined. Twice is as once. */
export function replaceKernel<Inputs, Attrs>(kernelName: string, compute: Computation<Inputs, Attrs, Tensor | undefined>): void {
  const replaced = kernelOf(kernelName);
  if (replaced === undefined || 'replaced' in replaced) return;
  const kernelFunc: KernelFunc = (call) => run(compute, call.inputs, call.attrs) ?? replaced.kernelFunc(call);
  const replacement: Replacement = { ...replaced, kernelFunc, replaced };
  unregisterKernel(kernelName, BACKEND);
  registerKernel(replacement);
}

/** A kernel that says which it replaced, so that no kernel is replaced twice. */
interface Replacement extends KernelConfig {
  readonly replaced: KernelConfig;
}

function kernelOf(kernelName: string): KernelConfig | undefined {
  return getKernel(kernelName, BACKEND);
}

/** The registry does not know the types that a kernel's name stands for. */
function run<Inputs, Attrs, Result extends Tensor | undefined>(
  compute: Computation<Inputs, Attrs, Result>,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap | undefined,
): Result {
  return tidy(() => compute(inputs as Inputs, attrs as Attrs) as Tensor) as Result;
}
