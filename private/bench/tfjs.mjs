// Soft pooling in TensorFlow.js beside the pooling that TensorFlow.js has, on each of its backends that Node has, and within a network that is
// trained: npm run bench:tfjs
import { cpus } from 'node:os';
import { createBackbone } from '@softpool/models';
import { softPool2d, softPool3d } from '@softpool/tfjs';
import '@softpool/tfjs/wasm-training';
import '@softpool/tfjs/webgpu';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { markdownTable } from 'markdown-table';
import { factsOf } from './gpu/device.mjs';
import { measure, ratio } from './measure.mjs';

/** @typedef {{ title: string, shape: number[], dims: 2 | 3, size: number, stride: number, pad: 'valid' | 'same' }} Problem */

/** @type {Problem[]} */
const PROBLEMS = [
  { title: '2×2/2, [8,112,112,64]', shape: [8, 112, 112, 64], dims: 2, size: 2, stride: 2, pad: 'valid' },
  { title: '3×3/2 same, [8,112,112,64]', shape: [8, 112, 112, 64], dims: 2, size: 3, stride: 2, pad: 'same' },
  { title: '2×2/2, [32,16,16,32]', shape: [32, 16, 16, 32], dims: 2, size: 2, stride: 2, pad: 'valid' },
  { title: '2×2×2/2, [2,16,56,56,32]', shape: [2, 16, 56, 56, 32], dims: 3, size: 2, stride: 2, pad: 'valid' },
];

/** Where the peers are plain loops. @type {Problem[]} */
const SMALL_PROBLEMS = [
  { title: '2×2/2, [4,56,56,32]', shape: [4, 56, 56, 32], dims: 2, size: 2, stride: 2, pad: 'valid' },
  { title: '3×3/2 same, [4,56,56,32]', shape: [4, 56, 56, 32], dims: 2, size: 3, stride: 2, pad: 'same' },
  { title: '2×2×2/2, [1,8,28,28,32]', shape: [1, 8, 28, 28, 32], dims: 3, size: 2, stride: 2, pad: 'valid' },
];

const ROUNDS = 15;

console.log(`TensorFlow.js ${tf.version_core}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}\n`);
await tf.setBackend('wasm');
await compare('wasm', PROBLEMS);
await compareTraining();
await tf.setBackend('cpu');
await compare('cpu', SMALL_PROBLEMS);
const gpu = await openWebGpu();
if (gpu === undefined) console.log('webgpu: no GPU here');
else await compare(`webgpu, ${gpu}`, PROBLEMS);

/**
 * Prints a table: how long soft pooling takes on the backend that is set, and how the others do.
 *
 * @param {string} backend
 * @param {readonly Problem[]} problems
 */
async function compare(backend, problems) {
  const rows = [['what', 'softPool, ms', 'of avgPool', 'of maxPool', 'of the composition']];
  for (const problem of problems) {
    const { title, shape } = problem;
    // Activations as they come out of a network: half of them cut off at 0.
    const x = tf.tidy(() => tf.relu(tf.randomNormal(shape, 0, 1, 'float32', 1)));
    const { forward, backward } = subjects(problem, x);
    const dy = tf.tidy(() => tf.onesLike(forward.softPool(x)));
    for (const [name, calls] of /** @type {[string, Record<string, () => tf.Tensor>][]} */ ([
      ['forward', each(forward, (op) => () => op(x))],
      ['backward', each(backward, (op) => () => op(dy))],
      ['forward and backward', each(forward, (op) => () => tf.grad(op)(x, dy))],
    ])) {
      const { softPool, ...peers } = await measure(
        each(calls, (call) => () => finished(call)),
        { rounds: ROUNDS },
      );
      if (softPool === undefined) throw new Error('soft pooling is always measured');
      const [first, third] = softPool.quartiles;
      rows.push([
        `${title}, ${name}`,
        `${softPool.median.toFixed(2)} (${first.toFixed(2)}–${third.toFixed(2)})`,
        ...['avgPool', 'maxPool', 'composition'].map((peer) => (peers[peer] ? `${ratio(softPool, peers[peer]).toFixed(2)}×` : '')),
      ]);
    }
    tf.dispose([x, dy]);
  }
  console.log(`${backend}\n\n${markdownTable(rows, { align: ['l', 'r', 'r', 'r', 'r'] })}\n`);
  console.log(
    `Medians of ${ROUNDS} rounds and their quartiles; the others as ratios of times within a round: less than 1× is faster than the peer.\n`,
  );
}

