/** The experiment `latency`: time and memory of each pooling on each backend of TensorFlow.js. */
import { type SoftPoolOptions, softPool2d, softPool3d } from '@softpool/tfjs';
import { BACKENDS, type BackendName, openBackend } from '@softpool/training/node';
import * as tf from '@tensorflow/tfjs-core';
import { checkInteger, checkKeys, checkOneOf, product, rangeError } from 'softpool/internal';
import { checkList } from '../check-list.ts';
import type { Experiment, RunContext } from '../run/types.ts';
import { latencyReport } from './report.ts';
import { timeInTurn } from './time-in-turn.ts';
import type { LatencyResult, LatencyTiming, PoolingName } from './types.ts';

/** The options of {@link latencyExperiment}. */
export interface LatencyOptions {
  /** Backends. Default: all. The report says which cannot start here, and why. */
  readonly backends?: readonly BackendName[] | undefined;
  /**
   * Input shapes: [batch, height, width, channels] or [batch, frames, height, width, channels].
   * Default: [8, 32, 32, 64], [32, 14, 14, 32] and [2, 8, 28, 28, 32].
   */
  readonly shapes?: readonly (readonly number[])[] | undefined;
  /** Number of timed rounds. Default 15. */
  readonly rounds?: number | undefined;
  /** Shortest duration of a timing; calls are repeated to reach it. Default 5. */
  readonly sampleMilliseconds?: number | undefined;
}

/**
 * Activations in a ResNet's stem at 64 × 64 pixels, in a small network, and in a network for clips.
 */
const SHAPES: readonly (readonly number[])[] = [
  [8, 32, 32, 64],
  [32, 14, 14, 32],
  [2, 8, 28, 28, 32],
];

type Op = (x: tf.Tensor) => tf.Tensor;

