/**
 * The kernels' names, what they are told, and their gradient: one pair for all windows. Backends register themselves in `backends/`; TensorFlow.js
 * then runs, records, profiles and disposes as with any op of its own.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { GradientOptions, PoolGeometryOptions } from 'softpool';

/** The output of soft pooling from `{ x }`. */
export const SOFT_POOL = 'SoftPool';

/** dL/dx from `{ x, dy }`. */
export const SOFT_POOL_GRAD = 'SoftPoolGrad';

/** What a kernel computes: the windows and the operator, checked, in the words of `softpool`. */
export type PoolOptions = PoolGeometryOptions & GradientOptions;

/** The attributes of both kernels. */
export interface SoftPoolAttrs {
  readonly options: PoolOptions;
}

/** The import that brings the kernels to a backend of TensorFlow.js; cpu and wasm come with this package's main entry. */
const IMPORTS: Readonly<Record<string, string>> = { webgl: '@softpool/tfjs/webgl', webgpu: '@softpool/tfjs/webgpu' };

/** Runs the forward kernel on the current backend, so that its gradient is known. */
export function runSoftPool(call: string, x: tf.Tensor, options: PoolOptions): tf.Tensor {
  return run(call, SOFT_POOL, { x }, options);
}

/** Runs the backward kernel. */
export function runSoftPoolGrad(call: string, x: tf.Tensor, dy: tf.Tensor, options: PoolOptions): tf.Tensor {
  return run(call, SOFT_POOL_GRAD, { x, dy }, options);
}

function run(call: string, kernel: string, inputs: tf.NamedTensorMap, options: PoolOptions): tf.Tensor {
  tf.backend(); // chooses one, where none was chosen yet
  const backend = tf.getBackend();
  if (tf.getKernel(kernel, backend) === undefined) throw new Error(`${call}: ${missing(backend)}`);
  const attrs: SoftPoolAttrs = { options };
  return tf.engine().runKernel(kernel, inputs, attrs as unknown as tf.NamedAttrMap) as tf.Tensor;
}

function missing(backend: string): string {
  const entry = IMPORTS[backend];
  return entry === undefined
    ? `TensorFlow.js's backend '${backend}' has no kernel for soft pooling; choose another by tf.setBackend('wasm'), 'webgpu', 'webgl' or 'cpu'`
    : `the kernel for TensorFlow.js's backend '${backend}' is missing: import '${entry}'`;
}

tf.registerGradient({
  kernelName: SOFT_POOL,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => ({
    x: () => runSoftPoolGrad('softPool', x as tf.Tensor, dy as tf.Tensor, (attrs as unknown as SoftPoolAttrs).options),
  }),
});

tf.registerGradient({
  kernelName: SOFT_POOL_GRAD,
  inputsToSave: [],
  gradFunc: () => {
    throw new Error(
      'softPool: second derivatives are not available: the gradient of soft pooling has none of its own; compute them by differences of tf.grad',
    );
  },
});
