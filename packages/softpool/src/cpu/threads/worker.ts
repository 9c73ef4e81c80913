/** The code of a worker thread: it takes tasks from the board. */
import { instantiateAll } from '../all-kernels.ts';
import { type Board, work } from './board.ts';

/** The only message to a thread. */
export interface StartMessage {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly board: Board;
  /** The thread's number on the board. */
  readonly thread: number;
}

/**
 * What a thread says, first that it runs, and then as work in board.ts: the error of a task, if
 * there is one.
 */
export type Report = string | undefined;

/**
 * Where a thread receives and sends messages: `parentPort` in Node, the global scope in a browser.
 */
interface Port {
  postMessage(report: Report): void;
  addEventListener(type: 'message', listener: (event: { data: StartMessage }) => void): void;
  start?(): void;
}

const port = ((globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule?.('node:worker_threads').parentPort ??
  globalThis) as unknown as Port;

port.addEventListener('message', ({ data: { module, memory, board, thread } }) => {
  const kernels = instantiateAll(module, memory);
  port.postMessage(undefined);
  work(board, thread, kernels, (error) => port.postMessage(error));
});
port.start?.();
