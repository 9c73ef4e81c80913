/** A worker thread that takes tasks from a board. */
import { openChannel } from './channel.ts';
import { WORKER_SOURCE } from './worker.generated.ts';
import type { Report, StartMessage } from './worker.ts';

/** A thread that takes tasks from a board (board.ts). */
export interface Thread {
  /** Resolves once the thread runs; rejects if it cannot be started. */
  readonly started: Promise<void>;
  /** Why the thread has ended, or a task of it failed; undefined while all is well. */
  failure(): Error | undefined;
  hasEnded(): boolean;
  /** A thread that the caller waits for keeps a Node process alive, another does not. */
  setAwaited(isAwaited: boolean): void;
  /** Ends the thread. */
  stop(): void;
}

/** Starts a thread. `onReport` is called whenever it says something, and when it ends. */
export function startThread(message: StartMessage, onReport: () => void): Thread {
  let failure: Error | undefined;
  let hasEnded = false;
  const { promise, resolve, reject } = withResolvers();
  const receive = (error: Report): void => {
    if (error !== undefined) failure ??= new Error(`softpool: a worker thread failed: ${error}`, { cause: error });
    resolve();
    onReport();
  };
  const end = (cause: unknown): void => {
    hasEnded = true;
    failure ??= new Error(`softpool: a worker thread ended: ${String(cause)}`, { cause });
    reject(failure);
    onReport();
  };
  const channel = openChannel<StartMessage, Report>(WORKER_SOURCE, receive, end);
  channel.setAwaited(true);
  const ready = (): void => channel.setAwaited(false);
  promise.then(ready, ready); // whoever does not await it learns of it from `failure`
  channel.post(message);
  return {
    started: promise,
    failure: () => failure,
    hasEnded: () => hasEnded,
    setAwaited: (isAwaited) => channel.setAwaited(isAwaited),
    stop() {
      channel.terminate();
      end('it was disposed');
    },
  };
}

/** Whether this thread may sleep: all may but that of a page. */
export function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1); // it is 0
    return true;
  } catch {
    return false;
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (cause: Error) => void } {
  let [resolve, reject]: [() => void, (cause: Error) => void] = [() => {}, () => {}];
  const promise = new Promise<void>((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve, reject };
}
