/**
 * Training steps on TensorFlow.js's wasm backend with @softpool/tfjs/wasm-training, beside the cpu
 * backend, and its kernels beside the backend's own. The tables of docs/wasm-training.md:
 * `npm run bench:wasm-training`.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { ratio, timeInTurn } from '@softpool/experiments/internal';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { machineLine, QUICK, table, timeCell } from './table.ts';

/** The backend's own kernels, before the module replaces them. */
const own = {
  Conv3D: tf.getKernel('Conv3D', 'wasm'),
  Conv2DBackpropInput: tf.getKernel('Conv2DBackpropInput', 'wasm'),
  MaxPool3D: tf.getKernel('MaxPool3D', 'wasm'),
  MaxPool3DGrad: tf.getKernel('MaxPool3DGrad', 'wasm'),
};
await import('@softpool/tfjs/wasm-training');

const SAME = { kernelSize: 3, padding: 'same', activation: 'relu' } as const;
const stem = () => [tfl.layers.conv2d({ inputShape: [32, 32, 3], filters: 16, ...SAME }), tfl.layers.maxPooling2d({ poolSize: 2 })];

/** Networks without their classifier. */
const NETWORKS: readonly [title: string, shape: number[], layers: () => tfl.layers.Layer[]][] = [
  [
    '2-D: batch 32 of 32×32×3, two convolutions of 16 and 32',
    [32, 32, 32, 3],
    () => [...stem(), tfl.layers.conv2d({ filters: 32, ...SAME }), tfl.layers.maxPooling2d({ poolSize: 2 })],
  ],
  [
    'separable: batch 32 of 32×32×3, convolutions of 16 and, separable, 32',
    [32, 32, 32, 3],
    () => [...stem(), tfl.layers.separableConv2d({ filters: 32, ...SAME }), tfl.layers.maxPooling2d({ poolSize: 2 })],
  ],
  [
    '3-D: batch 4 of 8×16×16×3, two convolutions of 8 and 16',
    [4, 8, 16, 16, 3],
    () => [tfl.layers.conv3d({ inputShape: [8, 16, 16, 3], filters: 8, ...SAME }), tfl.layers.conv3d({ filters: 16, strides: 2, ...SAME })],
  ],
];

/** Windows of 2×2×2 that do not overlap. */
const POOLING = { filterSize: 2, strides: 2, pad: 'valid', dataFormat: 'NDHWC' };
const CLIPS = [2, 16, 56, 56, 16];
const POOLED = [2, 8, 28, 28, 16];

/** Kernels, the shapes of their inputs, and attributes other than those of most. */
const KERNELS: readonly [name: keyof typeof own, title: string, shapes: Record<string, number[]>, attrs?: tf.NamedAttrMap][] = [
  ['Conv3D', '3×3×3, [2,8,16,16,8] to 16', { x: [2, 8, 16, 16, 8], filter: [3, 3, 3, 8, 16] }],
  ['Conv3D', '3×3×3, [1,4,8,8,4] to 4', { x: [1, 4, 8, 8, 4], filter: [3, 3, 3, 4, 4] }],
  ['Conv2DBackpropInput', '3×3, [32,16,16,32] from 64', { dy: [32, 16, 16, 64], filter: [3, 3, 32, 64] }, { inputShape: [32, 16, 16, 32] }],
  ['Conv2DBackpropInput', '3×3, [4,16,16,8] from 8', { dy: [4, 16, 16, 8], filter: [3, 3, 8, 8] }, { inputShape: [4, 16, 16, 8] }],
  ['MaxPool3D', `2×2×2/2, [${CLIPS}]`, { x: CLIPS }, POOLING],
  ['MaxPool3DGrad', `2×2×2/2, [${CLIPS}]`, { dy: POOLED, input: CLIPS, output: POOLED }, POOLING],
];

console.log(`TensorFlow.js ${tf.version_core}. ${machineLine()}\n`);
const steps: string[][] = [];
for (const [title, shape, layers] of QUICK ? NETWORKS.slice(2) : NETWORKS) {
  const calls = { wasm: await stepOf('wasm', shape, layers()), cpu: await stepOf('cpu', shape, layers()) };
  const { wasm, cpu } = await timeInTurn(calls, { rounds: QUICK ? 1 : 7, sampleMilliseconds: 5 });
  steps.push([title, timeCell(wasm), timeCell(cpu), `${ratio(cpu, wasm).toFixed(0)}×`]);
}
console.log(`${table(['a training step', 'wasm, ms', 'cpu, ms', 'cpu ÷ wasm'], steps)}\n`);

await tf.setBackend('wasm');
const kernels: string[][] = [];
for (const [name, title, shapes, attrs] of KERNELS) {
  const { ours, theirs } = await timeInTurn(kernelCalls(name, shapes, attrs), { rounds: QUICK ? 2 : 25, sampleMilliseconds: 5 });
  kernels.push([`${name}, ${title}`, timeCell(ours), timeCell(theirs), `${ratio(theirs, ours).toFixed(1)}×`]);
}
console.log(`${table(['a kernel', 'ours, ms', "the backend's own, ms", 'own ÷ ours'], kernels)}\n`);
console.log('Medians with quartiles in brackets. Ratios are medians of the ratios within a round.');

/** A step of a network on a backend: forward, backward, update. */
async function stepOf(backend: string, shape: number[], layers: tfl.layers.Layer[]): Promise<() => Promise<void>> {
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

function kernelCalls(name: keyof typeof own, shapes: Record<string, number[]>, others: tf.NamedAttrMap = {}) {
  const kernel = own[name];
  if (kernel === undefined) throw new Error(`the wasm backend has no kernel ${name}`);
  const tensors = Object.entries(shapes).map(([input, shape]) => [input, tf.randomNormal(shape, 0, 1, 'float32', 1)]);
  const inputs: tf.NamedTensorMap = Object.fromEntries(tensors);
  const attrs = { strides: 1, pad: 'same', dilations: 1, dataFormat: 'NHWC', ...others };
  const backend = tf.backend();
  return {
    ours: () => tf.dispose(tf.engine().runKernel(name, inputs, attrs)),
    theirs: () => {
      for (const { dataId } of [kernel.kernelFunc({ inputs, attrs, backend })].flat()) backend.disposeData(dataId);
    },
  };
}
