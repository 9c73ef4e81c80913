// A training step on TensorFlow.js's wasm backend with @softpool/tfjs/wasm-training, beside the cpu backend and beside the convolutions that
// the wasm backend has: npm run bench:wasm-training
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { cpus } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { markdownTable } from 'markdown-table';
import { measure, ratio } from './measure.mjs';

/** The backend's own kernels, as they are before the module replaces them. */
const [ownConvolution, ownInputGradient] = ['Conv3D', 'Conv2DBackpropInput'].map((name) => tf.getKernel(name, 'wasm'));
await import('@softpool/tfjs/wasm-training');

console.log(`TensorFlow.js ${tf.version_core}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}\n`);

const steps = [
  await stepRow('2-D: batch 32 of 32×32×3, two convolutions of 16 and 32', [32, 32, 32, 3], () => [
    tfl.layers.conv2d({ inputShape: [32, 32, 3], filters: 16, kernelSize: 3, padding: 'same', activation: 'relu' }),
    tfl.layers.maxPooling2d({ poolSize: 2 }),
    tfl.layers.conv2d({ filters: 32, kernelSize: 3, padding: 'same', activation: 'relu' }),
    tfl.layers.maxPooling2d({ poolSize: 2 }),
  ]),
  await stepRow('separable: batch 32 of 32×32×3, convolutions of 16 and, separable, 32', [32, 32, 32, 3], () => [
    tfl.layers.conv2d({ inputShape: [32, 32, 3], filters: 16, kernelSize: 3, padding: 'same', activation: 'relu' }),
    tfl.layers.maxPooling2d({ poolSize: 2 }),
    tfl.layers.separableConv2d({ filters: 32, kernelSize: 3, padding: 'same', activation: 'relu' }),
    tfl.layers.maxPooling2d({ poolSize: 2 }),
  ]),
  await stepRow('3-D: batch 4 of 8×16×16×3, two convolutions of 8 and 16', [4, 8, 16, 16, 3], () => [
    tfl.layers.conv3d({ inputShape: [8, 16, 16, 3], filters: 8, kernelSize: 3, padding: 'same', activation: 'relu' }),
    tfl.layers.conv3d({ filters: 16, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
  ]),
];
print(['a training step', 'wasm, ms', 'cpu, ms', 'cpu ÷ wasm'], steps);

await tf.setBackend('wasm');
print(
  ['a kernel', 'ours, ms', "the backend's own, ms", 'own ÷ ours'],
  [
    await kernelRow('Conv3D, 3×3×3, [2,8,16,16,8] to 16', ownConvolution, { x: [2, 8, 16, 16, 8], filter: [3, 3, 3, 8, 16] }),
    await kernelRow('Conv3D, 3×3×3, [1,4,8,8,4] to 4', ownConvolution, { x: [1, 4, 8, 8, 4], filter: [3, 3, 3, 4, 4] }),
    await kernelRow(
      'Conv2DBackpropInput, 3×3, [32,16,16,32] from 64',
      ownInputGradient,
      { dy: [32, 16, 16, 64], filter: [3, 3, 32, 64] },
      [32, 16, 16, 32],
    ),
    await kernelRow(
      'Conv2DBackpropInput, 3×3, [4,16,16,8] from 8',
      ownInputGradient,
      { dy: [4, 16, 16, 8], filter: [3, 3, 8, 8] },
      [4, 16, 16, 8],
    ),
  ],
);
console.log('Medians and, in brackets, quartiles; ratios are medians of the ratios within a round.');

/**
 * @param {string} title
 * @param {number[]} shape
 * @param {() => tfl.layers.Layer[]} layers - Without the classifier at the end.
 */
async function stepRow(title, shape, layers) {
  const { wasm, cpu } = await measure(
    { wasm: await step('wasm', shape, layers()), cpu: await step('cpu', shape, layers()) },
    { rounds: 7 },
  );
  return [title, show(wasm), show(cpu), `${ratio(cpu, wasm).toFixed(0)}×`];
}

/**
 * A step of a network on a backend: forward, backward, update.
 *
 * @param {string} backend
 * @param {number[]} shape
 * @param {tfl.layers.Layer[]} layers
 */
async function step(backend, shape, layers) {
  await tf.setBackend(backend);
  const classifier = [tfl.layers.flatten(), tfl.layers.dense({ units: 10, activation: 'softmax' })];
  const model = tfl.sequential({ layers: [...layers, ...classifier] });
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
  const x = tf.randomNormal(shape, 0, 1, 'float32', 1);
  const labels = tf.oneHot(tf.range(0, Number(shape[0]), 1, 'int32'), 10);
  return async () => {
    await tf.setBackend(backend);
    await model.trainOnBatch(x, labels);
  };
}

/**
 * @param {string} title
 * @param {tf.KernelConfig | undefined} own
 * @param {Record<string, number[]>} shapes
 * @param {number[]} [inputShape]
 */
async function kernelRow(title, own, shapes, inputShape = []) {
  if (own === undefined) throw new Error(`${title}: the wasm backend has no such kernel`);
  const inputs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, tf.randomNormal(shape, 0, 1, 'float32', 1)]));
  const attrs = { strides: 1, pad: 'same', dilations: 1, dataFormat: 'NHWC', inputShape };
  const backend = /** @type {tf.KernelBackend} */ (tf.backend());
  const timings = await measure({
    ours: () => tf.dispose(tf.engine().runKernel(own.kernelName, inputs, attrs)),
    own: () => {
      for (const { dataId } of [own.kernelFunc({ inputs, attrs, backend })].flat()) backend.disposeData(dataId);
    },
  });
  return [title, show(timings.ours), show(timings.own), `${ratio(timings.own, timings.ours).toFixed(1)}×`];
}

/** @param {import('./measure.mjs').Timing} timing */
function show({ median, quartiles: [first, third] }) {
  return `${median.toFixed(2)} (${first.toFixed(2)}–${third.toFixed(2)})`;
}

/**
 * @param {string[]} heading
 * @param {string[][]} rows
 */
function print(heading, rows) {
  console.log(`${markdownTable([heading, ...rows], { align: ['l', 'r', 'r', 'r'] })}\n`);
}
