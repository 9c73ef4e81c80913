/** The sections on the GPU: problems of a window on a tensor beside a copy, and the whole way. */
import { sampleInTurn, timeInTurn } from '@softpool/experiments/internal';
import type { Tensor } from 'softpool';
import * as softpool from 'softpool';
import { toNumbers } from 'softpool/internal';
import type { GpuTensor } from 'softpool/webgpu';
import { bytesOf, callOf, type Dims, type Problem, problemName, problemOf, sizeOf, tensorOf, type Window } from '../problem.ts';
import { openCopy } from './copy.ts';
import { type Gpu, type GpuSubject, samplerOf } from './device.ts';

export const WINDOWS: readonly Window[] = [
  { kernelSize: 2, stride: 2, padding: 0 },
  { kernelSize: 3, stride: 2, padding: 1 },
];

/** How much is measured. Software adapters, which compile a program for a second, get little. */
export const EXTENTS = {
  full: {
    shapes: { 2: [32, 64, 112, 112], 3: [8, 64, 16, 56, 56] },
    passes: ['forward', 'weights', 'exact'],
    timing: { rounds: 15, sampleMilliseconds: 10 },
  },
  quick: {
    shapes: { 2: [2, 16, 56, 56], 3: [2, 16, 8, 28, 28] },
    passes: ['forward', 'weights'],
    timing: { rounds: 3, sampleMilliseconds: 2 },
  },
} as const;

type Extent = (typeof EXTENTS)[keyof typeof EXTENTS];

/** All problems of a window on a tensor. */
function problemsOf(dims: Dims, window: Window, { shapes, passes }: Extent) {
  return passes.flatMap((pass) =>
    (['float32', 'float16'] as const).flatMap((dtype) =>
      (['channelsFirst', 'channelsLast'] as const).map((layout) => problemOf(shapes[dims], window, { layout, dtype, pass })),
    ),
  );
}

/** Bytes that every algorithm must move: forward x and y, backward x, dL/dy and dL/dx. */
function bytesMoved({ pass, dtype, inputShape, outputShape }: Problem) {
  return bytesOf(dtype) * ((pass === 'forward' ? 1 : 2) * sizeOf(inputShape) + sizeOf(outputShape));
}

/** Milliseconds per call, and of a copy of as many bytes in the same rounds. */
export interface Figure {
  readonly bytes: number;
  readonly samples: readonly number[];
  readonly copies: readonly number[];
}

export interface Row {
  readonly problem: Problem;
  /** SoftPool into a buffer that is there. */
  readonly kernels: Figure;
  /** With a new result for each call, which WebGPU fills with zeros first. */
  readonly cleared: Figure;
}

export async function measureKernels(gpu: Gpu, dims: Dims, window: Window, extent: Extent): Promise<Row[]> {
  const { pool } = gpu;
  const problems = problemsOf(dims, window, extent);
  const samplers: Record<string, () => Promise<number>> = {};
  const add = async (name: string, subject: GpuSubject) => {
    samplers[name] = await samplerOf(gpu, subject, extent.timing.sampleMilliseconds);
  };
  const copy = openCopy(pool.device, Math.max(...problems.map(bytesMoved)));
  for (const bytes of new Set(problems.map(bytesMoved))) await add(`copy ${bytes}`, copy.moving(bytes));
  const opened: { free: () => void }[] = [copy];
  for (const [i, problem] of problems.entries()) {
    const upload = (shape: readonly number[]) => pool.upload(tensorOf(shape, problem.dtype));
    const [x, dy] = [upload(problem.inputShape), upload(problem.outputShape)];
    const result = callOf(pool, problem)(x, dy);
    opened.push({ free: () => [x, dy, result].forEach((tensor) => void pool.free(tensor)) });
    await verify(gpu, problem, result);
    await add(`kernels ${i}`, { record: (encoder) => void callOf(pool.encodeInto(encoder), problem, result)(x, dy) });
    const results: (typeof result)[] = [];
    await add(`cleared ${i}`, {
      record: (encoder) => void results.push(callOf(pool.encodeInto(encoder), problem)(x, dy)),
      mostCalls: Math.max(1, Math.floor(MOST_RESULTS / result.buffer.size)),
      async settle() {
        // Throws if memory ran out.
        await pool.read({ ...result, shape: [1], buffer: (results.at(-1) ?? result).buffer });
        for (const each of results.splice(0)) pool.free(each);
      },
    });
  }
  const samples = await sampleInTurn(samplers, extent.timing);
  for (const { free } of opened) free();
  return problems.map((problem, i) => {
    const bytes = bytesMoved(problem);
    const figure = (name: string) => ({ bytes, samples: samples[name] as number[], copies: samples[`copy ${bytes}`] as number[] });
    return { problem, kernels: figure(`kernels ${i}`), cleared: figure(`cleared ${i}`) };
  });
}

/** Bytes of results that a submission may leave in the GPU's memory. */
const MOST_RESULTS = 2 ** 30;

/** Rounding of numbers up to about one. A wrong window or weight differs by far more. */
const TOLERANCE = { float64: 0, float32: 2e-5, float16: 4e-3 };

/** Every 97th number is compared: a prime, so that all columns and rows occur. */
const STEP = 97;

/** Throws unless a result on the device is the CPU's. */
async function verify({ pool }: Gpu, problem: Problem, result: GpuTensor) {
  const { dtype, pass, layout, inputShape, outputShape } = problem;
  const expected = callOf<Tensor, Tensor>(softpool, problem)(tensorOf(inputShape, dtype), tensorOf(outputShape, dtype));
  const [is = [], must = []] = [await pool.read(result), expected].map(({ data }) =>
    Array.from(toNumbers(data.filter((_, i) => i % STEP === 0))),
  );
  const wrong = must.findIndex((value, i) => !(Math.abs(Number(is[i]) - value) <= TOLERANCE[dtype] * Math.max(1, Math.abs(value))));
  if (wrong < 0) return;
  const name = `${problemName(problem)}, ${pass}, ${dtype}, ${layout}`;
  throw new Error(`bench:gpu: wrong result: ${name}: element ${wrong * STEP} is ${is[wrong]}, must be ${must[wrong]}`);
}

/** Forward from and to JavaScript's memory: upload, call and read, beside one thread of the CPU. */
export async function measureWholeWay({ pool }: Gpu, shape: readonly number[], window: Window, { timing }: Extent) {
  const problem = problemOf(shape, window);
  const x = tensorOf(shape, 'float32');
  const [onGpu, onCpu] = [callOf(pool, problem), callOf<Tensor, Tensor>(softpool, problem)];
  const whole = async () => {
    const input = pool.upload(x);
    const y = onGpu(input, input);
    await pool.read(y);
    for (const tensor of [input, y]) pool.free(tensor);
  };
  return { problem, ...(await timeInTurn({ whole, cpu: () => onCpu(x, x) }, timing)) };
}
