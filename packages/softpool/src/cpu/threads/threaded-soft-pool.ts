/** The calls of `softpool` on worker threads: what users see, and the order of jobs. */
import type { SoftPoolCalls } from '../../api/calls.ts';
import { callsOf } from '../../api/calls-of.ts';
import { disposable, type WithDispose } from '../../api/disposable.ts';
import { checkInteger, checkKeys, checkOneOf, checkSignal, throwIfAborted } from '../../api/errors.ts';
import { type Job, jobOf } from '../../api/job.ts';
import { type ArrayOf, checkShape, checkTensor, type DType, type Tensor, type TensorLike } from '../../api/tensor.ts';
import { compileAll, instantiateAll } from '../all-kernels.ts';
import { compileRelaxed } from '../relaxed-kernels.ts';
import { compileSharedKernels } from '../shared-kernels.ts';
import { runOnThisThread } from '../this-thread.ts';
import { availableThreads } from './channel.ts';
import { createPlacedPlans } from './placed-plans.ts';
import { runOnThreads } from './run-on-threads.ts';
import { createTeam, type Team } from './team.ts';
import { createTensorMemory, newTensor, PAGE_BYTES, type TensorMemory } from './tensor-memory.ts';
import { createTensorRegistry, type TensorRegistry } from './tensor-registry.ts';

/** The options of {@link createThreadedSoftPool}. */
export interface ThreadedSoftPoolOptions {
  /**
   * The number of threads that compute at once, 1 to 256. Default: as many as the machine runs.
   * Where memory cannot be shared, as in a page without cross-origin isolation, or a worker cannot
   * be started, as under a policy without `worker-src blob:`, it is 1, and the calling thread
   * computes.
   */
  readonly threads?: number | undefined;
  /**
   * Whether the calling thread is one of them. It computes in steps of some milliseconds, between
   * which other tasks run. Choose `false` where it must stay free, as in a server; calls then
   * take a little longer. Default `true`.
   */
  readonly useCallingThread?: boolean | undefined;
  /**
   * Whether to use fused multiply-add where the engine has relaxed SIMD (Node 22 and later,
   * Chromium). It is faster and as accurate, but the last bits of a result may differ between
   * engines and processors. Default `false`: the same bits everywhere.
   */
  readonly relaxedSimd?: boolean | undefined;
  /**
   * Bytes of memory that the threads share, for tensors and for staging others. Default 256
   * MiB; at most 4 GiB − 64 KiB.
   */
  readonly memoryBytes?: number | undefined;
}

/**
 * The calls of `softpool` on worker threads that share one memory. A call checks its arguments at
 * once, but rejects instead of throwing. Calls resolve in order. Do not change a tensor before the
 * promise is settled. A result lies where x does: in the shared memory or outside it. A call whose
 * `signal` is aborted rejects with its reason when its turn comes, or, if it runs already, when its
 * threads have done what they had begun.
 */
export interface ThreadedSoftPool extends SoftPoolCalls<'async'>, WithDispose {
  /** The number of threads that compute: 1 where memory cannot be shared, or no worker started. */
  readonly threads: number;
  /**
   * Allocates a tensor of zeros in the shared memory, which the calls use without copying it.
   *
   * @throws TypeError if the dtype is unknown; RangeError if the shape is invalid, or the shared
   * memory has no room for the tensor; Error after `dispose`.
   */
  allocate<T extends DType>(shape: readonly number[], dtype: T): Tensor<ArrayOf[T]>;
  /**
   * Frees a tensor that `allocate` or a call has put into the shared memory. Do not use it any
   * more.
   *
   * @throws RangeError if the tensor does not lie there, or was freed; Error if a call uses it.
   */
  free(tensor: Tensor): void;
  /**
   * Stops the threads, as `using` does at the end of its block. Unfinished calls and later ones are
   * rejected, and `allocate` throws; tensors in the shared memory stay readable.
   */
  dispose(): void;
}

const MOST_THREADS = 256;
const DEFAULT_MEMORY = 256 * 2 ** 20;
const MOST_MEMORY = 65535 * PAGE_BYTES;

