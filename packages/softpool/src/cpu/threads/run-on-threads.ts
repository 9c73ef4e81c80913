/**
 * Runs one job on all threads. It is cut by planes or rows. Tensors in the shared memory are used
 * where they lie; others pass through it piece by piece while the threads compute.
 */
import { throwIfAborted } from '../../api/errors.ts';
import { type Job, resultOf } from '../../api/job.ts';
import { nextTask } from '../../api/next-task.ts';
import type { Tensor } from '../../api/tensor.ts';
import { directCalls, isDirect, stagedParts, stagedPiece, stagingBytes } from '../dispatch.ts';
import { mapOperands, operandsOf } from '../operands.ts';
import { cutAlong, type Part, type Plan, wholeJob } from '../plan.ts';
import { copyIn, copyOut, transposedThere } from '../staging.ts';
import { type KernelCall, runCalls } from '../wasm-module.ts';
import { runWithZerosAsync } from '../with-zeros.ts';
import { canOffer, isDone, offerTask } from './board.ts';
import type { Gain } from './gain.ts';
import type { PlacedPlan, PlacedPlans } from './placed-plans.ts';
import type { Team } from './team.ts';
import type { TensorMemory } from './tensor-memory.ts';

/** What jobs run on. */
export interface Workplace {
  readonly team: Team;
  readonly memory: TensorMemory;
  readonly plans: PlacedPlans;
}

/** The bytes staged at once for a thread: enough to be worth a task. */
const PIECE_BYTES = 2 ** 20;

/** Pieces staged at once for the caller and each worker: one is computed, another is copied. */
const PIECES_AT_ONCE = 2;

/** The fewest elements that are worth waking a thread. */
const SMALLEST_SHARED = 2 ** 18;

/** The fewest elements of a part that are worth a task, and the most, some milliseconds' work. */
const SMALLEST_PART = 2 ** 16;
const LARGEST_PART = 2 ** 20;

/** Parts for each thread, so that faster threads can take over work. */
const PARTS_PER_THREAD = 16;

/** After this time, a caller's thread that computes lets other tasks run. */
const STEP_MILLISECONDS = 4;

/** Runs a job, or as much of it as comes before `signal` is aborted. Only one may run at a time. */
export async function runOnThreads(job: Job, workplace: Workplace, signal: AbortSignal | undefined): Promise<Tensor> {
  const { memory, plans } = workplace;
  const isNew = job.into === undefined && job.x.data.buffer === memory.machine.memory.buffer;
  const result = isNew ? memory.allocateResult(job) : resultOf(job);
  try {
    if (job.problem.geometry.zeros !== undefined) {
      return await runWithZerosAsync(job, result, (padded) => runOnThreads(padded, workplace, signal));
    }
    await runPlan(job, plans.place(job.problem), result, workplace, signal);
    return result;
  } catch (error) {
    if (isNew) memory.free(result);
    throw error;
  } finally {
    plans.leave();
  }
}

async function runPlan(
  job: Job,
  { plan, problem, problemStride, gain }: PlacedPlan,
  result: Tensor,
  { team, memory }: Workplace,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { machine } = memory;
  const tensors = operandsOf(job, result);
  if (isDirect(plan, machine.memory, tensors)) {
    const addresses = mapOperands(tensors, ({ byteOffset }) => byteOffset);
    const parts = directParts(plan, wholeJob(plan, job.kind), team);
    await compute(memory, team, gain, signal, {
      parts,
      problemStride,
      atOnce: parts.length,
      open: (part) => directCalls(plan, problem, addresses, part),
    });
    return;
  }
  const parts = stagedParts(plan, job.kind, PIECE_BYTES);
  const bytes = stagingBytes(plan, parts, job.kind);
  const { staging, atOnce } = reservePlaces(memory, bytes, Math.min(parts.length, PIECES_AT_ONCE * (team.board.workers + 1)));
  const there = transposedThere(plan, machine.memory, tensors);
  const piece = (part: Part, place: number) => stagedPiece(plan, problem, part, job.kind, staging + place * bytes, there);
  try {
    await compute(memory, team, gain, signal, {
      ...{ parts, problemStride, atOnce },
      open(part, place) {
        const { areas, calls } = piece(part, place);
        copyIn(machine.memory, plan, tensors, areas);
        return calls;
      },
      close: (part, place) => copyOut(machine.memory, plan, tensors, piece(part, place).areas),
    });
  } finally {
    memory.release(staging);
  }
}