/** Prints how long a step of training takes: ResNet-18 with a soft pool behind its stem, 2×2/2 as in the paper, and with its max pool 3×3/2. */
async function compareTraining() {
  const shape = [8, 64, 64, 3];
  const x = tf.randomNormal(shape, 0, 1, 'float32', 1);
  const labels = tf.oneHot(tf.range(0, 8, 1, 'int32'), 10);
  const optimizer = tf.train.sgd(0.01);
  const step = (/** @type {'soft' | 'max'} */ pool) => {
    const model = createBackbone('resnet18', { pool, inputShape: shape.slice(1), classes: 10 });
    return () => {
      const loss = () => tf.losses.softmaxCrossEntropy(labels, /** @type {tf.Tensor} */ (model.apply(x, { training: true })));
      optimizer.minimize(/** @type {() => tf.Scalar} */ (loss));
    };
  };
  // Networks that are the same differ by where their weights lie: the second one with max pooling says by how much.
  const { max, soft, again } = await measure({ max: step('max'), soft: step('soft'), again: step('max') }, { rounds: ROUNDS });
  const [first, third] = soft.quartiles;
  console.log(
    `A step of ResNet-18 on 8 pictures of 64×64, with the paper's soft pool: ${soft.median.toFixed(0)} ms (${first.toFixed(0)}–${third.toFixed(0)}), ` +
      `${ratio(soft, max).toFixed(3)}× of that with max pooling; a second network with max pooling: ${ratio(again, max).toFixed(3)}×\n`,
  );
}

/**
 * The poolings of a problem, forward, and backward by their kernels alone, which a composition does not have. It is SoftPool of stock ops,
 * Σ x eˣ / Σ eˣ, which overflows at x ≈ 89.
 *
 * @param {Problem} problem
 * @param {tf.Tensor} x
 */
function subjects({ dims, size, stride, pad }, x) {
  const average = (/** @type {any} */ x) => (dims === 2 ? tf.avgPool(x, size, stride, pad) : tf.avgPool3d(x, size, stride, pad));
  const largest = (/** @type {any} */ x) => (dims === 2 ? tf.maxPool(x, size, stride, pad) : tf.maxPool3d(x, size, stride, pad));
  /** @type {Record<'softPool' | 'avgPool' | 'maxPool' | 'composition', (x: tf.Tensor) => tf.Tensor>} */
  const forward = {
    softPool: (x) => (dims === 2 ? softPool2d(x, size, stride, pad) : softPool3d(x, size, stride, pad)),
    avgPool: average,
    maxPool: largest,
    composition: (x) => {
      const e = tf.exp(x);
      return tf.div(average(tf.mul(e, x)), average(e));
    },
  };
  const kernel = (/** @type {string} */ name, /** @type {tf.NamedTensorMap} */ inputs, /** @type {object} */ attrs) =>
    /** @type {tf.Tensor} */ (tf.engine().runKernel(name, inputs, /** @type {tf.NamedAttrMap} */ (attrs)));
  const windows = { filterSize: size, strides: stride, pad };
  const options = { spatialDims: dims, kernelSize: size, stride, padding: pad, layout: 'channelsLast' };
  const y = largest(x);
  /** @type {Record<string, (dy: tf.Tensor) => tf.Tensor>} */
  const backward = {
    softPool: (dy) => kernel('SoftPoolGrad', { x, dy }, { options }),
    avgPool: (dy) => kernel(dims === 2 ? 'AvgPoolGrad' : 'AvgPool3DGrad', { dy, input: x }, windows),
    maxPool: (dy) => kernel(dims === 2 ? 'MaxPoolGrad' : 'MaxPool3DGrad', { dy, input: x, output: y }, windows),
  };
  return { forward, backward };
}

/**
 * Another value for each name.
 *
 * @template V, R
 * @param {Record<string, V>} values
 * @param {(value: V) => R} of
 * @returns {Record<string, R>}
 */
function each(values, of) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, of(value)]));
}

/**
 * Runs a call and, on a GPU, waits until it has been computed.
 *
 * @param {() => tf.Tensor} call
 */
function finished(call) {
  const result = tf.tidy(call);
  if (tf.getBackend() !== 'webgpu') return result.dispose();
  const last = tf.tidy(() => tf.slice(tf.reshape(result, [-1]), result.size - 1, 1));
  result.dispose();
  return last.data().then(() => last.dispose());
}

/** Sets the webgpu backend, and says on what; nothing without a GPU. A processor that plays one is none: a call takes it a tenth of a second. */
async function openWebGpu() {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  if (adapter === null || factsOf(adapter.info).software) return undefined;
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  await import('@tensorflow/tfjs-backend-webgpu');
  await tf.setBackend('webgpu');
  return factsOf(adapter.info).name;
}
