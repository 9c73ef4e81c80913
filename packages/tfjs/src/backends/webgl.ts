/**
 * The kernels for TensorFlow.js's webgl backend, as programs that it runs on its textures. Forward is one program: a fragment is a window. Backward
 * gathers, a fragment being an input that adds up what its windows give it; each window's maximum, sum and mean are found once, by a program before
 * that, since every input would otherwise work them out again for all the windows that hold it. Channels that share weights have one logit a position,
 * which is found first.
 *
 * Shapes, windows and β are uniforms, so that programs differ only by the operator, by whether a window has over 64 taps, and by how the backend folds long
 * tensors into textures: a network's poolings have a few between them. Programs made for each window and shape would be compiled, which takes a driver
 * long, for every layer and every size of image. A window is added up by one fragment, however large it is.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type PoolProblem, SOFT_POOL, SOFT_POOL_GRAD } from '../ops/kernel.ts';
import { type Problem, problemOf } from './webgl/problem.ts';
import {
  centresProgram,
  forwardProgram,
  gradientProgram,
  positionsProgram,
  pullsProgram,
  statisticsProgram,
  type WebGlProgram,
} from './webgl/programs.ts';

/** What is used of the webgl backend. */
interface WebGlBackend {
  readonly texData: { get(id: object): { readonly isPacked?: boolean } };
  runWebGLProgram(program: WebGlProgram, inputs: tf.TensorInfo[], dtype: 'float32', uniforms: number[][]): tf.TensorInfo;
  unpackTensor(tensor: tf.TensorInfo): tf.TensorInfo;
  disposeIntermediateTensorInfo(tensor: tf.TensorInfo): void;
}

for (const kernelName of [SOFT_POOL, SOFT_POOL_GRAD]) {
  tf.registerKernel({
    kernelName,
    backendName: 'webgl',
    kernelFunc: ({ inputs, backend, attrs }) => {
      checkVersion();
      const { x, dy } = inputs as { x: tf.TensorInfo; dy?: tf.TensorInfo };
      const { options, geometry } = attrs as unknown as PoolProblem;
      const { dataId, dtype } = run(backend as unknown as WebGlBackend, problemOf(geometry, options), x, dy);
      return { dataId, dtype, shape: [...(dy === undefined ? geometry.outputShape : geometry.inputShape)] };
    },
  });
}

function run(backend: WebGlBackend, problem: Problem, x: tf.TensorInfo, dy: tf.TensorInfo | undefined): tf.TensorInfo {
  const temporary: tf.TensorInfo[] = [];
  const kept = (tensor: tf.TensorInfo): tf.TensorInfo => {
    temporary.push(tensor);
    return tensor;
  };
  /** The elements in a row: of a texture that is not packed every shape is a view. */
  const flat = (tensor: tf.TensorInfo): tf.TensorInfo => {
    const { isPacked = false } = backend.texData.get(tensor.dataId);
    const { dataId, dtype, shape } = isPacked ? kept(backend.unpackTensor(tensor)) : tensor;
    return { dataId, dtype, shape: [tf.util.sizeFromShape(shape)] };
  };
  const result = (program: WebGlProgram, ...inputs: tf.TensorInfo[]): tf.TensorInfo =>
    backend.runWebGLProgram(program, inputs, 'float32', problem.uniforms);
  const step = (program: WebGlProgram, ...inputs: tf.TensorInfo[]): tf.TensorInfo => flat(kept(result(program, ...inputs)));
  try {
    const input = flat(x);
    const positions = problem.isShared ? [step(positionsProgram(problem), input)] : [];
    if (dy === undefined) return result(forwardProgram(problem), input, ...positions);
    const gradient = flat(dy);
    const statistics = step(statisticsProgram(problem), ...(problem.isShared ? positions : [input]));
    const pulls: tf.TensorInfo[] = [];
    if (problem.isShared && problem.isExact) {
      const centres = step(centresProgram(problem), input, ...positions);
      pulls.push(step(pullsProgram(problem), input, gradient, statistics, centres));
    }
    return result(gradientProgram(problem), input, gradient, ...positions, statistics, ...pulls);
  } finally {
    for (const tensor of temporary) backend.disposeIntermediateTensorInfo(tensor);
  }
}

/** The programs tell NaN and infinities by their bits, which WebGL 1 does not show. */
function checkVersion(): void {
  const version = tf.env().getNumber('WEBGL_VERSION');
  if (version !== 2) {
    throw new Error(
      `softPool: TensorFlow.js's webgl backend must run on WebGL 2, here it is WebGL ${version}; choose another by tf.setBackend('wasm')`,
    );
  }
}
