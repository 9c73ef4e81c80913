/** The threads that compute: workers, and the caller's own unless it must stay free. */
import { nextTask } from '../../api/next-task.ts';
import type { Machine } from '../wasm-module.ts';
import {
  askForMessage,
  type Board,
  clearBoard,
  createBoard,
  finishTask,
  hasFailed,
  isAwake,
  isDone,
  resetThread,
  runTask,
  takeBack,
  takeTask,
  waitForTask,
  wakeWorkers,
} from './board.ts';
import { availableThreads } from './channel.ts';
import { maySleep, startThread, type Thread } from './thread.ts';

/**
 * Threads with a board of tasks. The caller's thread has number 0 on it, the workers those from 1.
 */
export interface Team {
  readonly board: Board;
  /** The number of threads that compute at once. */
  readonly threads: number;
  /** Whether the caller's thread computes. */
  readonly usesCaller: boolean;
  /** Starts the workers. Resolves once all run; rejects if one cannot be started: stop the team. */
  start(): Promise<void>;
  /** Wakes workers for so many new tasks, unless as many as are needed are awake. */
  wakeWorkers(tasks: number): void;
  /** Replaces workers that have ended. */
  restore(): void;
  /** Takes a task and computes it on the caller's thread. Returns false if there is none. */
  runOne(): boolean;
  /** Waits until a task is done or a worker has ended; no longer once the signal is aborted. */
  waitFor(task: number, signal: AbortSignal | undefined): Promise<void>;
  /** Throws if a task has failed, a worker has ended, or the team was stopped. */
  check(): Promise<void>;
  /** Takes back the tasks that nobody has begun, and resolves when no worker computes any more. */
  abandon(): Promise<void>;
  /** Ends the workers. */
  stop(): void;
}

/** The longest that a caller sleeps at once: meanwhile it does not hear of a worker that ends. */
const SLEEP_MILLISECONDS = 4;

/**
 * A team of so many threads, which is not started yet. It needs a machine with a shared memory,
 * unless the caller's thread is its only one.
 *
 * After the caller has slept, systems tend to wake one of the workers on the caller's processor,
 * where it does not begin before the caller ends. So a team for all processors has one worker more
 * than it needs: whichever is on a processor of its own takes the tasks.
 */
export function createTeam(module: WebAssembly.Module, machine: Machine, threads: number, usesCaller: boolean): Team {
  const needed = usesCaller ? threads - 1 : threads;
  const count = needed > 0 && threads === availableThreads() ? threads : needed;
  const board = createBoard(count);
  const { kernels, memory } = machine;
  let wake = (): void => {};
  let isStopped = false;
  const startWorker = (thread: number): Thread => startThread({ module, memory, board, thread }, () => wake());
  const workers: Thread[] = [];
  const sleeps = usesCaller && needed > 0 && maySleep();

  /** Waits for a message or for the signal, unless `isOver` already. */
  const awaitMessage = async (isOver: () => boolean, signal?: AbortSignal): Promise<void> => {
    for (const worker of workers) worker.setAwaited(true);
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    signal?.addEventListener('abort', wake);
    if (!isOver()) await woken;
    signal?.removeEventListener('abort', wake);
    for (const worker of workers) worker.setAwaited(false);
  };
  const failure = (): Error | undefined => workers.map((worker) => worker.failure()).find((error) => error);

  return {
    board,
    threads,
    usesCaller,
    async start() {
      while (workers.length < count) workers.push(startWorker(workers.length + 1));
      await Promise.all(workers.map(({ started }) => started));
    },
    wakeWorkers: (tasks) => wakeWorkers(board, tasks, needed),
    restore() {
      workers.forEach((worker, i) => {
        if (worker.failure() === undefined) return;
        worker.stop();
        resetThread(board, i + 1);
        workers[i] = startWorker(i + 1);
      });
    },
    runOne() {
      const task = takeTask(board);
      if (task === undefined) return false;
      runTask(board, task, 0, kernels);
      finishTask(board, task);
      return true;
    },
    async waitFor(task, signal) {
      if (sleeps && waitForTask(board, task, SLEEP_MILLISECONDS)) return;
      askForMessage(board, task);
      await awaitMessage(() => isDone(board, task) || failure() !== undefined, signal);
    },
    async check() {
      if (isStopped) throw new Error('softpool: the worker threads were disposed');
      while (hasFailed(board) && failure() === undefined) await awaitMessage(() => failure() !== undefined);
      const error = failure();
      if (error !== undefined) throw error;
    },
    async abandon() {
      takeBack(board);
      while (workers.some((worker, i) => !worker.hasEnded() && isAwake(board, i + 1))) await nextTask();
      clearBoard(board);
    },
    stop() {
      isStopped = true;
      for (const worker of workers) worker.stop();
    },
  };
}