/** Windows of 2 with stride 2 along each axis. */
const POOLINGS: Readonly<Record<PoolingName, (dims: number) => Op>> = {
  'soft, per channel': (dims) => softOf(dims, {}),
  'soft, exact gradient': (dims) => softOf(dims, { gradient: 'exact' }),
  'soft, shared weights': (dims) => softOf(dims, { weights: 'shared' }),
  average: (dims) => averageOf(dims),
  max: (dims) => (dims === 2 ? (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid') : (x) => tf.maxPool3d(x as tf.Tensor5D, 2, 2, 'valid')),
  'soft, composed of ops': (dims) => {
    const average = averageOf(dims);
    return (x) => {
      const e = tf.exp(x);
      return tf.div(average(tf.mul(e, x)), average(e));
    };
  },
};

/**
 * The experiment `latency`: times soft, average and max pooling, and SoftPool composed of
 * TensorFlow.js's own ops, in turn.
 *
 * @param options - Backends, shapes and rounds.
 * @throws RangeError or TypeError for an invalid option.
 * @example
 * ```ts
 * const { runs } = latencyExperiment({ backends: ['wasm'], shapes: [[1, 8, 8, 4]] });
 * runs[0]?.id; // 'wasm/1×8×8×4'
 * ```
 */
export function latencyExperiment(options: LatencyOptions = {}): Experiment<LatencyResult> {
  checkKeys('latencyExperiment', options, ['backends', 'shapes', 'rounds', 'sampleMilliseconds']);
  const { backends = BACKENDS, shapes = SHAPES, rounds = 15, sampleMilliseconds = 5 } = options;
  checkOptions({ backends, shapes, rounds, sampleMilliseconds });
  const idOf = (backend: BackendName, shape: readonly number[]): string => `${backend}/${shape.join('×')}`;
  return {
    name: 'latency',
    settings: { backends: [...backends], shapes: shapes.map((shape) => [...shape]), rounds, sampleMilliseconds },
    runs: backends.flatMap((backend) =>
      shapes.map((shape) => ({
        id: idOf(backend, shape),
        perform: (context: RunContext) => measured(backend, shape, { rounds, sampleMilliseconds }, context),
      })),
    ),
    report: (results) => latencyReport(backends, shapes, rounds, (backend, shape) => results.get(idOf(backend, shape)) as LatencyResult),
  };
}

/** Drivers that emulate a GPU in software. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i;

async function measured(
  backend: BackendName,
  shape: readonly number[],
  timing: { readonly rounds: number; readonly sampleMilliseconds: number },
  { signal, onProgress }: RunContext,
): Promise<LatencyResult> {
  let device: string;
  try {
    device = await openBackend(backend);
  } catch (error) {
    return { missing: (error as Error).message };
  }
  const software = SOFTWARE.exec(device)?.[0];
  if (software !== undefined) return { missing: `no GPU, only ${software}, which runs on the processor` };
  const dims = shape.length - 2;
  // Like a network's activations: normally distributed, then ReLU.
  const x = tf.tidy(() => tf.relu(tf.randomNormal([...shape], 0, 1, 'float32', 1)));
  const dy = tf.tidy(() => tf.onesLike(averageOf(dims)(x)));
  try {
    const timings: LatencyTiming[] = [];
    for (const [index, pass] of (['forward', 'forward and backward'] as const).entries()) {
      const calls = Object.fromEntries(
        Object.entries(POOLINGS).map(([name, opOf]) => {
          const op = opOf(dims);
          return [name, (): tf.Tensor => (pass === 'forward' ? op(x) : tf.grad(op)(x, dy))];
        }),
      ) as Record<PoolingName, () => tf.Tensor>;
      const timed = Object.entries(calls).map(([name, call]) => [name, () => finished(call)] as const);
      const samples = await timeInTurn(Object.fromEntries(timed), {
        ...timing,
        signal,
        onRound: (round) => onProgress((index + round / timing.rounds) / 2, `${pass}, round ${round}/${timing.rounds}`),
      });
      for (const [pooling, call] of Object.entries(calls) as [PoolingName, () => tf.Tensor][]) {
        timings.push({ pooling, pass, milliseconds: samples[pooling] as number[], peakBytes: await peakBytesOf(call) });
      }
    }
    return { device, timings };
  } finally {
    tf.dispose([x, dy]);
  }
}

/** Makes a call and waits for the device: webgpu queues commands and runs asynchronously. */
function finished(call: () => tf.Tensor): void | Promise<void> {
  tf.tidy(call).dispose();
  const { device, submitQueue } = tf.backend() as Partial<WebGpuBackend>;
  if (device === undefined || submitQueue === undefined) return;
  submitQueue.call(tf.backend());
  return device.queue.onSubmittedWorkDone();
}

/** The parts of TensorFlow.js's webgpu backend that are used. */
interface WebGpuBackend {
  readonly device: { readonly queue: { onSubmittedWorkDone(): Promise<void> } };
  submitQueue(): void;
}

async function peakBytesOf(call: () => tf.Tensor): Promise<number> {
  const before = tf.memory().numBytes;
  const { peakBytes, result } = await tf.profile(() => tf.tidy(call));
  tf.dispose(result);
  return peakBytes - before;
}

function softOf(dims: number, options: Pick<SoftPoolOptions, 'weights' | 'gradient'>): Op {
  return dims === 2
    ? (x) => softPool2d(x as tf.Tensor4D, 2, 2, 'valid', options)
    : (x) => softPool3d(x as tf.Tensor5D, 2, 2, 'valid', options);
}

function averageOf(dims: number): Op {
  return dims === 2 ? (x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid') : (x) => tf.avgPool3d(x as tf.Tensor5D, 2, 2, 'valid');
}

/** WebAssembly has 4 GiB of memory. */
const MOST_VALUES = 2 ** 30;

type CompleteOptions = { readonly [Option in keyof LatencyOptions]-?: NonNullable<LatencyOptions[Option]> };

function checkOptions({ backends, shapes, rounds, sampleMilliseconds }: CompleteOptions): void {
  const call = 'latencyExperiment';
  for (const [option, list] of Object.entries({ backends, shapes })) checkList(call, `options.${option}`, list);
  for (const [index, name] of backends.entries()) checkOneOf(call, `options.backends[${index}]`, name, BACKENDS);
  for (const [index, shape] of shapes.entries()) {
    const sides = shape.slice(1, -1);
    const isShape = shape.every((size) => Number.isSafeInteger(size) && size > 0) && sides.every((size) => size > 1);
    if (!isShape || sides.length < 2 || sides.length > 3) {
      throw rangeError(call, `options.shapes[${index}]`, '[batch, …2 or 3 sides of at least 2, channels]', shape);
    }
    if (product(shape) <= MOST_VALUES) continue;
    throw rangeError(call, `options.shapes[${index}]`, 'at most 2³⁰ values, the 4 GiB that a backend can have', shape);
  }
  checkInteger(call, 'options.rounds', rounds, 1);
  if (!(sampleMilliseconds > 0)) throw rangeError(call, 'options.sampleMilliseconds', 'a number above 0', sampleMilliseconds);
}
