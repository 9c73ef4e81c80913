/**
 * Soft pooling in ONNX Runtime: its forms beside the runtime's own pooling and our kernels, and its
 * cost within networks. `npm run bench:onnx` prints the tables and writes them to
 * bench-output/onnx.md; `-- --update-docs` also puts them into docs/onnx.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { quartiles, ratio, type TimedCall, timeInTurn } from '@softpool/experiments/internal';
import { createBackbone } from '@softpool/models';
import { type SwapPoolingOptions, swapPooling } from '@softpool/onnx';
import { toOnnx } from '@softpool/onnx/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import ort from 'onnxruntime-node';
import { globalSoftPool, softPool2d } from 'softpool';
import { globalModel, paddedByPool, poolModel, spatialPyramid } from './onnx-models.ts';
import { activations, problemName, problemOf, type Window } from './problem.ts';
import { onnxSession, openMemory, pooled, type SessionOptions } from './subjects.ts';
import { machineLine, QUICK, report, table, updateDocument } from './table.ts';

const SIZE = QUICK ? 16 : 112;
const BATCH = QUICK ? 2 : 8;
const THREADS = [1, 2] as const;
const MAX = 'ONNX Runtime MaxPool';

/**
 * How long a sample takes with one thread and with several, in milliseconds. Threads of a session
 * spin for more work after each run, and would take the cores of the next subject, whose model runs
 * alone in practice: hence the pause. The sample is long, so that waking them counts little.
 */
const SAMPLES = { alone: { sampleMilliseconds: 5 }, together: { sampleMilliseconds: 100, pauseMilliseconds: 20 } } as const;

const isUpdate = argv.includes('--update-docs');
if (isUpdate && QUICK) throw new Error('bench: --update-docs needs full figures; leave out --quick');

/** What is swapped, by the label of the row. */
const FORMS: Readonly<Record<string, SwapPoolingOptions>> = {
  'soft, for any or gpu': { for: 'any' },
  'soft, for cpu': { for: 'cpu' },
  'soft, for cpu, inline': { for: 'cpu', inline: true },
};

const PAIRS: Window = { kernelSize: 2, stride: 2 };
const OVERLAPPING: Window = { kernelSize: 3, stride: 2, padding: 1 };

/** Shapes and windows on which the forms are compared. */
const PROBLEMS: readonly [shape: readonly number[], window: Window][] = [
  [[1, 64, SIZE, SIZE], PAIRS],
  [[BATCH, 64, SIZE, SIZE], PAIRS],
  [[1, 64, SIZE, SIZE], OVERLAPPING],
  [[BATCH, 64, SIZE, SIZE], OVERLAPPING],
  [[1, 256, QUICK ? 10 : 20, QUICK ? 10 : 20], { kernelSize: 5, stride: 1, padding: 2 }],
];

/** A subject's times, the others' in the same rounds, and what they are compared with. */
interface Measured {
  readonly title: string;
  readonly peer: string;
  /** By the number of threads. */
  readonly times: readonly Readonly<Record<string, readonly number[]>>[];
}

const forms: Measured[] = [];
for (const [shape, window] of PROBLEMS) forms.push(await compareForms(shape, window));
forms.push(await compareGlobal([1, 2048, 7, 7]));
const networks: Measured[] = [];
for (const name of ['resnet18', 'resnet50'] as const) networks.push(await compareBackbone(name));
networks.push(await comparePyramid());

const machine = `ONNX Runtime ${ort.env.versions.common}, cpu, on ${machineLine()}`;
const parts = {
  'onnx-forms': [machine, ...forms.map(timesTable)].join('\n\n'),
  'onnx-networks': networks.map(timesTable).join('\n\n'),
};
const text = Object.values(parts).join('\n\n');
console.log(text);
mkdirSync('bench-output', { recursive: true });
writeFileSync('bench-output/onnx.md', `${text}\n`);
if (isUpdate) updateDocument('docs/onnx.md', parts);

function compareForms(shape: readonly number[], window: Window): Promise<Measured> {
  const expected = softPool2d(activations(shape), window).data;
  const problem = problemOf(shape, window);
  return compare(problemName(problem), MAX, async (threads) => {
    const max = poolModel('MaxPool', shape, window);
    const memory = openMemory();
    const options = { threads, outputShape: problem.outputShape };
    const calls = {
      [MAX]: await onnxSession(max, shape, options),
      'ONNX Runtime AveragePool': await onnxSession(poolModel('AveragePool', shape, window), shape, options),
      ...(await softCalls(max, { window: 'same' }, shape, options, expected)),
      "SoftPool's own kernel, WebAssembly": await pooled(threads)(problem, memory),
    };
    return { calls, close: memory.close };
  });
}