/**
 * Starts worker threads for the calls of this package, in Node and in cross-origin isolated pages.
 * For tensors that are already on the GPU use `createGpuSoftPool` of `softpool/webgpu`; copying
 * others there and back takes longer than to pool them here.
 *
 * @param options - The number of threads, the size of their memory, whether the caller's thread is
 * one of them, and fused multiply-add.
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
  checkKeys(call, options, ['threads', 'useCallingThread', 'relaxedSimd', 'memoryBytes']);
  const { threads = Math.min(MOST_THREADS, availableThreads()), useCallingThread = true, relaxedSimd = false } = options;
  const { memoryBytes = DEFAULT_MEMORY } = options;
  checkInteger(call, 'options.threads', threads, 1, MOST_THREADS);
  checkOneOf(call, 'options.useCallingThread', useCallingThread, [true, false]);
  checkOneOf(call, 'options.relaxedSimd', relaxedSimd, [true, false]);
  checkInteger(call, 'options.memoryBytes', memoryBytes, 1, MOST_MEMORY);
  const needsWorkers = threads > 1 || !useCallingThread;
  const shared = needsWorkers && typeof SharedArrayBuffer !== 'undefined' ? compileShared(relaxedSimd) : undefined;
  const module = shared ?? (relaxedSimd ? compileRelaxed() : undefined) ?? compileAll();
  if (module === undefined) return openWithoutKernels();
  const pages = Math.ceil(memoryBytes / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: shared !== undefined });
  const machine = { kernels: instantiateAll(module, memory), memory };
  const team = shared && (await startTeam(shared, machine, threads, useCallingThread));
  return openThreads(team ?? createTeam(module, machine, 1, true), createTensorMemory(machine));
}

function compileShared(relaxedSimd: boolean): WebAssembly.Module | undefined {
  return (relaxedSimd ? compileRelaxed(true) : undefined) ?? compileSharedKernels();
}

/** Starts a team; undefined if one of its workers cannot be started. */
async function startTeam(...args: Parameters<typeof createTeam>): Promise<Team | undefined> {
  const team = createTeam(...args);
  try {
    await team.start();
    return team;
  } catch {
    team.stop();
    return undefined;
  }
}

function openThreads(team: Team, memory: TensorMemory): ThreadedSoftPool {
  const workplace = { team, memory, plans: createPlacedPlans(memory, team.board.workers + 1) };
  const jobs = createJobQueue(memory.registry, (job, signal) => {
    team.restore();
    return runOnThreads(job, workplace, signal);
  });
  return disposable({
    ...jobs.calls,
    threads: team.threads,
    allocate: allocateBy((shape, dtype, length) => {
      jobs.checkUsable();
      return memory.allocate(shape, dtype, length);
    }),
    free: (tensor: Tensor) => memory.free(tensor),
    dispose() {
      jobs.dispose();
      team.stop();
    },
  });
}

/**
 * Where WebAssembly SIMD is missing: tensors lie in JavaScript's memory, and the calling thread
 * computes the definition.
 */
function openWithoutKernels(): ThreadedSoftPool {
  const registry = createTensorRegistry();
  const registered = <T extends Tensor>(tensor: T): T => {
    registry.add(tensor);
    return tensor;
  };
  const { calls, checkUsable, dispose } = createJobQueue(registry, async (job) => {
    const result = runOnThisThread(job);
    return job.into === undefined && registry.has(job.x) ? registered(result) : result;
  });
  const allocate = allocateBy((shape, dtype) => {
    checkUsable();
    return registered(newTensor(dtype, shape));
  });
  return disposable({ ...calls, threads: 1, allocate, free: (tensor: Tensor) => registry.remove(tensor), dispose });
}

type Run = (job: Job, signal: AbortSignal | undefined) => Promise<Tensor>;

interface JobQueue {
  readonly calls: SoftPoolCalls<'async'>;
  /** Throws after `dispose`. */
  checkUsable(): void;
  dispose(): void;
}

/** The calls, whose jobs run one after another. An invalid call rejects at once. */
function createJobQueue(registry: TensorRegistry, run: Run): JobQueue {
  let isDisposed = false;
  const checkUsable = (): void => {
    if (isDisposed) throw new Error('softpool: the worker threads were disposed');
  };
  let last: Promise<unknown> = Promise.resolve();
  const enqueue = (job: Job, signal: AbortSignal | undefined, check: () => void, release: () => void): Promise<Tensor> => {
    const result = last
      .then(() => {
        checkUsable();
        throwIfAborted(signal);
        check();
        return run(job, signal);
      })
      .finally(release);
    last = result.catch(() => {});
    return result;
  };
  const calls = callsOf<TensorLike, Promise<Tensor>>(
    (call) => {
      try {
        const job = jobOf(call);
        const { signal } = call.options;
        checkSignal(call.name, signal);
        const { x, into } = job;
        const tensors = { x, dy: job.kind === 'gradient' ? job.dy : undefined, 'options.into': into };
        // A buffer may be transferred before the call's turn comes.
        const check = (): void => {
          for (const [name, tensor] of Object.entries(tensors)) if (tensor) checkTensor(call.name, name, tensor);
        };
        return enqueue(job, signal, check, registry.use(call.name, tensors));
      } catch (error) {
        return Promise.reject(error);
      }
    },
    ['into', 'signal'],
  );
  return {
    calls: calls as SoftPoolCalls<'async'>, // the result has x's array type: see tensorCalls
    checkUsable,
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
