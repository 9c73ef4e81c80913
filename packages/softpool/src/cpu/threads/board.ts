/**
 * The memory in which the caller offers tasks, and in which it and the worker threads take them.
 * Whoever is free takes the next task, so a thread that comes late costs nothing. No message is
 * needed: one to a thread and its answer would take as long as to pool a whole small tensor.
 *
 * Tasks are numbered in the order in which they are offered, for as long as the board exists. Each
 * has a slot; the next task of the same slot is offered only when it is done.
 */
import { KERNEL, type KernelCall, type Kernels, MOST_ARGUMENTS, runCalls } from '../wasm-module.ts';

/** A board; all threads that use it have the same. */
export interface Board {
  readonly numbers: Int32Array;
  readonly workers: number;
  /** A power of 2. */
  readonly slots: number;
}

/** The most calls in a task: two each to convert x and dy, one to pool, two to convert dx. */
const MOST_CALLS = 7;

// Layout in 32-bit numbers, in cache lines of 16: the tasks ever offered; the tasks ever taken; the
// task that the caller waits for, as its slot plus 1, or 0; whether a task has failed; then a
// number for each thread, which is 1 while it is awake; then the slots.
const OFFERED = 0;
const TAKEN = 16;
const AWAITED = 32;
const FAILED = 48;
const FIRST_THREAD = 64;
// A slot: 1 while its task is not done, the bytes from one thread's problem to the next's, the
// number of calls, and the calls, each with the kernel's number and its arguments.
const PROBLEM_STRIDE = 1;
const COUNT = 2;
const FIRST_CALL = 3;
const CALL_NUMBERS = 1 + MOST_ARGUMENTS;
const SLOT_NUMBERS = FIRST_CALL + MOST_CALLS * CALL_NUMBERS;

/** Tasks that are offered at once, for each thread. */
const SLOTS_PER_THREAD = 16;

/** How long a thread looks for a task, or the caller for the end of one, before it sleeps. */
const SPIN_MILLISECONDS = 0.1;

/** An empty board for the caller and so many workers; in shared memory if there are any. */
export function createBoard(workers: number): Board {
  const slots = 2 ** Math.ceil(Math.log2(SLOTS_PER_THREAD * (workers + 1)));
  const bytes = (FIRST_THREAD + workers + 1 + slots * SLOT_NUMBERS) * Int32Array.BYTES_PER_ELEMENT;
  return { numbers: new Int32Array(workers > 0 ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes)), workers, slots };
}

/** Whether the slot of the next task is free. */
export function canOffer(board: Board): boolean {
  return isDone(board, board.numbers[OFFERED] as number);
}

/**
 * Offers a task and returns its number. Threads that are awake find it; wakeWorkers wakes others.
 * The calls are those of the caller's thread, whose number is 0; another thread's problem lies
 * `problemStride` bytes further for each thread.
 */
export function offerTask(board: Board, calls: readonly KernelCall[], problemStride: number): number {
  const { numbers } = board;
  const task = numbers[OFFERED] as number;
  const slot = slotOf(board, task);
  numbers[slot + PROBLEM_STRIDE] = problemStride;
  numbers[slot + COUNT] = calls.length;
  calls.forEach((call, i) => {
    const at = slot + FIRST_CALL + i * CALL_NUMBERS;
    for (let j = 0; j < call.length; j++) numbers[at + j] = call[j] as number;
  });
  numbers[slot] = 1;
  Atomics.store(numbers, OFFERED, task + 1);
  return task;
}

/** Wakes workers that sleep, at most so many, unless enough are awake. */
export function wakeWorkers({ numbers, workers }: Board, most: number, enough: number): void {
  let awake = 0;
  for (let thread = 1; thread <= workers; thread++) awake += Atomics.load(numbers, FIRST_THREAD + thread);
  if (awake < enough) Atomics.notify(numbers, OFFERED, most);
}

/** Takes the next task; undefined if there is none. */
export function takeTask({ numbers }: Board): number | undefined {
  for (;;) {
    const task = Atomics.load(numbers, TAKEN);
    if (task === Atomics.load(numbers, OFFERED)) return undefined;
    if (Atomics.compareExchange(numbers, TAKEN, task, task + 1) === task) return task;
  }
}

