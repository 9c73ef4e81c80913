/**
 * The code of a worker thread: it makes the kernel calls in its mailbox, and answers when they are
 * done or one has failed.
 */

import { instantiateBoth, type KernelModules } from '../both-kernels.ts';
import { runCalls } from '../wasm-module.ts';
import { awaitTask, type Mailbox } from './mailbox.ts';

/** The only message to a thread. */
export interface StartMessage {
  readonly modules: KernelModules;
  readonly memory: WebAssembly.Memory;
  readonly mailbox: Mailbox;
}

/** The answer to the start, and then to each task in their order: the error, if it failed. */
export type Answer = string | undefined;

/**
 * Where a thread receives and sends messages: `parentPort` in Node, the global scope in a browser.
 */
interface Port {
  postMessage(answer: Answer): void;
  addEventListener(type: 'message', listener: (event: { data: StartMessage }) => void): void;
  start?(): void;
}

const port = ((globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule?.('node:worker_threads').parentPort ??
  globalThis) as unknown as Port;

port.addEventListener('message', ({ data: { modules, memory, mailbox } }) => {
  const kernels = instantiateBoth(modules, memory);
  port.postMessage(undefined);
  for (let task = 0; ; task++) {
    const calls = awaitTask(mailbox, task);
    let answer: Answer;
    try {
      runCalls(kernels, calls);
    } catch (cause) {
      answer = String(cause);
    }
    port.postMessage(answer);
  }
});
port.start?.();
