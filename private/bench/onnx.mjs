// Soft pooling in ONNX Runtime: the forms in which it can be written with standard operators, beside the runtime's own pooling and our kernels, and
// what it costs within a network: npm run bench:onnx
import { createBackbone } from '@softpool/models';
import { swapPooling } from '@softpool/onnx';
import { toOnnx } from '@softpool/onnx/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import ort from 'onnxruntime-node';
import { createThreadedSoftPool } from 'softpool';
import { activations } from './activations.mjs';
import { measure, ratio } from './measure.mjs';
import { paddedByPool, phasesModel, poolModel, reshapedModel, softmaxModel, stackedModel } from './onnx-models.mjs';
import { discard, inPool } from './subjects.mjs';
import { machine, table } from './tables.mjs';

const ROUNDS = 25;

/** @typedef {import('./onnx-models.mjs').Window} Window */

console.log(`ONNX Runtime ${ort.env.versions.common}, cpu, one thread. ${machine()}\n`);
await compareForms('2×2/2', [1, 64, 112, 112], { kernelSize: 2, stride: 2 });
await compareForms('2×2/2', [8, 64, 112, 112], { kernelSize: 2, stride: 2 });
await compareForms('3×3/2 pad 1', [1, 64, 112, 112], { kernelSize: 3, stride: 2, padding: 1 });
await compareForms('3×3/2 pad 1', [8, 64, 112, 112], { kernelSize: 3, stride: 2, padding: 1 });
await compareForms('5×5/1 pad 2', [1, 64, 28, 28], { kernelSize: 5, stride: 1, padding: 2 });
await compareNetworks('resnet18');
await compareNetworks('resnet50');

/**
 * Prints a table of the forms on one tensor.
 *
 * @param {string} title
 * @param {number[]} shape
 * @param {Window} window
 */
async function compareForms(title, shape, window) {
  const x = activations(shape);
  const max = poolModel('MaxPool', shape, window);
  /** @type {Record<string, Uint8Array>} */
  const models = {
    'ONNX Runtime MaxPool': max,
    'ONNX Runtime AveragePool': poolModel('AveragePool', shape, window),
    'soft, as @softpool/onnx writes it, a function': swapPooling(max, { window: 'same' }).model,
    'soft, the same, inline': swapPooling(max, { window: 'same', inline: true }).model,
    ...(window.stride === 2 ? { 'soft, columns parted by one Transpose': phasesModel(shape, window) } : {}),
    'soft, taps stacked by Concat': stackedModel(shape, window),
    ...(window.stride === window.kernelSize ? { 'soft, taps stacked by Reshape and Transpose': reshapedModel(shape, window) } : {}),
    ...(window.padding === undefined ? { 'soft, Concat and Softmax': softmaxModel(shape, window) } : {}),
  };
  const pool = await createThreadedSoftPool({ threads: 1 });
  const ours = inPool(pool, x);
  /** @type {Record<string, () => unknown>} */
  const subjects = { "SoftPool's own kernel, WebAssembly": () => discard(pool, pool.softPool2d(ours, window)) };
  const expected = await pool.softPool2d(ours, window);
  for (const [name, model] of Object.entries(models)) {
    const run = await sessionOf(model, x);
    if (name.startsWith('soft')) checkEqual(name, (await run()).y?.data, expected.data);
    subjects[name] = run;
  }
  const timings = await measure(subjects, { rounds: ROUNDS });
  pool.dispose();
  printTimings(`${title}, [${shape}]`, timings, 'ONNX Runtime MaxPool');
}

/**
 * Prints how long a network takes with each pool in its stem. The one without change, once more, says how far two figures of the same are apart.
 *
 * @param {'resnet18' | 'resnet50'} name
 */
async function compareNetworks(name) {
  await tf.setBackend('wasm');
  const network = createBackbone(name, { pool: 'max' });
  const max = paddedByPool(await toOnnx(network, { layout: 'channelsFirst' }));
  network.dispose();
  const x = activations([1, 3, 224, 224]);
  const timings = await measure(
    {
      'max 3×3/2 pad 1': await sessionOf(max, x),
      'the same, once more': await sessionOf(max, x),
      'soft 2×2/2, as in the paper': await sessionOf(swapPooling(max).model, x),
      'soft 3×3/2 pad 1': await sessionOf(swapPooling(max, { window: 'same' }).model, x),
    },
    { rounds: ROUNDS },
  );
  printTimings(`${name}, [1,3,224,224], the pool of its stem`, timings, 'max 3×3/2 pad 1');
}

/**
 * @param {string} title
 * @param {Record<string, import('./measure.mjs').Timing>} timings
 * @param {string} peer - The one that the others are compared with.
 */
function printTimings(title, timings, peer) {
  const base = timings[peer];
  if (base === undefined) throw new Error(`${peer} is always measured`);
  const rows = Object.entries(timings).map(([name, timing]) => [
    name,
    timing.median.toFixed(2),
    timing.quartiles.map((quartile) => quartile.toFixed(2)).join('–'),
    `${ratio(timing, base).toPrecision(4)}×`,
  ]);
  console.log(`${table([title, 'ms, median', 'quartiles', 'of max'], rows, 'lrrr')}\n`);
}

/** Throws, if they are not the same numbers but for rounding: what computes something else is no peer. @param {string} name @param {unknown} y @param {Float32Array} expected */
function checkEqual(name, y, expected) {
  const isEqual =
    y instanceof Float32Array && y.length === expected.length && y.every((value, i) => Math.abs(value - (expected[i] ?? 0)) < 1e-5);
  if (!isEqual) throw new Error(`${name}: not the numbers of SoftPool`);
}

/**
 * A run of a model of one input.
 *
 * @param {Uint8Array} model
 * @param {import('softpool').Tensor<Float32Array>} x
 */
async function sessionOf(model, { data, shape }) {
  const options = /** @type {const} */ ({ intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential', logSeverityLevel: 3 });
  const session = await ort.InferenceSession.create(model, options);
  const [name = ''] = session.inputNames;
  const input = new ort.Tensor('float32', data, [...shape]);
  return () => session.run({ [name]: input });
}