/** Makes the calls of a task that this thread has taken. */
export function runTask(board: Board, task: number, thread: number, kernels: Kernels): void {
  const { numbers } = board;
  const slot = slotOf(board, task);
  for (let i = 0; i < (numbers[slot + COUNT] as number); i++) {
    const at = slot + FIRST_CALL + i * CALL_NUMBERS;
    const kernel = numbers[at] as number;
    const problem = kernel === KERNEL.pool || kernel === KERNEL.poolGrad ? thread * (numbers[slot + PROBLEM_STRIDE] as number) : 0;
    const argument = (j: number): number => numbers[at + j] as number;
    runCalls(kernels, [
      [kernel, problem + argument(1), argument(2), argument(3), argument(4), argument(5), argument(6), argument(7), argument(8)],
    ]);
  }
}

/** Says that a task is done. Returns whether the caller waits for a message that it is. */
export function finishTask(board: Board, task: number): boolean {
  const { numbers } = board;
  const slot = slotOf(board, task);
  Atomics.store(numbers, slot, 0);
  Atomics.notify(numbers, slot);
  return Atomics.compareExchange(numbers, AWAITED, slot + 1, 0) === slot + 1;
}

/** Whether a task is done. */
export function isDone(board: Board, task: number): boolean {
  return Atomics.load(board.numbers, slotOf(board, task)) === 0;
}

/**
 * Waits until a task is done, at most so many milliseconds: awake at first, then asleep, which the
 * thread of a page may not. Returns whether it is done.
 */
export function waitForTask(board: Board, task: number, milliseconds: number): boolean {
  const start = performance.now();
  while (!isDone(board, task)) {
    if (performance.now() - start < SPIN_MILLISECONDS) continue;
    return Atomics.wait(board.numbers as Int32Array<SharedArrayBuffer>, slotOf(board, task), 1, milliseconds) !== 'timed-out';
  }
  return true;
}

/** Asks for a message when a task is done; see finishTask. It may come later than it is needed. */
export function askForMessage(board: Board, task: number): void {
  Atomics.store(board.numbers, AWAITED, slotOf(board, task) + 1);
}

/** Remembers that a task has failed. */
function fail({ numbers }: Board): void {
  Atomics.store(numbers, FAILED, 1);
}

/** Whether a task has failed. */
export function hasFailed({ numbers }: Board): boolean {
  return Atomics.load(numbers, FAILED) !== 0;
}

/** Takes back all tasks that nobody has taken. */
export function takeBack(board: Board): void {
  for (let task = takeTask(board); task !== undefined; task = takeTask(board)) finishTask(board, task);
}

/** Whether a thread is awake: it may have a task that is not done. */
export function isAwake({ numbers }: Board, thread: number): boolean {
  return Atomics.load(numbers, FIRST_THREAD + thread) !== 0;
}

/** Forgets failures, and tasks of threads that have ended. All others must be done. */
export function clearBoard(board: Board): void {
  for (let slot = 0; slot < board.slots; slot++) board.numbers[slotOf(board, slot)] = 0;
  Atomics.store(board.numbers, FAILED, 0);
}

/** Forgets that a thread was awake when it ended. */
export function resetThread({ numbers }: Board, thread: number): void {
  Atomics.store(numbers, FIRST_THREAD + thread, 0);
}

/**
 * What a worker thread does: it takes tasks as long as there are any, and then looks for others for
 * a while before it sleeps. `report` sends a message that the caller waits for, or an error.
 */
export function work(board: Board, thread: number, kernels: Kernels, report: (error?: string) => void): never {
  const { numbers } = board;
  const isAwakeAt = FIRST_THREAD + thread;
  Atomics.store(numbers, isAwakeAt, 1);
  for (;;) {
    awaitOffer(numbers, isAwakeAt);
    for (let task = takeTask(board); task !== undefined; task = takeTask(board)) {
      try {
        runTask(board, task, thread, kernels);
      } catch (cause) {
        fail(board);
        report(String(cause));
      }
      if (finishTask(board, task)) report();
    }
  }
}

function awaitOffer(numbers: Int32Array, isAwakeAt: number): void {
  const start = performance.now();
  for (;;) {
    const offered = Atomics.load(numbers, OFFERED);
    if (offered !== Atomics.load(numbers, TAKEN)) return;
    if (performance.now() - start < SPIN_MILLISECONDS) continue;
    // Whoever offers a task after this line wakes the thread, or it does not fall asleep.
    Atomics.store(numbers, isAwakeAt, 0);
    Atomics.wait(numbers as Int32Array<SharedArrayBuffer>, OFFERED, offered);
    // Before it takes a task, so that the caller never misses one.
    Atomics.store(numbers, isAwakeAt, 1);
  }
}

function slotOf({ workers, slots }: Board, task: number): number {
  return FIRST_THREAD + workers + 1 + (task & (slots - 1)) * SLOT_NUMBERS;
}
