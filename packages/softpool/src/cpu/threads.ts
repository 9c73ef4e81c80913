/**
 * The CPU backend on a pool of threads with one shared memory. A job is cut by planes or rows; tensors that lie in the pool's memory are
 * used where they are, others pass through it piece by piece while the threads compute. Jobs run one after another, in the order of the calls.
 */

import { checkInteger, checkKeys, checkOneOf, rangeError } from '../api/errors.ts';
import { adaptiveJob, globalJob, type Job, poolJob, resultShape } from '../calls.ts';
import type { AdaptivePoolOptions, GlobalPoolOptions, GradientOptions, PoolOptions } from '../options.ts';
import { checkShape, type DType, type FloatArray, type Tensor, tensorLike } from '../tensor.ts';
import { type Allocator, createAllocator } from './allocator.ts';
import { bytesOf, emptyResult, runOnThisThread } from './engine.ts';
import {
  collect,
  cutAlong,
  directCalls,
  isDirect,
  type JobAddresses,
  type JobBytes,
  type Machine,
  type Part,
  problemBytes,
  SLACK,
  stage,
  stagedCalls,
  stagedPieces,
  stagingBytes,
  wholeJob,
  writeProblem,
} from './execute.ts';
import { TASKS_AT_ONCE } from './mailbox.ts';
import { compileKernels, instantiateKernels, runCalls } from './module.ts';
import { makePlan, type PlanShape } from './plan.ts';
import { availableThreads, startThread, type Thread } from './thread.ts';

/** The options of {@link createThreadedSoftPool}. */
export interface ThreadedSoftPoolOptions {
  /** How many threads compute. Default: as many as the machine runs at once. Where memory cannot be shared, it is 1, the caller's own. */
  readonly threads?: number | undefined;
  /** The size of the pool's memory in bytes, for its tensors and for what passes through. Default 256 MiB; at most 4 GiB − 64 KiB. */
  readonly memoryBytes?: number | undefined;
}

/** The array that a tensor of an element type has. */
export interface ArrayOf {
  /** 64-bit numbers. */
  readonly float64: Float64Array;
  /** 32-bit numbers. */
  readonly float32: Float32Array;
  /** Bits, which every engine has; the tensor says `dtype: 'float16'`. */
  readonly float16: Uint16Array;
}

/**
 * The calls of this package on a pool of threads. They check their arguments at once, but reject instead of throwing; do not change a
 * tensor before the promise is settled. A result lies where x does: in the pool's memory or outside it.
 */
export interface ThreadedSoftPool {
  /** How many threads compute: 1 where memory cannot be shared, as in a page without cross-origin isolation. */
  readonly threads: number;
  /**
   * A tensor of zeros in the pool's memory, which its calls use without copying it.
   *
   * @throws RangeError if the shape makes no sense, or the pool's memory has no room for it.
   */
  allocate<T extends DType>(shape: readonly number[], dtype: T): Tensor<ArrayOf[T]>;
  /** Gives the memory of a tensor of this pool back; the tensor must not be used any more. Throws a RangeError if it is not one, or was freed. */
  free(tensor: Tensor): void;
  /** As `softPool1d` of this package. */
  softPool1d<D extends FloatArray>(x: Tensor<D>, options: PoolOptions): Promise<Tensor<D>>;
  /** As `softPool2d` of this package. */
  softPool2d<D extends FloatArray>(x: Tensor<D>, options: PoolOptions): Promise<Tensor<D>>;
  /** As `softPool3d` of this package. */
  softPool3d<D extends FloatArray>(x: Tensor<D>, options: PoolOptions): Promise<Tensor<D>>;
  /** As `softPool1dGrad` of this package. */
  softPool1dGrad<D extends FloatArray>(x: Tensor<D>, dy: Tensor<D>, options: PoolOptions & GradientOptions): Promise<Tensor<D>>;
  /** As `softPool2dGrad` of this package. */
  softPool2dGrad<D extends FloatArray>(x: Tensor<D>, dy: Tensor<D>, options: PoolOptions & GradientOptions): Promise<Tensor<D>>;
  /** As `softPool3dGrad` of this package. */
  softPool3dGrad<D extends FloatArray>(x: Tensor<D>, dy: Tensor<D>, options: PoolOptions & GradientOptions): Promise<Tensor<D>>;
  /** As `globalSoftPool` of this package. */
  globalSoftPool<D extends FloatArray>(x: Tensor<D>, options?: GlobalPoolOptions): Promise<Tensor<D>>;
  /** As `globalSoftPoolGrad` of this package. */
  globalSoftPoolGrad<D extends FloatArray>(x: Tensor<D>, dy: Tensor<D>, options?: GlobalPoolOptions & GradientOptions): Promise<Tensor<D>>;
  /** As `adaptiveSoftPool1d` of this package. */
  adaptiveSoftPool1d<D extends FloatArray>(x: Tensor<D>, options: AdaptivePoolOptions): Promise<Tensor<D>>;
  /** As `adaptiveSoftPool2d` of this package. */
  adaptiveSoftPool2d<D extends FloatArray>(x: Tensor<D>, options: AdaptivePoolOptions): Promise<Tensor<D>>;
  /** As `adaptiveSoftPool3d` of this package. */
  adaptiveSoftPool3d<D extends FloatArray>(x: Tensor<D>, options: AdaptivePoolOptions): Promise<Tensor<D>>;
  /** As `adaptiveSoftPool1dGrad` of this package. */
  adaptiveSoftPool1dGrad<D extends FloatArray>(
    x: Tensor<D>,
    dy: Tensor<D>,
    options: AdaptivePoolOptions & GradientOptions,
  ): Promise<Tensor<D>>;
  /** As `adaptiveSoftPool2dGrad` of this package. */
  adaptiveSoftPool2dGrad<D extends FloatArray>(
    x: Tensor<D>,
    dy: Tensor<D>,
    options: AdaptivePoolOptions & GradientOptions,
  ): Promise<Tensor<D>>;
  /** As `adaptiveSoftPool3dGrad` of this package. */
  adaptiveSoftPool3dGrad<D extends FloatArray>(
    x: Tensor<D>,
    dy: Tensor<D>,
    options: AdaptivePoolOptions & GradientOptions,
  ): Promise<Tensor<D>>;
  /** Ends the threads. Calls that have not finished, and any later ones, are rejected; tensors of the pool stay readable. */
  dispose(): void;
}