function compareGlobal(shape: readonly number[]): Promise<Measured> {
  const expected = globalSoftPool(activations(shape)).data;
  return compare(`global, [${shape}]`, 'ONNX Runtime GlobalMaxPool', async (threads) => {
    const max = globalModel(shape);
    const options = { threads, outputShape: [...shape.slice(0, 2), 1, 1] };
    const soft = await softCalls(max, { from: 'globalMax' }, shape, options, expected);
    return { calls: { 'ONNX Runtime GlobalMaxPool': await onnxSession(max, shape, options), ...soft } };
  });
}

/** Calls of each form, which must give the numbers of SoftPool. */
async function softCalls(
  max: Uint8Array,
  swap: SwapPoolingOptions,
  shape: readonly number[],
  options: SessionOptions,
  expected: ArrayLike<number>,
): Promise<Record<string, TimedCall>> {
  const calls: Record<string, TimedCall> = {};
  for (const [label, form] of Object.entries(FORMS)) {
    const run = await onnxSession(swapPooling(max, { ...swap, ...form }).model, shape, options);
    const y = await run();
    const isEqual = y.length === expected.length && y.every((value, i) => Math.abs(value - (expected[i] ?? 0)) < 1e-5);
    if (!isEqual) throw new Error(`${label}: not the numbers of SoftPool`);
    calls[label] = run;
  }
  return calls;
}

/** A network with each pool in its stem. The first one is measured twice, to show the noise. */
async function compareBackbone(name: 'resnet18' | 'resnet50'): Promise<Measured> {
  await tf.setBackend('wasm');
  const network = createBackbone(name, { pool: 'max' });
  const max = paddedByPool(await toOnnx(network, { layout: 'channelsFirst' }));
  network.dispose();
  return compareNetworks(`${name}, [1,3,224,224], the pool of its stem`, 'max 3×3/2 pad 1', max, [1, 3, 224, 224], {
    'soft 2×2/2, as in the paper, for any or gpu': { for: 'any' },
    'soft 2×2/2, as in the paper, for cpu': { for: 'cpu' },
    'soft 3×3/2 pad 1, for any or gpu': { window: 'same', for: 'any' },
    'soft 3×3/2 pad 1, for cpu': { window: 'same', for: 'cpu' },
  });
}

/** The pyramid of YOLO's networks, SPPF, behind convolutions as in the smallest of them. */
function comparePyramid(): Promise<Measured> {
  const shape = [1, 3, QUICK ? 64 : 640, QUICK ? 64 : 640];
  const name = `YOLO-like backbone with SPPF, [${shape}], three pools`;
  return compareNetworks(name, 'max 5×5/1 pad 2', spatialPyramid(shape), shape, {
    'soft 5×5/1 pad 2, for any or gpu': { for: 'any' },
    'soft 5×5/1 pad 2, for cpu': { for: 'cpu' },
  });
}

function compareNetworks(
  title: string,
  peer: string,
  max: Uint8Array,
  shape: readonly number[],
  rows: Readonly<Record<string, SwapPoolingOptions>>,
): Promise<Measured> {
  return compare(title, peer, async (threads) => {
    const calls: Record<string, TimedCall> = {};
    for (const label of [peer, 'the same, once more']) calls[label] = await onnxSession(max, shape, { threads });
    for (const [label, options] of Object.entries(rows)) {
      calls[label] = await onnxSession(swapPooling(max, options).model, shape, { threads });
    }
    return { calls };
  });
}

/** Measures with each number of threads. */
async function compare(
  title: string,
  peer: string,
  prepare: (threads: number) => Promise<{ readonly calls: Record<string, TimedCall>; readonly close?: () => void }>,
): Promise<Measured> {
  const times: Record<string, readonly number[]>[] = [];
  for (const threads of THREADS) {
    const { calls, close } = await prepare(threads);
    const sample = threads === 1 ? SAMPLES.alone : SAMPLES.together;
    const timing = QUICK ? { rounds: 2, sampleMilliseconds: 0.5 } : { rounds: 25, ...sample };
    times.push(await report(`${title}, threads: ${threads}`, () => timeInTurn(calls, timing)));
    close?.();
  }
  return { title, peer, times };
}

/**
 * A row for each subject, with one thread and then with two: the least time, which other programs
 * on the machine disturb least, and the ratios.
 */
function timesTable({ title, peer, times }: Measured): string {
  const labels = Object.keys(times[0] ?? {});
  const rows = labels.map((label) => [
    label,
    ...times.flatMap((each) => {
      const [samples, others] = [each[label] ?? [], each[peer] ?? []];
      const least = Math.min(...samples);
      const spread = quartiles(samples.map((value, i) => value / (others[i] ?? Number.NaN))).map((value) => value.toFixed(2));
      const median = `${ratio(samples, others).toFixed(2)}× (${spread[0]}–${spread[2]})`;
      return [least.toFixed(2), `${(least / Math.min(...others)).toFixed(2)}×`, median];
    }),
  ]);
  const head = THREADS.flatMap((threads) => [threads === 1 ? 'ms, 1 thread' : `ms, ${threads} threads`, 'of max', 'median']);
  return table([title, ...head], rows);
}
