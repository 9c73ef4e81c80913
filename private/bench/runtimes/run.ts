/**
 * Which runtimes load soft pooling, and how far their results are from the definition: the table of
 * docs/onnx.md. `npm run bench:runtimes` needs Chromium, and python3-opencv for OpenCV's row.
 */
import { argv } from 'node:process';
import { ratio } from '@softpool/experiments/internal';
import { type SwapPoolingOptions, swapPooling } from '@softpool/onnx';
import ort from 'onnxruntime-node';
import { globalSoftPool, softPool2d } from 'softpool/reference';
import { globalModel, poolModel } from '../onnx-models.ts';
import { activations, type Window } from '../problem.ts';
import { table, updateDocument } from '../table.ts';
import { runJax } from './jax.ts';
import { runOpenCv } from './opencv.ts';
import type { Outcome } from './outcome.ts';
import { type PageRuns, runInPage } from './page.ts';

const SHAPE = [2, 16, 28, 28];
const X = activations(SHAPE).data;

/** The forms, each a column. */
const FORMS: Readonly<Record<string, SwapPoolingOptions>> = {
  'for any or gpu': { for: 'any' },
  '… inline': { for: 'any', inline: true },
  'for cpu': { for: 'cpu' },
  '… inline ': { for: 'cpu', inline: true },
};

const WINDOWS: Readonly<Record<string, Window | undefined>> = {
  '2×2/2': { kernelSize: 2, stride: 2 },
  '3×3/2': { kernelSize: 3, stride: 2, padding: 1 },
  '5×5/1': { kernelSize: 5, stride: 1, padding: 2 },
  global: undefined,
};

const models = Object.values(FORMS).map((form) =>
  Object.values(WINDOWS).map((window) => {
    const max = window === undefined ? globalModel(SHAPE) : poolModel('MaxPool', SHAPE, window);
    return swapPooling(max, { ...form, from: ['max', 'globalMax'], window: 'same' }).model;
  }),
);
const expected = Object.values(WINDOWS).map(
  (window) => (window === undefined ? globalSoftPool : softPool2d)({ data: X, shape: SHAPE }, (window ?? {}) as Window).data,
);

const page = await runInPage(models.flat(), X, SHAPE);
const versions = { ort: ort.env.versions.common };
const RUNTIMES: Readonly<Record<string, Outcome[]>> = {
  [`onnxruntime-node ${versions.ort}, cpu`]: await runNode(models.flat(), X, SHAPE),
  [`onnxruntime-web ${versions.ort}, wasm`]: page.wasm.outcomes,
  [`onnxruntime-web ${versions.ort}, webgpu (${page.adapter})`]: page.webgpu.outcomes,
  'jax-js, wasm': await runJax(models.flat(), X, SHAPE),
  'OpenCV dnn, Debian': runOpenCv(models.flat(), X, SHAPE),
};
const rows = Object.entries(RUNTIMES).map(([name, outcomes]) => [name, ...models.map((each, form) => cell(outcomes, form * each.length))]);
const times = (['wasm', 'webgpu'] as const).map((provider) => [`onnxruntime-web, ${provider}`, ...ratios(page[provider])]);
const text = [
  table(['largest difference', ...Object.keys(FORMS).map((name) => name.trim())], rows),
  table(['time for cpu, of that for any', ...Object.keys(WINDOWS)], times),
].join('\n\n');
console.log(text);
for (const [name, outcomes] of Object.entries(RUNTIMES)) {
  const reasons = outcomes.filter((each) => typeof each === 'string').map((reason) => reason.replaceAll(/\s+/g, ' ').slice(0, 240));
  for (const reason of new Set(reasons)) console.log(`${name}: ${reason}`);
}
if (argv.includes('--update-docs')) updateDocument('docs/onnx.md', { runtimes: text });

/** The largest difference over the windows that run, and those that do not. */
function cell(outcomes: readonly Outcome[], start: number): string {
  const names = Object.keys(WINDOWS);
  const runs = names.map((name, i) => ({ name, outcome: outcomes[start + i] ?? '', values: expected[i] ?? [] }));
  const done = runs.filter(({ outcome }) => typeof outcome !== 'string');
  if (done.length === 0) return 'refused';
  const off = Math.max(...done.map(({ outcome, values }) => difference(outcome as readonly number[], values)));
  const others = runs.filter(({ outcome }) => typeof outcome === 'string').map(({ name }) => name);
  return `${off.toExponential(1)}${others.length > 0 ? `; not ${others.join(', ')}` : ''}`;
}

function difference(values: ArrayLike<number>, right: ArrayLike<number>): number {
  if (values.length !== right.length) return Number.NaN;
  return Array.from(right, (value, i) => Math.abs(value - (values[i] ?? Number.NaN))).reduce((a, b) => Math.max(a, b));
}

/** For each window, the time of the form for CPUs over that for any device, both functions. */
function ratios({ rounds }: PageRuns): string[] {
  const count = Object.keys(WINDOWS).length;
  const timesOf = (model: number): number[] => rounds.map((times) => times[model] ?? Number.NaN);
  return Array.from({ length: count }, (_, i) => `${ratio(timesOf(2 * count + i), timesOf(i)).toFixed(2)}×`);
}

async function runNode(each: readonly Uint8Array[], x: Float32Array, shape: readonly number[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const model of each) {
    const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
    const { y } = await session.run({ x: new ort.Tensor('float32', x, shape) });
    outcomes.push(Array.from(y?.data as Float32Array));
  }
  return outcomes;
}
