/**
 * The kernels for TensorFlow.js's webgl backend: programs that run on its textures. The forward
 * pass is one program, with a fragment per window. The backward pass gathers: a fragment is an
 * input, and adds up what its windows contribute. A program before it finds the maximum, sum and
 * mean of each window once; otherwise every input would compute them again for each of its windows.
 * If channels share weights, a program before that finds the one logit of each position.
 *
 * Shapes, windows and β are uniforms. So programs differ only by the operator, by whether a window
 * has more than 64 taps, and by how the backend folds long tensors into textures, and all poolings
 * of a network need only a few. A program per window and shape would have to be compiled for every
 * layer and image size, which is slow in drivers. One fragment adds up a window of any size.
 */
import * as tf from '@tensorflow/tfjs-core';
import { registerKernels } from '../ops/kernel.ts';
import { type Problem, problemOf } from './webgl/problem.ts';
import {
  centersProgram,
  forwardProgram,
  gradientProgram,
  logitGradientsProgram,
  positionsProgram,
  statisticsProgram,
  type WebGlProgram,
} from './webgl/programs.ts';

/** The part of the webgl backend that the kernels use. */
interface WebGlBackend {
  readonly texData: { get(id: object): { readonly isPacked?: boolean } };
  runWebGLProgram(program: WebGlProgram, inputs: tf.TensorInfo[], dtype: 'float32', uniforms: number[][]): tf.TensorInfo;
  unpackTensor(tensor: tf.TensorInfo): tf.TensorInfo;
  disposeIntermediateTensorInfo(tensor: tf.TensorInfo): void;
}

registerKernels('webgl', (backend, { options, geometry }, x, dy) => {
  checkVersion();
  const { dataId, dtype } = run(backend as WebGlBackend, problemOf(geometry, options), x, dy);
  return { dataId, dtype, shape: [...(dy === undefined ? geometry.outputShape : geometry.inputShape)] };
});

function run(backend: WebGlBackend, problem: Problem, x: tf.TensorInfo, dy: tf.TensorInfo | undefined): tf.TensorInfo {
  const temporary: tf.TensorInfo[] = [];
  const kept = (tensor: tf.TensorInfo): tf.TensorInfo => {
    temporary.push(tensor);
    return tensor;
  };
  /** The elements as one axis. A texture that is not packed can be read in any shape. */
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
    const logitGradients: tf.TensorInfo[] = [];
    if (problem.isShared && problem.isExact) {
      const centers = step(centersProgram(problem), input, ...positions);
      logitGradients.push(step(logitGradientsProgram(problem), input, gradient, statistics, centers));
    }
    return result(gradientProgram(problem), input, gradient, ...positions, statistics, ...logitGradients);
  } finally {
    for (const tensor of temporary) backend.disposeIntermediateTensorInfo(tensor);
  }
}

/** The programs recognize NaN and infinities by their bits, which WebGL 1 does not expose. */
function checkVersion(): void {
  const version = tf.env().getNumber('WEBGL_VERSION');
  if (version !== 2) {
    throw new Error(
      `softPool: TensorFlow.js's webgl backend must run on WebGL 2, not WebGL ${version}; choose another with tf.setBackend('wasm')`,
    );
  }
}
