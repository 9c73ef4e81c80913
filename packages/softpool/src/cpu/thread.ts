/** One thread of the pool, in Node (worker_threads) and in browsers (Worker), with the same few words for both. */

import { createMailbox, putTask } from './mailbox.ts';
import type { KernelCall } from './module.ts';
import { WORKER_SOURCE } from './worker.generated.ts';
import type { Answer, StartMessage } from './worker.ts';

/** A thread that computes tasks in the order in which it gets them, TASKS_AT_ONCE (mailbox.ts) at most. */
export interface Thread {
  /** Makes the calls. Resolves when they are done; rejects with the cause if one failed, or if the thread ended. */
  run(calls: readonly KernelCall[]): Promise<void>;
  /** False once the thread has ended by itself. */
  isAlive(): boolean;
  /** Ends the thread; tasks that it has are rejected. */
  stop(): void;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

/** What Node's and browsers' workers have in common once their events have been named alike. */
interface Channel {
  start(message: StartMessage): void;
  /** A busy thread keeps a Node process alive, an idle one does not. */
  setBusy(busy: boolean): void;
  terminate(): void;
}

/** Starts a thread that shares `memory`. */
export function startThread(module: WebAssembly.Module, memory: WebAssembly.Memory): Thread {
  const mailbox = createMailbox();
  const waiting: Waiting[] = [];
  let tasks = 0;
  let alive = true;
  const settle = (error: Answer): void => {
    const task = waiting.shift();
    channel.setBusy(waiting.length > 0);
    if (error === undefined) task?.resolve();
    else task?.reject(new Error(`SoftPool: a thread could not compute its part: ${error}`, { cause: error }));
  };
  const end = (cause: unknown): void => {
    alive = false;
    for (const { reject } of waiting.splice(0)) reject(new Error(`SoftPool: a thread ended: ${String(cause)}`, { cause }));
  };
  const channel = nodeThreads() === undefined ? openBrowserChannel(settle, end) : openNodeChannel(settle, end);
  channel.start({ module, memory, mailbox });
  return {
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
      end('the pool was disposed');
    },
  };
}

/** How many threads the machine can run at once. */
export function availableThreads(): number {
  return nodeProcess()?.getBuiltinModule?.('node:os').availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

function openNodeChannel(settle: (answer: Answer) => void, end: (cause: unknown) => void): Channel {
  const worker = new (nodeThreads() as typeof import('node:worker_threads')).Worker(WORKER_SOURCE, { eval: true });
  worker.on('message', settle);
  worker.on('error', end);
  worker.on('exit', (code) => end(`exit code ${code}`));
  worker.unref(); // after the listeners, which keep the process alive for messages
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

/** Node's `process`, and nothing in a browser or where a bundler has put a stand-in. */
function nodeProcess(): NodeJS.Process | undefined {
  return (globalThis as { process?: NodeJS.Process }).process;
}
