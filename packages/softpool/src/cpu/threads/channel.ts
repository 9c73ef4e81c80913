/** A worker in Node (worker_threads) or in a browser (Worker), behind one interface. */

/** What both have in common once their events are named alike. */
export interface Channel<Message> {
  post(message: Message, transfer?: Transferable[]): void;
  /** A worker that the caller waits for keeps a Node process alive, another does not. */
  setAwaited(isAwaited: boolean): void;
  terminate(): void;
}

/**
 * Starts a worker that is not awaited yet. Its `source` has to send a message once it runs, which
 * frees the address that a browser loads it from.
 *
 * @param receive - Called with each message.
 * @param end - Called with the reason once the worker cannot be started, fails or ends; more than
 * once.
 */
export function openChannel<Message, Reply>(
  source: string,
  receive: (reply: Reply) => void,
  end: (cause: unknown) => void,
): Channel<Message> {
  return nodeThreads() === undefined ? openBrowserChannel(source, receive, end) : openNodeChannel(source, receive, end);
}

/** The number of threads that the machine can run at once. */
export function availableThreads(): number {
  return nodeProcess()?.getBuiltinModule?.('node:os').availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

function openNodeChannel<Message, Reply>(source: string, receive: (reply: Reply) => void, end: (cause: unknown) => void): Channel<Message> {
  const worker = new (nodeThreads() as typeof import('node:worker_threads')).Worker(source, { eval: true });
  worker.on('message', receive);
  worker.on('error', end);
  worker.on('exit', (code) => end(`exit code ${code}`));
  worker.unref(); // after adding the listeners, since one for messages keeps the process alive
  return {
    post: (message, transfer) => worker.postMessage(message, transfer as import('node:worker_threads').Transferable[]),
    setAwaited: (isAwaited) => (isAwaited ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}

function openBrowserChannel<Message, Reply>(
  source: string,
  receive: (reply: Reply) => void,
  end: (cause: unknown) => void,
): Channel<Message> {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }: MessageEvent<Reply>) => {
    URL.revokeObjectURL(url);
    receive(data);
  };
  worker.onerror = ({ message }) => end(message);
  return {
    post: (message, transfer) => worker.postMessage(message, transfer as Transferable[]),
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
