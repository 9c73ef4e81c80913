/** The sections of docs/performance.md, as tables of subjects and targets. */
import { quartiles, ratio, timeInTurn } from '@softpool/experiments/internal';
import { bytesOf, type Problem, problemName, problemOf, sizeOf, type Variant, type Window } from './problem.ts';
import { hasPyTorch, pyTorch } from './pytorch.ts';
import { type Call, copy, heap, onnxRuntime, openMemory, plainLoop, pooled, pooledTo, type Subject, tensorFlow } from './subjects.ts';
import { QUICK, timeCells } from './table.ts';

/** How a row differs from its section. */
type Change = Variant & { readonly shape?: readonly number[]; readonly window?: Window };

/** Subjects by labels. A label names the layout; `{layout}` in it stands for a row in each. */
type Rows = Readonly<Record<string, Subject | readonly [Subject, Change]>>;

/** A ratio of times per input element, of one row over another, and its limit. */
type Target = readonly [text: string, row: string, over: string, relation: '≥' | '≤', limit: number];

interface Section {
  /** Its name in tables, made from the problem's. Default: the same. */
  readonly nameOf?: (name: string) => string;
  readonly shape: readonly number[];
  readonly window: Window;
  readonly rows: Rows;
  /** Measured for the targets, and not shown. */
  readonly beside?: Rows;
  readonly targets?: readonly Target[];
  readonly sampleMilliseconds?: number;
}

const LAYOUTS = ['channelsFirst', 'channelsLast'] as const;
const IMAGES = QUICK ? [1, 8, 32, 32] : [8, 64, 112, 112];
const CLIPS = QUICK ? [1, 4, 8, 16, 16] : [2, 32, 16, 56, 56];
const PAIRS = { kernelSize: 2, stride: 2 };
const OVERLAPPING = { kernelSize: 3, stride: 2, padding: 1 };
const COMPOSITION = 'TensorFlow.js wasm composition, channelsLast';
const TENSOR_FLOW: Rows = {
  'TensorFlow.js wasm avgPool, channelsLast': tensorFlow('avgPool'),
  'TensorFlow.js wasm maxPool, channelsLast': tensorFlow('maxPool'),
};
const ONNX_RUNTIME: Rows = {
  'ONNX Runtime AveragePool, channelsFirst': onnxRuntime('AveragePool'),
  'ONNX Runtime MaxPool, channelsFirst': onnxRuntime('MaxPool'),
};

const PYTORCH: Rows = {
  'PyTorch avg_pool2d, channelsFirst': pyTorch('average', 1),
  'PyTorch avg_pool2d, channelsFirst, two threads': pyTorch('average', 2),
  "PyTorch, the original's composition, channelsFirst": pyTorch('composition', 1),
  "PyTorch, the original's composition, channelsFirst, two threads": pyTorch('composition', 2),
};

