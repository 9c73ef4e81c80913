/** How long each pooling takes, forward and with its gradient, and how much memory: on each backend of TensorFlow.js. */
import { softPool2d, softPool3d } from '@softpool/tfjs';
import { BACKENDS, type BackendName, openBackend } from '@softpool/training/node';
import * as tf from '@tensorflow/tfjs-core';
import type { Experiment, RunContext } from './experiment.ts';
import { timedInTurn } from './in-turn.ts';
import { latencyReport } from './latency-report.ts';

/** The options of {@link latencyExperiment}. */
export interface LatencyOptions {
  /** Default: all. One that cannot start here is said to be missing, and why. */
  readonly backends?: readonly BackendName[] | undefined;
  /** [batch, height, width, channels] or [batch, frames, height, width, channels]. Default: [8, 32, 32, 64], [32, 14, 14, 32] and [2, 8, 28, 28, 32]. */
  readonly shapes?: readonly (readonly number[])[] | undefined;
  /** How often each call is timed. Default 15. */
  readonly rounds?: number | undefined;
  /** A sample is as many calls as take this long. Default 5. */
  readonly sampleMilliseconds?: number | undefined;
}

/** Activations as a ResNet's stem has them at 64 × 64 pixels, those of a small picture network, and those of a clip. */
const SHAPES: readonly (readonly number[])[] = [
  [8, 32, 32, 64],
  [32, 14, 14, 32],
  [2, 8, 28, 28, 32],
];

/** What was found of a backend and a shape. */
export type LatencyResult =
  | {
      /** Why the backend cannot start. */
      readonly missing: string;
    }
  | {
      /** What it runs on. */
      readonly device: string;
      /** As in `2×2`. */
      readonly windows: string;
      /** For each pooling, forward, and forward and backward. */
      readonly timings: readonly LatencyTiming[];
    };

/** What was found of one pooling. */
export type LatencyTiming = {
  /** Which. */
  readonly pooling: PoolingName;
  /** Whether with its gradient. */
  readonly pass: 'forward' | 'forward and backward';
  /** Milliseconds a call, one for each round. */
  readonly milliseconds: readonly number[];
  /** The most bytes of tensors that a call had at once, besides its input. */
  readonly peakBytes: number;
};

/** The name of a pooling. */
export type PoolingName =
  | 'soft, per channel'
  | 'soft, exact gradient'
  | 'soft, shared weights'
  | 'average'
  | 'max'
  | 'soft, composed of ops';

type Op = (x: tf.Tensor) => tf.Tensor;

/** Windows of 2, side by side, along each axis. */
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
 * The experiment `latency`: soft, average and max pooling, and SoftPool composed of TensorFlow.js's own ops, timed in turn.
 *
 * @param options - The backends, the shapes, how often.
 * @throws RangeError if an option makes no sense.
 * @example
 * ```ts
 * latencyExperiment({ backends: ['wasm'], shapes: [[1, 8, 8, 4]] }).runs[0]?.id; // 'wasm/1×8×8×4'
 * ```
 */
export function latencyExperiment(options: LatencyOptions = {}): Experiment<LatencyResult> {
  const { backends = BACKENDS, shapes = SHAPES, rounds = 15, sampleMilliseconds = 5 } = options;
  check(backends.length > 0 && backends.every((name) => BACKENDS.includes(name)), `backends must be of ${BACKENDS.join(', ')}`, backends);
  const isShape = (shape: readonly number[]): boolean =>
    (shape.length === 4 || shape.length === 5) &&
    shape.every((size) => Number.isSafeInteger(size) && size > 0) &&
    shape.slice(1, -1).every((size) => size > 1);
  check(shapes.length > 0 && shapes.every(isShape), 'shapes must be [batch, …2 or 3 sides of at least 2, channels]', shapes);
  check(Number.isSafeInteger(rounds) && rounds > 0, 'rounds must be a positive integer', rounds);
  check(sampleMilliseconds > 0, 'sampleMilliseconds must be above 0', sampleMilliseconds);
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

/** Drivers that are GPUs made by software. */
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
  if (software !== undefined) return { missing: `there is no GPU, only ${software}, which computes on the processor` };
  const dims = shape.length - 2;
  // As activations come out of a network: normal, with half of them cut off at 0.
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
      const samples = await timedInTurn(Object.fromEntries(timed), {
        ...timing,
        signal,
        onRound: (round) => onProgress((index + round / timing.rounds) / 2, `${pass}, round ${round}/${timing.rounds}`),
      });
      for (const [pooling, call] of Object.entries(calls) as [PoolingName, () => tf.Tensor][]) {
        timings.push({ pooling, pass, milliseconds: samples[pooling] as number[], peakBytes: await peakBytesOf(call) });
      }
    }
    return { device, windows: Array.from({ length: dims }, () => 2).join('×'), timings };
  } finally {
    tf.dispose([x, dy]);
  }
}

/** Makes a call, and waits until the device has done its work: webgpu collects commands, and works by itself. */
function finished(call: () => tf.Tensor): void | Promise<void> {
  tf.tidy(call).dispose();
  const { device, submitQueue } = tf.backend() as Partial<WebGpuBackend>;
  if (device === undefined || submitQueue === undefined) return;
  submitQueue.call(tf.backend());
  return device.queue.onSubmittedWorkDone();
}

/** Of TensorFlow.js's webgpu backend, what is used. */
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

function softOf(dims: number, options: Parameters<typeof softPool2d>[4]): Op {
  return dims === 2
    ? (x) => softPool2d(x as tf.Tensor4D, 2, 2, 'valid', options)
    : (x) => softPool3d(x as tf.Tensor5D, 2, 2, 'valid', options);
}

function averageOf(dims: number): Op {
  return dims === 2 ? (x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid') : (x) => tf.avgPool3d(x as tf.Tensor5D, 2, 2, 'valid');
}

function check(holds: boolean, what: string, received: unknown): void {
  if (!holds) throw new RangeError(`latencyExperiment: options.${what}, received ${JSON.stringify(received)}`);
}
