/** The calls of `softpool` on worker threads: what users see, and the order of jobs. */
import type { SoftPoolCalls } from '../../api/calls.ts';
import { callsOf } from '../../api/calls-of.ts';
import { checkInteger, checkKeys, checkOneOf } from '../../api/errors.ts';
import { type Job, jobOf } from '../../api/job.ts';
import { type ArrayOf, checkShape, type DType, type Tensor } from '../../api/tensor.ts';
import { runOnThisThread } from '../this-thread.ts';
import { compileKernels, instantiateKernels, runCalls } from '../wasm-module.ts';
import { runOnThreads } from './run-on-threads.ts';
import { createTensorMemory, newTensor, PAGE_BYTES, type TensorMemory } from './tensor-memory.ts';
import { availableThreads, startThread, type Thread } from './thread.ts';

/** The options of {@link createThreadedSoftPool}. */
export interface ThreadedSoftPoolOptions {
  /**
   * The number of worker threads, 1 to 256. Default: as many as the machine runs at once. Where
   * memory cannot be shared, as in a page without cross-origin isolation, it is 1, and the calling
   * thread computes.
   */
  readonly threads?: number | undefined;
  /**
   * Bytes of memory that the threads share, for tensors and for staging others. Default 256
   * MiB; at most 4 GiB − 64 KiB.
   */
  readonly memoryBytes?: number | undefined;
}

/**
 * The calls of `softpool` on worker threads that share one memory. A call checks its arguments at
 * once, but rejects instead of throwing. Calls resolve in order. Do not change a tensor before the
 * promise is settled. A result lies where x does: in the shared memory or outside it.
 */
export interface ThreadedSoftPool extends SoftPoolCalls<'async'> {
  /** The number of threads that compute: 1 where memory cannot be shared. */
  readonly threads: number;
  /**
   * Allocates a tensor of zeros in the shared memory, which the calls use without copying it.
   *
   * @throws RangeError if the shape is invalid, or the shared memory has no room for the tensor.
   */
  allocate<T extends DType>(shape: readonly number[], dtype: T): Tensor<ArrayOf[T]>;
  /**
   * Frees a tensor that `allocate` or a call has put into the shared memory. Do not use it any
   * more.
   *
   * @throws RangeError if the tensor does not lie there, or was freed.
   */
  free(tensor: Tensor): void;
  /**
   * Stops the threads. Unfinished calls and later ones are rejected; tensors in the shared memory
   * stay readable.
   */
  dispose(): void;
}

const DEFAULT_MEMORY = 256 * 2 ** 20;
const MOST_MEMORY = 65535 * PAGE_BYTES;
const MOST_THREADS = 256;

/**
 * Starts worker threads for the calls of this package, in Node and in cross-origin isolated pages.
 * For tensors that are already on the GPU use `createGpuSoftPool` of `softpool/webgpu`; copying
 * others there and back takes longer than to pool them here.
 *
 * @param options - The number of threads, and the size of their memory.
 * @throws RangeError or TypeError (as a rejection) for an invalid option.
 * @example
 * ```ts
 * const threads = await createThreadedSoftPool({ threads: 2 });
 * const x = threads.allocate([8, 64, 112, 112], 'float32');
 * x.data.fill(1);
 * const y = await threads.softPool2d(x, { kernelSize: 2 }); // in the shared memory, as x is
 * threads.free(y);
 * threads.dispose();
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
  if (module === undefined) return openWithoutKernels();
  const pages = Math.ceil(memoryBytes / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: isShared });
  const kernels = instantiateKernels(module, memory);
  const callingThread: Thread = { run: async (calls) => runCalls(kernels, calls), isAlive: () => true, stop: () => {} };
  const start = isShared ? (): Thread => startThread(module, memory) : (): Thread => callingThread;
  return openThreads(isShared ? threads : 1, start, createTensorMemory({ kernels, memory }));
}

function openThreads(count: number, start: () => Thread, memory: TensorMemory): ThreadedSoftPool {
  const threads = Array.from({ length: count }, start);
  const jobs = createJobQueue((job) => {
    threads.forEach((thread, i) => {
      if (!thread.isAlive()) threads[i] = start();
    });
    return runOnThreads(job, threads, memory);
  });
  return {
    ...jobs.calls,
    threads: count,
    allocate: allocateBy((shape, dtype, length) => memory.allocate(shape, dtype, length)),
    free: (tensor) => memory.free(tensor),
    dispose() {
      jobs.dispose();
      for (const thread of threads) thread.stop();
    },
  };
}

/**
 * Where WebAssembly SIMD is missing: tensors lie in JavaScript's memory, and the calling thread
 * computes the definition.
 */
function openWithoutKernels(): ThreadedSoftPool {
  const { calls, dispose } = createJobQueue(async (job) => runOnThisThread(job));
  const allocate = allocateBy((shape, dtype) => newTensor(dtype, shape));
  return { ...calls, threads: 1, allocate, free: () => {}, dispose };
}

/** The calls, whose jobs run one after another. An invalid call rejects at once. */
function createJobQueue(run: (job: Job) => Promise<Tensor>): { calls: SoftPoolCalls<'async'>; dispose(): void } {
  let isDisposed = false;
  let last: Promise<unknown> = Promise.resolve();
  const enqueue = (job: Job): Promise<Tensor> => {
    const result = last.then(() => {
      if (isDisposed) throw new Error('softpool: the worker threads were disposed');
      return run(job);
    });
    last = result.catch(() => {});
    return result;
  };
  const calls = callsOf<Tensor, Promise<Tensor>>((call) => {
    try {
      return enqueue(jobOf(call));
    } catch (error) {
      return Promise.reject(error);
    }
  });
  return {
    calls: calls as SoftPoolCalls<'async'>, // the result has x's array type: see tensorCalls
    dispose() {
      isDisposed = true;
    },
  };
}

function allocateBy(allocate: (shape: readonly number[], dtype: DType, length: number) => Tensor): ThreadedSoftPool['allocate'] {
  return (shape, dtype) => {
    checkOneOf('allocate', 'dtype', dtype, ['float64', 'float32', 'float16']);
    // of the class that ArrayOf says
    return allocate(shape, dtype, checkShape('allocate', 'shape', shape)) as never;
  };
}
