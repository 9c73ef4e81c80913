// What is measured: SoftPool's calls, and what people use today, each given its tensors where it likes them best.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import ort from 'onnxruntime-node';
import { poolModel } from './onnx-models.mjs';

/**
 * @typedef {import('softpool').Tensor<Float32Array>} Tensor
 * @typedef {import('softpool').ThreadedSoftPool} ThreadedSoftPool
 * @typedef {{ kernelSize: number, stride: number, padding?: number, layout?: import('softpool').Layout }} Options
 */

/**
 * The same numbers in the memory of a pool.
 *
 * @param {ThreadedSoftPool} pool
 * @param {Tensor} tensor
 * @returns {Tensor}
 */
export function inPool(pool, { data, shape }) {
  const tensor = pool.allocate(shape, 'float32');
  tensor.data.set(data);
  return tensor;
}

/**
 * A call of a pool whose result, in the pool's memory, is given back at once.
 *
 * @param {ThreadedSoftPool} pool
 * @param {Promise<Tensor>} result
 */
export async function discard(pool, result) {
  pool.free(await result);
}

/** TensorFlow.js on its WebAssembly backend: SIMD, one thread in Node. It takes channelsLast only. */
export async function startTensorFlow() {
  await tf.setBackend('wasm');
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')))
    throw new Error('TensorFlow.js has no SIMD here: the comparison would mean nothing');
  return {
    /** @param {Tensor} tensor - `[N, H, W, C]`. */
    tensor: ({ data, shape }) => tf.tensor4d(data, /** @type {[number, number, number, number]} */ (shape)),
    /** @type {(x: tf.Tensor4D, options: Options) => void} */
    averagePool: (x, { kernelSize, stride, padding = 0 }) => tf.avgPool(x, kernelSize, stride, padding, 'floor').dispose(),
    /** @type {(x: tf.Tensor4D, options: Options) => void} */
    maxPool: (x, { kernelSize, stride, padding = 0 }) => tf.maxPool(x, kernelSize, stride, padding, 'floor').dispose(),
    /**
     * SoftPool as it is composed of stock operations: Σ x eˣ / Σ eˣ. It overflows at x ≈ 89.
     *
     * @type {(x: tf.Tensor4D, options: Options) => void}
     */
    composition: (x, { kernelSize, stride, padding = 0 }) =>
      tf
        .tidy(() => {
          const e = tf.exp(x);
          const numerator = tf.avgPool(/** @type {tf.Tensor4D} */ (tf.mul(e, x)), kernelSize, stride, padding, 'floor');
          return tf.div(numerator, tf.avgPool(/** @type {tf.Tensor4D} */ (e), kernelSize, stride, padding, 'floor'));
        })
        .dispose(),
  };
}

/**
 * ONNX Runtime, natively compiled, on one thread, with its output's memory given to it. It takes channelsFirst only.
 *
 * @param {'AveragePool' | 'MaxPool'} operator
 * @param {Tensor} x
 * @param {Options} options
 * @param {number[]} outputShape
 * @returns {Promise<() => Promise<unknown>>}
 */
export async function onnxPool(operator, { data, shape }, options, outputShape) {
  const model = poolModel(operator, shape, options);
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' });
  const x = new ort.Tensor('float32', data, shape);
  const y = new ort.Tensor('float32', new Float32Array(outputShape.reduce((size, length) => size * length, 1)), outputShape);
  return () => session.run({ x }, { y });
}
