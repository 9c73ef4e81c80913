/**
 * The two kernels, forward and backward, for all windows: their names, their attributes, and the
 * gradient. The files in `backends/` register them. TensorFlow.js then runs, records, profiles and
 * disposes as with its own ops.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { GradientOptions, PoolGeometry, PoolGeometryOptions } from 'softpool';

/** Computes the output from `{ x }`. */
export const SOFT_POOL = 'SoftPool';

/** Computes dL/dx from `{ x, dy }`. */
const SOFT_POOL_GRAD = 'SoftPoolGrad';

/** The windows and the operator, in the words of `softpool`. */
export type PoolOptions = PoolGeometryOptions & GradientOptions;

/** What a kernel computes: the attributes of both. */
export interface PoolProblem {
  /** Checked options. */
  readonly options: PoolOptions;
  /** Their geometry for the shape of x. */
  readonly geometry: PoolGeometry;
}

/**
 * The import that registers the kernels for a backend. The main entry registers those for cpu and
 * wasm.
 */
const IMPORTS: Readonly<Record<string, string>> = { webgl: '@softpool/tfjs/webgl', webgpu: '@softpool/tfjs/webgpu' };

/** Computes the output from x, or dL/dx from x and dy, on a backend. */
type Compute = (backend: unknown, problem: PoolProblem, x: tf.TensorInfo, dy: tf.TensorInfo | undefined) => tf.TensorInfo;

/** Registers both kernels for a backend. Results of an empty batch are made here. */
export function registerKernels(backendName: string, compute: Compute): void {
  for (const kernelName of [SOFT_POOL, SOFT_POOL_GRAD]) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, backend, attrs }) => {
        const { x, dy } = inputs as { x: tf.TensorInfo; dy?: tf.TensorInfo };
        const problem = attrs as unknown as PoolProblem;
        const { batch, inputShape, outputShape } = problem.geometry;
        if (batch > 0) return compute(backend, problem, x, dy);
        const shape = [...(dy === undefined ? outputShape : inputShape)];
        const dataId = (backend as tf.KernelBackend).write(new Float32Array(0), shape, 'float32');
        return { dataId, shape, dtype: 'float32' };
      },
    });
  }
}

/** Runs the forward kernel on the current backend, with its gradient. */
export function runSoftPool(call: string, x: tf.Tensor, problem: PoolProblem): tf.Tensor {
  return run(call, SOFT_POOL, { x }, problem);
}

/** Runs the backward kernel. */
export function runSoftPoolGrad(call: string, x: tf.Tensor, dy: tf.Tensor, problem: PoolProblem): tf.Tensor {
  return run(call, SOFT_POOL_GRAD, { x, dy }, problem);
}

function run(call: string, kernel: string, inputs: tf.NamedTensorMap, problem: PoolProblem): tf.Tensor {
  tf.backend(); // chooses one if none is chosen yet
  const backend = tf.getBackend();
  if (tf.getKernel(kernel, backend) === undefined) throw new Error(`${call}: ${missing(backend)}`);
  return tf.engine().runKernel(kernel, inputs, problem as unknown as tf.NamedAttrMap) as tf.Tensor;
}

function missing(backend: string): string {
  const entry = IMPORTS[backend];
  return entry === undefined
    ? `TensorFlow.js's backend '${backend}' has no kernel: call tf.setBackend with 'wasm', 'webgpu', 'webgl' or 'cpu'`
    : `the kernel for TensorFlow.js's backend '${backend}' is missing: import '${entry}'`;
}

tf.registerGradient({
  kernelName: SOFT_POOL,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => ({
    x: () => runSoftPoolGrad('softPool', x as tf.Tensor, dy as tf.Tensor, attrs as unknown as PoolProblem),
  }),
});

tf.registerGradient({
  kernelName: SOFT_POOL_GRAD,
  inputsToSave: [],
  gradFunc: () => {
    throw new Error('softPool: second derivatives are not available; compute them as differences of tf.grad');
  },
});
