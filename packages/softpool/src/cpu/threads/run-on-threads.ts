/**
 * Runs one job on all threads. It is cut by planes or rows. Tensors in the shared memory are used
 * where they lie; others pass through it piece by piece while the threads compute.
 */
import type { Job } from '../../api/job.ts';
import type { Tensor } from '../../api/tensor.ts';
import { directCalls, isDirect, stagedParts, stagedPiece, stagingBytes } from '../dispatch.ts';
import { mapOperands, operandsOf, resultOf } from '../operands.ts';
import { cutAlong, type Part, type Plan, planFor, wholeJob } from '../plan.ts';
import { placeProblem, problemBytes } from '../problem-block.ts';
import { copyIn, copyOut } from '../staging.ts';
import { runWithZerosAsync } from '../with-zeros.ts';
import { TASKS_AT_ONCE } from './mailbox.ts';
import type { TensorMemory } from './tensor-memory.ts';
import type { Thread } from './thread.ts';

/** The bytes staged at once for a thread: enough to be worth a task. */
const PIECE_BYTES = 2 ** 20;

/** The fewest elements of a part that are worth a task. */
const SMALLEST_PART = 2 ** 17;

/** Runs a job, or as much of it as comes before `signal` is aborted. Only one may run at a time. */
export async function runOnThreads(
  job: Job,
  threads: readonly Thread[],
  memory: TensorMemory,
  signal: AbortSignal | undefined,
): Promise<Tensor> {
  const { machine } = memory;
  const isNew = job.into === undefined && job.x.data.buffer === machine.memory.buffer;
  const result = isNew ? memory.allocateResult(job) : resultOf(job);
  if (job.problem.geometry.zeros !== undefined) {
    try {
      return await runWithZerosAsync(job, result, (padded) => runOnThreads(padded, threads, memory, signal));
    } catch (error) {
      if (isNew) memory.free(result);
      throw error;
    }
  }
  const plan = planFor(job.problem);
  const blocks: number[] = [];
  const reserve = (bytes: number): number => {
    const address = memory.reserve(bytes);
    blocks.push(address);
    return address;
  };
  try {
    const size = problemBytes(machine, plan.block, reserve(plan.block.length));
    const problems = threads.map(() => {
      const problem = reserve(size);
      placeProblem(machine, plan.block, problem);
      return problem;
    });
    const tensors = operandsOf(job, result);
    if (isDirect(plan, machine.memory, tensors)) {
      const addresses = mapOperands(tensors, ({ byteOffset }) => byteOffset);
      await work(threads, problems, directParts(plan, wholeJob(plan, job.kind), threads.length), signal, () => {
        return (thread, problem, part) => thread.run(directCalls(plan, problem, addresses, part));
      });
    } else {
      const parts = stagedParts(plan, job.kind, PIECE_BYTES);
      const bytes = stagingBytes(plan, parts, job.kind);
      await work(threads, problems, parts, signal, () => {
        const staging = reserve(bytes);
        return async (thread, problem, part) => {
          const { areas, calls } = stagedPiece(plan, problem, part, job.kind, staging);
          copyIn(machine.memory, plan, tensors, part, areas);
          await thread.run(calls);
          copyOut(machine.memory, plan, tensors, part, areas);
        };
      });
    }
    return result;
  } catch (error) {
    if (isNew) memory.free(result);
    throw error;
  } finally {
    for (const block of blocks) memory.release(block);
  }
}

type RunPart = (thread: Thread, problem: number, part: Part) => Promise<void>;

/**
 * Gives every thread TASKS_AT_ONCE tasks at a time until no part is left, one has failed, or the
 * signal is aborted.
 */
async function work(
  threads: readonly Thread[],
  problems: readonly number[],
  parts: readonly Part[],
  signal: AbortSignal | undefined,
  open: () => RunPart,
): Promise<void> {
  const queue = parts.values();
  let failure: { readonly error: unknown } | undefined;
  const takeParts = async (thread: Thread, problem: number, run: RunPart): Promise<void> => {
    for (const part of queue) {
      if (failure !== undefined || signal?.aborted) return;
      try {
        await run(thread, problem, part);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  // Each thread's first task before any thread's second: a few parts, too, go to different threads.
  const workers = Array.from({ length: TASKS_AT_ONCE }, () =>
    threads.map((thread, i) => ({ thread, problem: problems[i] as number, run: open() })),
  ).flat();
  await Promise.all(workers.map(({ thread, problem, run }) => takeParts(thread, problem, run)));
  if (failure !== undefined) throw failure.error;
  signal?.throwIfAborted();
}

/**
 * Cuts a job into more parts than threads, so that faster threads can take over work: by elements,
 * or if they are few, along the plan's axis.
 */
function directParts(plan: Plan, whole: Part, threads: number): Part[] {
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