/** The sections by their markers in docs/performance.md. */
export const SECTIONS: Readonly<Record<string, Section>> = {
  pairs: {
    shape: IMAGES,
    window: PAIRS,
    sampleMilliseconds: 50, // the first call wakes threads, the next ones find them awake
    rows: {
      'copy by a loop of v128': copy,
      'SoftPool, {layout}': pooled(1),
      'SoftPool, {layout}, two threads': pooled(2),
      'SoftPool, {layout}, from and to the JavaScript heap': heap,
      ...TENSOR_FLOW,
      [COMPOSITION]: tensorFlow('composition'),
      ...ONNX_RUNTIME,
      ...(hasPyTorch() ? PYTORCH : {}),
      'plain loop, {layout}': plainLoop,
    },
    targets: [
      ['{layout}: rate of a copy', 'copy by a loop of v128', 'SoftPool, {layout}', '≥', 0.3],
      ["{layout}: speed of TensorFlow.js's composition", COMPOSITION, 'SoftPool, {layout}', '≥', 18],
      ["channelsLast: time of TensorFlow.js's avgPool", 'SoftPool, {layout}', 'TensorFlow.js wasm avgPool, {layout}', '≤', 1.5],
      ['{layout}: two threads over one', 'SoftPool, {layout}', 'SoftPool, {layout}, two threads', '≥', 1.8],
    ],
  },
  overlapping: {
    shape: IMAGES,
    window: OVERLAPPING,
    rows: { 'SoftPool, {layout}': pooled(1), ...TENSOR_FLOW, ...ONNX_RUNTIME, 'plain loop, {layout}': plainLoop },
    beside: { '2×2/2, {layout}': [pooled(1), { window: PAIRS }] },
    targets: [['{layout}: time of 2×2/2', 'SoftPool, {layout}', '2×2/2, {layout}', '≤', 1.6]],
  },
  video: {
    shape: CLIPS,
    window: PAIRS,
    rows: {
      'SoftPool, {layout}': pooled(1),
      'SoftPool, channelsFirst, from and to the JavaScript heap': heap,
      ...ONNX_RUNTIME,
      'plain loop, channelsFirst': plainLoop,
    },
    beside: { '2-D, {layout}': [pooled(1), { shape: IMAGES }] },
    targets: [['{layout}: time of 2-D per input element', 'SoftPool, {layout}', '2-D, {layout}', '≤', 1.3]],
  },
  backward: {
    nameOf: (name) => name.replace(',', ' backward,'),
    shape: IMAGES,
    window: PAIRS,
    rows: {
      'SoftPool weights, {layout}': [pooled(1), { pass: 'weights' }],
      'SoftPool exact, {layout}': [pooled(1), { pass: 'exact' }],
      'SoftPool exact, channelsFirst, from and to the JavaScript heap': [heap, { pass: 'exact' }],
      'plain loop weights, channelsFirst': [plainLoop, { pass: 'weights' }],
      'plain loop exact, channelsFirst': [plainLoop, { pass: 'exact' }],
    },
    beside: { 'forward, {layout}': pooled(1) },
    targets: [
      ['weights, {layout}: time of the forward', 'SoftPool weights, {layout}', 'forward, {layout}', '≤', 2.5],
      ['exact, {layout}: time of the forward', 'SoftPool exact, {layout}', 'forward, {layout}', '≤', 2.5],
    ],
  },
  variants: {
    nameOf: (name) => name.slice(name.indexOf('[')),
    shape: IMAGES,
    window: PAIRS,
    rows: {
      '2×2/2 float32': pooled(1),
      '2×2/2 float16': [pooled(1), { dtype: 'float16' }],
      '2×2/2 float64': [pooled(1), { dtype: 'float64' }],
      '2×2/2 float64 backward, weights': [pooled(1), { dtype: 'float64', pass: 'weights' }],
      '2×2/2 float64 backward, exact': [pooled(1), { dtype: 'float64', pass: 'exact' }],
      '2×2/2 shared weights, {layout}': [pooled(1), { window: { ...PAIRS, weights: 'shared' } }],
      '2×2/1 dilation 2': [pooled(1), { window: { kernelSize: 2, stride: 1, dilation: 2 } }],
      global: pooledTo('global'),
      'adaptive to 7×7': pooledTo(7),
      'global backward, exact, {layout}': [pooledTo('global'), { pass: 'exact' }],
      'adaptive to 7×7 backward, exact, {layout}': [pooledTo(7), { pass: 'exact' }],
    },
  },
};