const PAGE_BYTES = 65536;
const DEFAULT_MEMORY = 256 * 2 ** 20;
const MOST_MEMORY = 65535 * PAGE_BYTES;
const MOST_THREADS = 256;

/** What a thread is given at once of tensors outside the pool's memory: enough to be worth telling it. */
const PIECE_BYTES = 2 ** 20;

/** Elements of a part that are worth telling a thread of. */
const SMALLEST_PART = 2 ** 17;

const ARRAYS = { float64: Float64Array, float32: Float32Array, float16: Uint16Array } as const;

/**
 * The calls of this package on a pool of threads with one shared memory, in Node and in cross-origin isolated pages. For tensors that are on the GPU
 * anyway there is `createGpuSoftPool` of `softpool/webgpu`; for others the way there and back takes longer than to pool them here.
 *
 * @param options - The number of threads, and the size of their memory.
 * @throws RangeError or TypeError (as a rejection) for an invalid option.
 * @example
 * ```ts
 * const pool = await createThreadedSoftPool({ threads: 2 });
 * const x = pool.allocate([8, 64, 112, 112], 'float32');
 * x.data.fill(1);
 * const y = await pool.softPool2d(x, { kernelSize: 2 }); // lies in the pool's memory, as x does
 * pool.free(y);
 * pool.dispose();
 * ```
 */
export async function createThreadedSoftPool(options: ThreadedSoftPoolOptions = {}): Promise<ThreadedSoftPool> {
  const call = 'createThreadedSoftPool';
  checkKeys(call, options, ['threads', 'memoryBytes']);
  const { threads = Math.min(MOST_THREADS, availableThreads()), memoryBytes = DEFAULT_MEMORY } = options;
  checkInteger(call, 'options.threads', threads, 1, MOST_THREADS);
  checkInteger(call, 'options.memoryBytes', memoryBytes, 1, MOST_MEMORY);
  const isShared = threads > 1 && typeof SharedArrayBuffer !== 'undefined';
  const module = compileKernels(isShared);
  const pages = Math.ceil(memoryBytes / PAGE_BYTES);
  if (module === undefined) return openPool([], undefined);
  const memory = new WebAssembly.Memory(isShared ? { initial: pages, maximum: pages, shared: true } : { initial: pages, maximum: pages });
  const machine = { kernels: instantiateKernels(module, memory), memory };
  const start = isShared ? (): Thread => startThread(module, memory) : (): Thread => callingThread(machine);
  return openPool(
    Array.from({ length: isShared ? threads : 1 }, () => start),
    machine,
  );
}

