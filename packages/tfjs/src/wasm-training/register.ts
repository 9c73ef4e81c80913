/** Registers kernels for the wasm backend in TensorFlow.js. */
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

/**
 * What a kernel computes. It may run ops; everything that they make except the result is disposed
 * of.
 */
type Computation<Inputs, Attrs, Result> = (inputs: Inputs, attrs: Attrs) => Result;

/** Registers a kernel that the backend lacks. If a newer version has it, that one stays. */
export function addKernel<Inputs, Attrs>(kernelName: string, compute: Computation<Inputs, Attrs, Tensor>): void {
  if (kernelOf(kernelName) !== undefined) return;
  registerKernel({ kernelName, backendName: BACKEND, kernelFunc: ({ inputs, attrs }) => run(compute, inputs, attrs) });
}

/**
 * Replaces a kernel of the backend. The old kernel still runs if `compute` returns `undefined`. A
 * second call changes nothing.
 */
export function replaceKernel<Inputs, Attrs>(kernelName: string, compute: Computation<Inputs, Attrs, Tensor | undefined>): void {
  const replaced = kernelOf(kernelName);
  if (replaced === undefined || 'replaced' in replaced) return;
  const kernelFunc: KernelFunc = (call) => run(compute, call.inputs, call.attrs) ?? replaced.kernelFunc(call);
  const replacement: Replacement = { ...replaced, kernelFunc, replaced };
  unregisterKernel(kernelName, BACKEND);
  registerKernel(replacement);
}

/** A kernel that names the one it replaced, so that none is replaced twice. */
interface Replacement extends KernelConfig {
  readonly replaced: KernelConfig;
}

function kernelOf(kernelName: string): KernelConfig | undefined {
  return getKernel(kernelName, BACKEND);
}

/** The registry does not know the types of a kernel's inputs and attributes. */
function run<Inputs, Attrs, Result extends Tensor | undefined>(
  compute: Computation<Inputs, Attrs, Result>,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap | undefined,
): Result {
  return tidy(() => compute(inputs as Inputs, attrs as Attrs) as Tensor) as Result;
}
