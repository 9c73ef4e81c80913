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
  isBusy,
  isDone,
  resetThread,
  runTask,
  takeBack,
  takeTask,
  waitForTask,
} from './board.ts';
import { maySleep, startThread, type Thread } from './thread.ts';

/**
 * Threads with a board of tasks. The caller's thread has number 0 on it, the workers those from 1.
 */
export interface Team {
  readonly board: Board;
  readonly workers: number;
  /** Whether the caller's thread computes. */
  readonly usesCaller: boolean;
  /** Resolves once all workers run; rejects if one cannot be started. */
  start(): Promise<unknown>;
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

/** Starts a team. Workers need a machine with a shared memory. */
export function createTeam(module: WebAssembly.Module, machine: Machine, workers: number, usesCaller: boolean): Team {
  const board = createBoard(workers + 1);
  const { kernels, memory } = machine;
  let wake = (): void => {};
  let isStopped = false;
  const start = (thread: number): Thread => startThread({ module, memory, board, thread }, () => wake());
  const threads: Thread[] = [];
  try {
    while (threads.length < workers) threads.push(start(threads.length + 1));
  } catch (error) {
    for (const thread of threads) thread.stop();
    throw error;
  }
  const sleeps = usesCaller && workers > 0 && maySleep();

  /** Waits for a message or for the signal, unless `isOver` already. */
  const awaitMessage = async (isOver: () => boolean, signal?: AbortSignal): Promise<void> => {
    for (const thread of threads) thread.setAwaited(true);
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    signal?.addEventListener('abort', wake);
    if (!isOver()) await woken;
    signal?.removeEventListener('abort', wake);
    for (const thread of threads) thread.setAwaited(false);
  };
  const failure = (): Error | undefined => threads.map((thread) => thread.failure()).find((each) => each !== undefined);

  return {
    board,
    workers,
    usesCaller,
    start: () => Promise.all(threads.map(({ started }) => started)),
    restore() {
      threads.forEach((thread, i) => {
        if (thread.failure() === undefined) return;
        thread.stop();
        resetThread(board, i + 1);
        threads[i] = start(i + 1);
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
      while (threads.some((thread, i) => !thread.hasEnded() && isBusy(board, i + 1))) await nextTask();
      clearBoard(board);
    },
    stop() {
      isStopped = true;
      for (const thread of threads) thread.stop();
    },
  };
}