/** A pool of the threads that `starters` start, or, without a machine (where WebAssembly SIMD is missing), one of the definition. */
function openPool(starters: readonly (() => Thread)[], machine: Machine | undefined): ThreadedSoftPool {
  const allocator = createAllocator(PAGE_BYTES, machine?.memory.buffer.byteLength ?? PAGE_BYTES);
  const threads = starters.map((start) => start());
  let disposed = false;
  let last: Promise<unknown> = Promise.resolve();

  /** Runs jobs one after another; what a call's arguments are wrong with rejects it at once. */
  const enqueue = <D extends FloatArray>(makeJob: () => Job<D>): Promise<Tensor<D>> => {
    let job: Job<D>;
    try {
      job = makeJob();
    } catch (error) {
      return Promise.reject(error);
    }
    const result = last.then(() => {
      if (disposed) throw new Error('SoftPool: the pool was disposed');
      starters.forEach((start, i) => {
        if (!threads[i]?.isAlive()) threads[i] = start();
      });
      return machine === undefined ? runOnThisThread(job) : runOnThreads(job, machine, threads, allocator);
    });
    last = result.catch(() => {});
    return result;
  };

  return {
    threads: Math.max(1, threads.length),
    allocate(shape, dtype) {
      checkOneOf('allocate', 'dtype', dtype, ['float64', 'float32', 'float16']);
      const length = checkShape('allocate', 'shape', shape);
      return (machine === undefined ? heapTensor(shape, dtype, length) : poolTensor(machine, allocator, shape, dtype, length)) as never;
    },
    free(tensor) {
      const { data } = tensor;
      if (machine === undefined) return;
      if (data.buffer !== machine.memory.buffer || !allocator.free(data.byteOffset)) {
        throw rangeError('free', 'tensor', 'one that was allocated here and not freed yet', tensor);
      }
    },
    softPool1d: (x, options) => enqueue(() => poolJob('softPool1d', 1, x, options)),
    softPool2d: (x, options) => enqueue(() => poolJob('softPool2d', 2, x, options)),
    softPool3d: (x, options) => enqueue(() => poolJob('softPool3d', 3, x, options)),
    softPool1dGrad: (x, dy, options) => enqueue(() => poolJob('softPool1dGrad', 1, x, options, dy)),
    softPool2dGrad: (x, dy, options) => enqueue(() => poolJob('softPool2dGrad', 2, x, options, dy)),
    softPool3dGrad: (x, dy, options) => enqueue(() => poolJob('softPool3dGrad', 3, x, options, dy)),
    globalSoftPool: (x, options = {}) => enqueue(() => globalJob('globalSoftPool', x, options)),
    globalSoftPoolGrad: (x, dy, options = {}) => enqueue(() => globalJob('globalSoftPoolGrad', x, options, dy)),
    adaptiveSoftPool1d: (x, options) => enqueue(() => adaptiveJob('adaptiveSoftPool1d', 1, x, options)),
    adaptiveSoftPool2d: (x, options) => enqueue(() => adaptiveJob('adaptiveSoftPool2d', 2, x, options)),
    adaptiveSoftPool3d: (x, options) => enqueue(() => adaptiveJob('adaptiveSoftPool3d', 3, x, options)),
    adaptiveSoftPool1dGrad: (x, dy, options) => enqueue(() => adaptiveJob('adaptiveSoftPool1dGrad', 1, x, options, dy)),
    adaptiveSoftPool2dGrad: (x, dy, options) => enqueue(() => adaptiveJob('adaptiveSoftPool2dGrad', 2, x, options, dy)),
    adaptiveSoftPool3dGrad: (x, dy, options) => enqueue(() => adaptiveJob('adaptiveSoftPool3dGrad', 3, x, options, dy)),
    dispose() {
      disposed = true;
      for (const thread of threads) thread.stop();
    },
  };
}

