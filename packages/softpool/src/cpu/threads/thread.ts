/** A worker thread in Node (worker_threads) or in a browser (Worker), behind one interface. */
import type { KernelModules } from '../both-kernels.ts';
import type { KernelCall } from '../wasm-module.ts';
import { createMailbox, putTask } from './mailbox.ts';
import { WORKER_SOURCE } from './worker.generated.ts';
import type { Answer, StartMessage } from './worker.ts';

/** A thread that runs tasks in order; it takes at most TASKS_AT_ONCE (mailbox.ts) at a time. */
export interface Thread {
  /** Resolves once the thread runs; rejects if it cannot be started. */
  readonly started: Promise<void>;
  /**
   * Makes the calls. Resolves when they are done; rejects with the cause if one failed, or if the
   * thread ended.
   */
  run(calls: readonly KernelCall[]): Promise<void>;
  /** False once the thread has ended by itself. */
  isAlive(): boolean;
  /** Ends the thread, and rejects its tasks. */
  stop(): void;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

/** What Node's and browsers' workers have in common once their events are named alike. */
interface Channel {
  start(message: StartMessage): void;
  /** A busy thread keeps a Node process alive, an idle one does not. */
  setBusy(busy: boolean): void;
  terminate(): void;
}

/** Starts a thread that shares `memory`. */
export function startThread(modules: KernelModules, memory: WebAssembly.Memory): Thread {
  const mailbox = createMailbox();
  const waiting: Waiting[] = [];
  let tasks = 0;
  let alive = true;
  // Its first answer says that it runs.
  const started = new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
  const settle = (error: Answer): void => {
    const task = waiting.shift();
    channel.setBusy(waiting.length > 0);
    if (error === undefined) task?.resolve();
    else task?.reject(new Error(`softpool: a worker thread failed: ${error}`, { cause: error }));
  };
  const end = (cause: unknown): void => {
    alive = false;
    for (const { reject } of waiting.splice(0)) reject(new Error(`softpool: a worker thread ended: ${String(cause)}`, { cause }));
  };
  started.catch(() => {}); // whoever does not await it learns of it from `run`
  const channel = nodeThreads() === undefined ? openBrowserChannel(settle, end) : openNodeChannel(settle, end);
  channel.setBusy(true);
  channel.start({ modules, memory, mailbox });
  return {
    started,
    run(calls) {
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        channel.setBusy(true);
        putTask(mailbox, tasks++, calls);
      });
    },
    isAlive: () => alive,
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

function openNodeChannel(settle: (answer: Answer) => void, end: (cause: unknown) => void): Channel {
  const worker = new (nodeThreads() as typeof import('node:worker_threads')).Worker(WORKER_SOURCE, { eval: true });
  worker.on('message', settle);
  worker.on('error', end);
  worker.on('exit', (code) => end(`exit code ${code}`));
  worker.unref(); // after adding the listeners, since one for messages keeps the process alive
  return {
    start: (message) => worker.postMessage(message),
    setBusy: (busy) => (busy ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}

function openBrowserChannel(settle: (answer: Answer) => void, end: (cause: unknown) => void): Channel {
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    URL.revokeObjectURL(url);
    settle(data);
  };
  worker.onerror = ({ message }) => end(message);
  return {
    start: (message) => worker.postMessage(message),
    setBusy: () => {},
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
