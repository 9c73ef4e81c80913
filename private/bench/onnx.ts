/**
 * Soft pooling in ONNX Runtime: its forms of standard operators beside the runtime's own pooling
 * and our kernels, and its cost within a network. The tables of docs/onnx.md: `npm run bench:onnx`.
 */
import { ratio, type TimedCall, timeInTurn } from '@softpool/experiments/internal';
import { createBackbone } from '@softpool/models';
import { swapPooling } from '@softpool/onnx';
import { toOnnx } from '@softpool/onnx/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import ort from 'onnxruntime-node';
import { softPool2d } from 'softpool';
import { paddedByPool, phasesModel, poolModel, reshapedModel, softmaxModel, stackedModel } from './onnx-models.ts';
import { activations, problemName, problemOf, type Window } from './problem.ts';
import { onnxSession, openMemory, pooled } from './subjects.ts';
import { machineLine, QUICK, table, timeCells } from './table.ts';

const MAX = 'ONNX Runtime MaxPool';
const SIZE = QUICK ? 16 : 112;
const BATCH = QUICK ? 2 : 8;

/** Shapes and windows on which the forms are compared. */
const PROBLEMS: readonly [shape: readonly number[], window: Window][] = [
  [[1, 64, SIZE, SIZE], { kernelSize: 2, stride: 2 }],
  [[BATCH, 64, SIZE, SIZE], { kernelSize: 2, stride: 2 }],
  [[1, 64, SIZE, SIZE], { kernelSize: 3, stride: 2, padding: 1 }],
  [[BATCH, 64, SIZE, SIZE], { kernelSize: 3, stride: 2, padding: 1 }],
  [[1, 64, SIZE / 4, SIZE / 4], { kernelSize: 5, stride: 1, padding: 2 }],
];

console.log(`ONNX Runtime ${ort.env.versions.common}, cpu, one thread. ${machineLine()}\n`);
for (const [shape, window] of PROBLEMS) await compareForms(shape, window);
for (const name of ['resnet18', 'resnet50'] as const) await compareNetworks(name);

/** The forms of soft pooling as models, by their labels. */
function formsOf(shape: readonly number[], window: Window): Record<string, Uint8Array> {
  const max = poolModel('MaxPool', shape, window);
  return {
    'soft, as @softpool/onnx writes it, a function': swapPooling(max, { window: 'same' }).model,
    'soft, the same, inline': swapPooling(max, { window: 'same', inline: true }).model,
    ...(window.stride === 2 && { 'soft, columns separated by one Transpose': phasesModel(shape, window) }),
    'soft, taps stacked by Concat': stackedModel(shape, window),
    ...(window.stride === window.kernelSize && { 'soft, taps stacked by Reshape and Transpose': reshapedModel(shape, window) }),
    ...(window.padding === undefined && { 'soft, Concat and Softmax': softmaxModel(shape, window) }),
  };
}

async function compareForms(shape: readonly number[], window: Window): Promise<void> {
  const memory = openMemory();
  const problem = problemOf(shape, window);
  const calls: Record<string, TimedCall> = {
    "SoftPool's own kernel, WebAssembly": await pooled(1)(problem, memory),
    [MAX]: await onnxSession(poolModel('MaxPool', shape, window), shape),
    'ONNX Runtime AveragePool': await onnxSession(poolModel('AveragePool', shape, window), shape),
  };
  const expected = softPool2d(activations(shape), window).data;
  for (const [label, model] of Object.entries(formsOf(shape, window))) {
    const run = await onnxSession(model, shape);
    const y = await run();
    const isEqual = y.length === expected.length && y.every((value, i) => Math.abs(value - (expected[i] ?? 0)) < 1e-5);
    if (!isEqual) throw new Error(`${label}: not the numbers of SoftPool`);
    calls[label] = run;
  }
  await printTimes(problemName(problem), calls, MAX);
  memory.close();
}

/** A network with each pool in its stem. The first one is measured twice, to show the noise. */
async function compareNetworks(name: 'resnet18' | 'resnet50'): Promise<void> {
  await tf.setBackend('wasm');
  const network = createBackbone(name, { pool: 'max' });
  const max = paddedByPool(await toOnnx(network, { layout: 'channelsFirst' }));
  network.dispose();
  const shape = [1, 3, 224, 224];
  const calls = {
    'max 3×3/2 pad 1': await onnxSession(max, shape),
    'the same, once more': await onnxSession(max, shape),
    'soft 2×2/2, as in the paper': await onnxSession(swapPooling(max).model, shape),
    'soft 3×3/2 pad 1': await onnxSession(swapPooling(max, { window: 'same' }).model, shape),
  };
  await printTimes(`${name}, [${shape}], the pool of its stem`, calls, 'max 3×3/2 pad 1');
}

/** Measures, and prints a table in which all are compared with `peer`. */
async function printTimes(title: string, calls: Record<string, TimedCall>, peer: string): Promise<void> {
  const times = await timeInTurn(calls, QUICK ? { rounds: 2, sampleMilliseconds: 0.5 } : { rounds: 25, sampleMilliseconds: 5 });
  const rows = Object.entries(times).map(([label, samples]) => [
    label,
    ...timeCells(samples),
    `${ratio(samples, times[peer] ?? []).toPrecision(4)}×`,
  ]);
  console.log(`${table([title, 'ms, median', 'quartiles', 'of max'], rows)}\n`);
}