/** Runs one job, with nothing else running. */
async function runOnThreads<D extends FloatArray>(
  job: Job<D>,
  machine: Machine,
  threads: readonly Thread[],
  allocator: Allocator,
): Promise<Tensor<D>> {
  const { x, dy, problem } = job;
  const gradient = dy !== undefined;
  const plan = makePlan(problem);
  const result = x.data.buffer === machine.memory.buffer ? poolResult(job, machine, allocator) : emptyResult(job);
  const bytes: JobBytes = { x: bytesOf(x.data), dy: dy && bytesOf(dy.data), result: bytesOf(result.data) };
  const direct = isDirect(plan, machine.memory, bytes);
  const whole = wholeJob(plan, gradient);
  const parts = direct ? directParts(plan, whole, threads.length) : stagedPieces(plan, whole, gradient, PIECE_BYTES);
  const addresses: JobAddresses | undefined = direct
    ? { x: bytes.x.byteOffset, dy: bytes.dy?.byteOffset, result: bytes.result.byteOffset }
    : undefined;
  const blocks: number[] = [];
  const take = (size: number): number => {
    const address = reserve(allocator, machine.memory, size);
    blocks.push(address);
    return address;
  };
  const queue = parts.values();
  let failure: unknown;

  /** Takes parts from the queue until there are none, or until one has failed. */
  const work = async (thread: Thread, problem: number, staging: number): Promise<void> => {
    for (const part of queue) {
      if (failure !== undefined) return;
      try {
        if (!direct) stage(machine.memory, plan, bytes, part, staging);
        await thread.run(
          addresses === undefined ? stagedCalls(plan, problem, part, gradient, staging) : directCalls(plan, problem, addresses, part),
        );
        if (!direct) collect(machine.memory, plan, bytes, part, staging);
      } catch (error) {
        failure ??= error;
      }
    }
  };

  try {
    const stagingSize = direct ? 0 : stagingBytes(plan, parts, gradient);
    const size = problemBytes(machine, plan, take(plan.block.length));
    const problems = threads.map(() => {
      const problem = take(size);
      writeProblem(machine, plan, problem);
      return problem;
    });
    // Each thread's first task before any thread's second: few parts, too, go to different threads.
    const workers = Array.from({ length: TASKS_AT_ONCE }, () =>
      threads.map((thread, i) => ({ thread, problem: problems[i] as number, staging: direct ? 0 : take(stagingSize) })),
    ).flat();
    await Promise.all(workers.map(({ thread, problem, staging }) => work(thread, problem, staging)));
    if (failure !== undefined) throw failure;
    return result;
  } catch (error) {
    if (result.data.buffer === machine.memory.buffer) allocator.free(result.data.byteOffset);
    throw error;
  } finally {
    for (const block of blocks) allocator.free(block);
  }
}

/** A job cut into enough parts that threads which are slowed down can be helped out: by elements, or, if those are few, along the plan's axis. */
function directParts(plan: PlanShape, whole: Part, threads: number): Part[] {
  const elements = plan.outer * plan.windows.inputSize * plan.inputSlice;
  const wanted = threads === 1 ? 1 : threads * Math.max(1, Math.min(4, Math.floor(elements / (threads * SMALLEST_PART))));
  if (plan.outer < wanted) return cutAlong(plan, whole, wanted);
  const step = Math.ceil(plan.outer / wanted);
  return Array.from({ length: Math.ceil(plan.outer / step) }, (_, i) => ({
    ...whole,
    from: i * step,
    to: Math.min(plan.outer, (i + 1) * step),
  }));
}

/** The calling thread, for a pool without threads of its own. */
function callingThread(machine: Machine): Thread {
  return {
    run: async (calls) => runCalls(machine.kernels, calls),
    isAlive: () => true,
    stop: () => {},
  };
}

function poolResult<D extends FloatArray>(job: Job<D>, { memory }: Machine, allocator: Allocator): Tensor<D> {
  const shape = resultShape(job);
  const length = shape.reduce((size, axis) => size * axis, 1);
  const address = reserve(allocator, memory, length * job.x.data.BYTES_PER_ELEMENT);
  const ArrayType = job.x.data.constructor as new (buffer: ArrayBufferLike, address: number, length: number) => D;
  return tensorLike(job.x, new ArrayType(memory.buffer, address, length), shape);
}

function poolTensor({ memory }: Machine, allocator: Allocator, shape: readonly number[], dtype: DType, length: number): Tensor {
  const ArrayType = ARRAYS[dtype];
  const address = reserve(allocator, memory, length * ArrayType.BYTES_PER_ELEMENT);
  const data = new ArrayType(memory.buffer, address, length).fill(0);
  return dtype === 'float16' ? { data, shape: [...shape], dtype } : { data, shape: [...shape] };
}

function heapTensor(shape: readonly number[], dtype: DType, length: number): Tensor {
  const data = new ARRAYS[dtype](length);
  return dtype === 'float16' ? { data, shape: [...shape], dtype } : { data, shape: [...shape] };
}

/** A block of the pool's memory, with room for vectors that reach over its end. */
function reserve(allocator: Allocator, memory: WebAssembly.Memory, bytes: number): number {
  const address = allocator.allocate(bytes + SLACK);
  if (address === undefined) {
    throw new RangeError(
      `SoftPool: the pool's memory has no room for ${bytes} bytes: of its ${memory.buffer.byteLength}, ${allocator.used()} are in use; free tensors, or create the pool with more memoryBytes`,
    );
  }
  return address;
}
