/** A thread of the pool: computes what it is sent in the memory that it shares, and says when it is done, or why not. */
import { type Machine, runTask, type Task } from './execute.ts';
import { instantiateKernels } from './module.ts';

/** The first message to a thread. */
export interface StartMessage {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

/** Every other message. */
export interface TaskMessage extends Task {
  readonly id: number;
}

/** The answer to a task. */
export interface ResultMessage {
  readonly id: number;
  readonly error: string | undefined;
}

/** What a thread talks through: `parentPort` in Node, the global scope in a browser. */
interface Port {
  postMessage(message: ResultMessage): void;
  addEventListener(type: 'message', listener: (event: { data: StartMessage | TaskMessage }) => void): void;
  start?(): void;
}

const port = ((globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule?.('node:worker_threads').parentPort ??
  globalThis) as unknown as Port;

let machine: Machine | undefined;

port.addEventListener('message', ({ data }) => {
  if ('module' in data) {
    machine = { kernels: instantiateKernels(data.module, data.memory), memory: data.memory };
    return;
  }
  let error: string | undefined;
  try {
    runTask(machine as Machine, data);
  } catch (cause) {
    error = String(cause);
  }
  port.postMessage({ id: data.id, error });
});
port.start?.();