/** Reserves staging memory for `most` parts of so many bytes, or for fewer if there is no room. */
function reservePlaces(memory: TensorMemory, bytes: number, most: number): { staging: number; atOnce: number } {
  for (let atOnce = most; ; atOnce = Math.floor(atOnce / 2)) {
    try {
      return { staging: memory.reserve(bytes * atOnce), atOnce };
    } catch (error) {
      if (atOnce === 1) throw error;
    }
  }
}

/** Parts of a job, and how each becomes a task. A part that is in work has a place of its own. */
interface Work {
  readonly parts: readonly Part[];
  /** As in offerTask. */
  readonly problemStride: number;
  /** The number of places. */
  readonly atOnce: number;
  open(part: Part, place: number): readonly KernelCall[];
  close?(part: Part, place: number): void;
}

/** Computes all parts, until one has failed or the signal is aborted. */
async function compute(memory: TensorMemory, team: Team, gain: Gain, signal: AbortSignal | undefined, work: Work): Promise<void> {
  if (team.usesCaller && (team.threads === 1 || work.parts.length === 1)) return computeAlone(memory, team, signal, work);
  const isAlone = team.usesCaller && !gain.isNextShared();
  const start = performance.now();
  if (isAlone) await computeAlone(memory, team, signal, work);
  else await shareOut(team, signal, work);
  gain.note(performance.now() - start);
}

/** Computes the parts on all threads. */
async function shareOut(team: Team, signal: AbortSignal | undefined, work: Work): Promise<void> {
  try {
    await share(team, signal, work);
    await team.check();
  } catch (error) {
    await team.abandon();
    throw error;
  }
}

/** Computes the parts on the caller's thread, and lets other tasks run now and then. */
async function computeAlone({ machine }: TensorMemory, team: Team, signal: AbortSignal | undefined, work: Work): Promise<void> {
  let start = performance.now();
  for (const part of work.parts) {
    if (performance.now() - start > STEP_MILLISECONDS) {
      await nextTask();
      start = performance.now();
      throwIfAborted(signal);
      await team.check();
    }
    runCalls(machine.kernels, work.open(part, 0));
    work.close?.(part, 0);
  }
}

/** Offers the parts as tasks, in order, and takes tasks as well if the team uses the caller. */
async function share(team: Team, signal: AbortSignal | undefined, { parts, problemStride, atOnce, open, close }: Work): Promise<void> {
  const { board } = team;
  const wake = (): void => {
    if (unheard > 0) team.wakeWorkers(unheard);
    unheard = 0;
  };
  const tasks: number[] = []; // of the parts from `closed` to `opened`
  let opened = 0;
  let closed = 0;
  let unheard = 0; // tasks offered since workers were woken
  let last = performance.now();
  while (closed < parts.length) {
    const oldest = tasks[0];
    if (oldest !== undefined && isDone(board, oldest)) {
      close?.(parts[closed] as Part, closed % atOnce);
      tasks.shift();
      closed++;
    } else if (opened < parts.length && tasks.length < atOnce && canOffer(board)) {
      tasks.push(offerTask(board, open(parts[opened] as Part, opened % atOnce), problemStride));
      opened++;
      unheard++;
      if (close) wake(); // so that a piece is computed while the next one is copied
    } else {
      wake();
      if (performance.now() - last > STEP_MILLISECONDS) {
        await nextTask();
        last = performance.now();
      }
      throwIfAborted(signal);
      await team.check();
      // If nothing is to be copied, a message for the last of them is enough.
      const awaited = close ? oldest : tasks.at(-1);
      if (!(team.usesCaller && team.runOne()) && awaited !== undefined) await team.waitFor(awaited, signal);
    }
  }
}

/** Cuts a job by elements, or if they are few, along the plan's axis. */
function directParts(plan: Plan, whole: Part, { threads }: Team): Part[] {
  const elements = plan.outer * plan.windows.inputSize * plan.inputSlice;
  const most = threads === 1 || elements < SMALLEST_SHARED ? 1 : Math.min(Math.floor(elements / SMALLEST_PART), PARTS_PER_THREAD * threads);
  const wanted = Math.max(1, most, Math.ceil(elements / LARGEST_PART));
  // More parts of a gradient than windows would sum each window again.
  const along = Math.min(wanted, Math.max(threads, plan.windows.outputSize));
  if (plan.outer < along) return cutAlong(plan, whole, along);
  const step = Math.ceil(plan.outer / wanted);
  return Array.from({ length: Math.ceil(plan.outer / step) }, (_, i) => ({
    ...whole,
    from: i * step,
    to: Math.min(plan.outer, (i + 1) * step),
  }));
}
