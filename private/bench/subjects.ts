/** The subjects: SoftPool and its peers, each with tensors where it takes them fastest. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import ort from 'onnxruntime-node';
import type { DType, Tensor } from 'softpool';
import * as softpool from 'softpool';
import { createThreadedSoftPool, type ThreadedSoftPool } from 'softpool/threads';
import { copyLoop } from './copy-loop.ts';
import { poolModel } from './onnx-models.ts';
import { plainSoftPool } from './plain-loop.ts';
import { activations, callOf, type Problem, sizeOf, tensorOf } from './problem.ts';
import { tensorFlowOps } from './tensorflow-ops.ts';

/** One call on a problem. */
export type Call = () => unknown;

/** Prepares the calls of a subject on a problem. */
export type Subject = (problem: Problem, memory: Memory) => Call | Promise<Call>;

/** The memory of SoftPool's threads, which a section opens and closes. */
export interface Memory {
  threads(count: number): Promise<ThreadedSoftPool>;
  /** Activations in that memory, the same tensor whenever they are asked for. */
  tensor(pool: ThreadedSoftPool, shape: readonly number[], dtype?: DType): Tensor;
  close(): void;
}

const MEMORY_BYTES = 512 * 2 ** 20;

/** Opens it, with the kernels of plain or of relaxed SIMD. */
export function openMemory({ relaxedSimd = false } = {}): Memory {
  const pools: ThreadedSoftPool[] = [];
  const tensors = new Map<string, Tensor>();
  return {
    async threads(count) {
      const pool = pools[count] ?? (await createThreadedSoftPool({ threads: count, relaxedSimd, memoryBytes: MEMORY_BYTES }));
      pools[count] = pool;
      return pool;
    },
    tensor(pool, shape, dtype = 'float32') {
      const key = `${pool.threads} ${shape} ${dtype}`;
      const tensor = tensors.get(key) ?? pool.allocate(shape, dtype);
      if (!tensors.has(key)) tensor.data.set(tensorOf(shape, dtype).data);
      tensors.set(key, tensor);
      return tensor;
    },
    close: () => pools.forEach((pool) => void pool.dispose()),
  };
}

/** A copy within a WebAssembly memory. */
export const copy: Subject = ({ inputShape }) => copyLoop(activations(inputShape).data);

/** SoftPool on threads, with its tensors in their memory. */
export function pooled(threads: number): Subject {
  return async (problem, memory) => {
    const pool = await memory.threads(threads);
    const x = memory.tensor(pool, problem.inputShape, problem.dtype);
    const dy = memory.tensor(pool, problem.outputShape, problem.dtype);
    const call = callOf<Tensor, Promise<Tensor>>(pool, problem);
    return async () => pool.free(await call(x, dy));
  };
}

/** SoftPool with one window over each plane, or with seven by seven. */
export function pooledTo(size: 'global' | 7): Subject {
  return async ({ inputShape, layout, pass }, memory) => {
    const pool = await memory.threads(1);
    const x = memory.tensor(pool, inputShape);
    const forward = () =>
      size === 'global' ? pool.globalSoftPool(x, { layout }) : pool.adaptiveSoftPool2d(x, { layout, outputSize: size });
    if (pass === 'forward') return async () => pool.free(await forward());
    const dy = memory.tensor(pool, (await forward()).shape);
    const options = { layout, gradient: pass };
    const backward = () =>
      size === 'global' ? pool.globalSoftPoolGrad(x, dy, options) : pool.adaptiveSoftPool2dGrad(x, dy, { ...options, outputSize: size });
    return async () => pool.free(await backward());
  };
}

/** SoftPool on this thread, from and to the JavaScript heap. */
export const heap: Subject = (problem) => {
  const [x, dy] = [activations(problem.inputShape), activations(problem.outputShape)];
  const call = callOf<Tensor, Tensor>(softpool, problem);
  return () => call(x, dy);
};

export const plainLoop: Subject = (problem) => {
  const [x, dy] = [activations(problem.inputShape), activations(problem.outputShape)];
  const call = plainSoftPool(problem);
  return () => call(x, dy);
};

/** TensorFlow.js on its WebAssembly backend: SIMD, one thread in Node, channelsLast only. */
export function tensorFlow(name: keyof ReturnType<typeof tensorFlowOps>): Subject {
  return async ({ dims, window: { kernelSize, stride, padding = 0 }, inputShape }) => {
    await tf.setBackend('wasm');
    if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new Error('TensorFlow.js needs SIMD to be a fair peer');
    const x = tf.tensor(activations(inputShape).data, [...inputShape]);
    const op = tensorFlowOps(dims, kernelSize, stride, padding)[name];
    return () => tf.tidy(() => op(x)).dispose();
  };
}

/** ONNX Runtime's operators on one thread, into an allocated output, channelsFirst only. */
export function onnxRuntime(operator: 'AveragePool' | 'MaxPool'): Subject {
  return ({ inputShape, window, outputShape }) => onnxSession(poolModel(operator, inputShape, window), inputShape, { outputShape });
}

export interface SessionOptions {
  /** The shape of an output that is allocated in advance. Default: each run allocates it. */
  readonly outputShape?: readonly number[];
  /** Default 1. */
  readonly threads?: number;
}

/** Runs of a model with one input. */
export async function onnxSession(model: Uint8Array, inputShape: readonly number[], { outputShape, threads = 1 }: SessionOptions = {}) {
  const options = { intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential', logSeverityLevel: 3 } as const;
  const session = await ort.InferenceSession.create(model, options);
  const [[input = ''], [output = '']] = [session.inputNames, session.outputNames];
  const feeds = { [input]: new ort.Tensor('float32', activations(inputShape).data, inputShape) };
  const fetches = outputShape && { [output]: new ort.Tensor('float32', new Float32Array(sizeOf(outputShape)), outputShape) };
  return async () => {
    const results = fetches ? await session.run(feeds, fetches) : await session.run(feeds);
    return results[output]?.data as Float32Array;
  };
}