/** Measures a section's rows in turn. Returns the cells of its tables. */
export async function measureSection({ nameOf = (name) => name, shape, window, rows, beside, targets = [], ...section }: Section) {
  const memory = openMemory();
  const problems: Record<string, Problem> = {};
  const calls: Record<string, Call> = {};
  for (const [labels, entry] of Object.entries({ ...rows, ...beside })) {
    const [subject, change] = typeof entry === 'function' ? ([entry, {}] as const) : entry;
    for (const [label, layout] of inEachLayout(labels)) {
      const problem = problemOf(change.shape ?? shape, change.window ?? window, { ...change, layout });
      problems[label] = problem;
      calls[label] = await subject(problem, memory);
    }
  }
  const samples = await timeInTurn(calls, timing(section.sampleMilliseconds));
  memory.close();
  const name = nameOf(problemName(problemOf(shape, window)));
  const measured = (label: string) => {
    const { inputShape, dtype } = problems[label] as Problem;
    return { samples: samples[label] as number[], elements: sizeOf(inputShape), bytes: sizeOf(inputShape) * bytesOf(dtype) };
  };
  const rowCells = (label: string) => {
    const { samples, bytes } = measured(label);
    return [label, ...timeCells(samples), (bytes / quartiles(samples)[1] / 1e6).toFixed(2)];
  };
  const targetCells = ([texts, row, over, relation, limit]: Target) =>
    inEachLayout(texts).map(([text, layout]) => {
      const [a, b] = [row, over].map((label) => measured(label.replace('{layout}', layout))) as [Measured, Measured];
      const found = ratio(a.samples, b.samples) * (b.elements / a.elements);
      const isReached = (value: number) => (relation === '≥' ? value >= limit : value <= limit);
      // As many decimals as say the same as the last cell.
      const rounded = [2, 3, 4].map((digits) => found.toFixed(digits)).find((cell) => isReached(Number(cell)) === isReached(found));
      return [`${name}, ${text}`, `${rounded ?? found}×`, `${relation} ${limit}×`, isReached(found) ? 'yes' : '**no**'];
    });
  type Measured = ReturnType<typeof measured>;
  const labels = Object.keys(rows).flatMap((label) => inEachLayout(label).map(([label]) => label));
  return { name, rows: labels.map(rowCells), targets: targets.flatMap(targetCells) };
}

/** SoftPool and the plain loop on a problem. */
export interface Point {
  readonly problem: Problem;
  readonly ours: readonly number[];
  readonly plain: readonly number[];
}

/** Windows at stride 1 of growing size, with padding that keeps the size. */
export function measureKernels() {
  const shape = QUICK ? [1, 4, 28, 28] : [1, 16, 112, 112];
  const windows = [3, 5, 7, 11].map((kernelSize) => ({ kernelSize, stride: 1, padding: (kernelSize - 1) / 2 }));
  const problems = windows.flatMap((window) => LAYOUTS.map((layout) => problemOf(shape, window, { layout })));
  return againstPlainLoop(pooled(1), problems, timing(5, 11));
}

/** Small tensors, [1, channels, side, side], from and to the JavaScript heap. */
export function measureSmall() {
  const sides = { 1: [2, 3, 4, 6, 8, 16], 2: [8, 16], 4: [16], 8: [16, 32], 16: [16, 32] };
  const shapes = Object.entries(sides).flatMap(([channels, sides]) => sides.map((side) => [1, Number(channels), side, side]));
  const problems = shapes
    .sort((a, b) => sizeOf(a) - sizeOf(b))
    .flatMap((shape) => LAYOUTS.flatMap((layout) => [PAIRS, OVERLAPPING].map((window) => problemOf(shape, window, { layout }))));
  return againstPlainLoop(heap, problems, timing(4));
}

async function againstPlainLoop(subject: Subject, problems: readonly Problem[], options: ReturnType<typeof timing>) {
  const points: Point[] = [];
  for (const problem of problems) {
    const memory = openMemory();
    const calls = { ours: await subject(problem, memory), plain: await plainLoop(problem, memory) };
    points.push({ problem, ...(await timeInTurn(calls, options)) });
    memory.close();
  }
  return points;
}

function timing(sampleMilliseconds = 5, rounds = 25) {
  return QUICK ? { rounds: 3, sampleMilliseconds: 0.5 } : { rounds, sampleMilliseconds };
}

/** The labels that a label stands for, with their layouts. */
function inEachLayout(label: string) {
  const named = LAYOUTS.filter((layout) => label.includes(layout));
  const layouts = label.includes('{layout}') ? LAYOUTS : [named[0] ?? 'channelsFirst'];
  return layouts.map((layout) => [label.replace('{layout}', layout), layout] as const);
}
