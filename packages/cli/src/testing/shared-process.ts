/**
 * Runs of the built command that share processes: most of a short run is the loading of its
 * modules. Runs at the same time have processes of their own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { on, once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('shared-process.mjs', import.meta.url));

type Process = ChildProcess & { readonly stdout: Readable; readonly stderr: Readable };

/** What a run wrote, and its exit code or the signal that ended its process. */
export interface Outcome {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Processes without a run. They end with the process that started them. */
const idle: Process[] = [];

/** Runs the module `command` with `args` in `folder`, in a process without a run, or a new one. */
export async function runInSharedProcess(command: string, folder: string, args: readonly string[]): Promise<Outcome> {
  const child = idle.pop() ?? start(command);
  const mark = `end of run ${randomUUID()}`;
  const heard = new AbortController();
  const ended = Promise.race([
    once(child, 'message', heard).then(([code]) => ({ code, signal: null, isReady: true })),
    once(child, 'exit', heard).then(([code, signal]) => ({ code, signal, isReady: false })),
  ]);
  const outputs = Promise.all([readTo(mark, child.stdout), readTo(mark, child.stderr)]);
  child.send({ folder, args, mark });
  const { isReady, ...result } = await ended;
  heard.abort();
  const [stdout, stderr] = await outputs;
  if (isReady) idle.push(child);
  return { ...result, stdout, stderr };
}

function start(command: string): Process {
  return fork(PROGRAM, [command], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }) as Process;
}

/** Reads what comes before the mark, or before the end of the process. */
async function readTo(mark: string, stream: Readable): Promise<Buffer> {
  let read = Buffer.of();
  for await (const [chunk] of on(stream, 'data', { close: ['end'] })) {
    read = Buffer.concat([read, chunk]);
    if (read.subarray(-mark.length).equals(Buffer.from(mark))) return read.subarray(0, -mark.length);
  }
  return read;
}
