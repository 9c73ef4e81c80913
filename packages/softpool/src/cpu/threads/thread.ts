/** A worker thread in Node (worker_threads) or in a browser (Worker), behind one interface. */
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

/** What Node's and browsers' workers have in common once their events are named alike. */
interface Channel {
  start(message: StartMessage): void;
  setAwaited(isAwaited: boolean): void;
  terminate(): void;
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
  const channel = nodeThreads() === undefined ? openBrowserChannel(receive, end) : openNodeChannel(receive, end);
  channel.setAwaited(true);
  const ready = (): void => channel.setAwaited(false);
  promise.then(ready, ready); // whoever does not await it learns of it from `failure`
  channel.start(message);
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

/** The number of threads that the machine can run at once. */
export function availableThreads(): number {
  return nodeProcess()?.getBuiltinModule?.('node:os').availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
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

function openNodeChannel(receive: (report: Report) => void, end: (cause: unknown) => void): Channel {
  const worker = new (nodeThreads() as typeof import('node:worker_threads')).Worker(WORKER_SOURCE, { eval: true });
  worker.on('message', receive);
  worker.on('error', end);
  worker.on('exit', (code) => end(`exit code ${code}`));
  worker.unref(); // after adding the listeners, since one for messages keeps the process alive
  return {
    start: (message) => worker.postMessage(message),
    setAwaited: (isAwaited) => (isAwaited ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}

function openBrowserChannel(receive: (report: Report) => void, end: (cause: unknown) => void): Channel {
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }: MessageEvent<Report>) => {
    URL.revokeObjectURL(url);
    receive(data);
  };
  worker.onerror = ({ message }) => end(message);
  return {
    start: (message) => worker.postMessage(message),
    setAwaited: () => {},
    terminate: () => worker.terminate(),
  };
}

function nodeThreads(): typeof import('node:worker_threads') | undefined {
  return nodeProcess()?.getBuiltinModule?.('node:worker_threads');
}

/** Node's `process`; undefined in a browser, also where a bundler has put a stand-in. */
function nodeProcess(): NodeJS.Process | undefined {
  return (globalThis as { process?: NodeJS.Process }).process;
}
