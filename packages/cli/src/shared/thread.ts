/**
 * Commands that compute for seconds without a pause run on a thread of their own: a signal would
 * wait until they are done. The first thread receives the signals and passes them on. It ends the
 * process if the command has not noticed a signal soon, and removes unfinished files.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { noteTemporary, onTemporaryChange, removeTemporaries } from './files/temporaries.ts';
import { endBySignal, handleSignals, passSignal, SIGNALS, type Signal, setHandlerInstaller, stopAll } from './interruption.ts';
import { oneLine } from './text.ts';

/** What the first thread tells that of the command. */
interface Terminal {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
}

/** What the command's thread says. `unsaved`: the line for a signal that it does not notice. */
type Message =
  | { readonly listens: boolean; readonly unsaved: string }
  | { readonly noticed: Signal; readonly endsItself: boolean }
  | { readonly temporary: string; readonly exists: boolean };

/** How long a command may take to notice a signal, in milliseconds. */
const PATIENCE = 500;

/** To the start of the line, erase it, and wrap lines again: there may be a progress bar. */
const REMOVE_BAR = '\r\u001b[K\u001b[?7h';

/** Runs a command on a thread of its own, and resolves to its exit code. */
export async function onThread(run: () => Promise<number>): Promise<number> {
  return isMainThread ? await startThread() : await run();
}

/** Runs the words of the command line once more, on another thread. */
async function startThread(): Promise<number> {
  const { isTTY = false, columns } = process.stderr;
  const terminal: Terminal = { isTTY, columns };
  const worker = new Worker(new URL('../main.js', import.meta.url), { argv: process.argv.slice(2), workerData: terminal });
  // Once the reader of standard error has left, messages must still be taken from the thread.
  process.stderr.on('error', () => worker.stderr.resume());
  let command = { listens: false, unsaved: '' };
  const end = (signal: Signal): void => {
    if (isTTY) process.stderr.write(REMOVE_BAR);
    removeTemporaries();
    endBySignal(signal);
  };
  let patience: NodeJS.Timeout | undefined;
  const pass = (signal: Signal): void => {
    if (!command.listens) {
      setImmediate(end, signal); // after messages that have come with it
      return;
    }
    worker.postMessage(signal);
    patience ??= setTimeout(() => {
      if (isTTY) process.stderr.write(REMOVE_BAR);
      if (command.unsaved !== '') process.stderr.write(`${command.unsaved}\n`);
      end(signal);
    }, PATIENCE);
  };
  setHandlerInstaller((isNeeded) => {
    for (const signal of SIGNALS) process[isNeeded ? 'on' : 'off'](signal, pass);
  });
  handleSignals();
  worker.on('message', (message: Message) => {
    if ('temporary' in message) noteTemporary(message.temporary, message.exists);
    else if ('listens' in message) command = message;
    else {
      clearTimeout(patience);
      if (!message.endsItself) end(message.noticed);
    }
  });
  worker.on('error', (error) => process.stderr.write(`softpool: ${oneLine(error)}\n`));
  const code = await new Promise<number>((resolve) => worker.once('exit', resolve));
  clearTimeout(patience);
  return code;
}

/** On the thread of a command: takes signals from the first thread. */
export function takeSignals(): void {
  const { isTTY, columns } = workerData as Terminal;
  Object.assign(process.stderr, { isTTY, columns });
  const say = (message: Message): void => parentPort?.postMessage(message);
  const notice = (signal: Signal): void => {
    const endsItself = passSignal(signal);
    if (!endsItself) {
      removeTemporaries();
      stopAll();
    }
    say({ noticed: signal, endsItself });
    // The first thread ends the process: nothing more must be written.
    if (!endsItself) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
  setHandlerInstaller((listens, unsaved) => {
    parentPort?.[listens ? 'on' : 'off']('message', notice);
    say({ listens, unsaved });
  });
  onTemporaryChange((temporary, exists) => say({ temporary, exists }));
}
