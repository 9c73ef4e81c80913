/** Runs jobs in processes of their own: they cannot block the worker, and cannot take it down. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkKeys } from './checks.ts';
import type { JobContext, QueueJob, RunJob } from './job.ts';
import { type FromJobProcess, receivedError, type ToJobProcess } from './process-messages.ts';
import { PROCESS_TIME_TO_STOP } from './stop-times.ts';

/** Options of `jobProcesses`. */
export interface JobProcessesOptions {
  /** The environment of the processes. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** Processes that run jobs. */
export interface JobProcesses {
  /** Runs a job, for `work`. */
  readonly run: RunJob;
  /** Ends the processes. */
  close(): Promise<void>;
}

/**
 * Runs jobs in processes, as many as run at once. A process is kept for further jobs. If it dies,
 * only the attempt fails. If this process dies, the others stop their jobs and end.
 *
 * @param module - The file that the processes run. It calls `serveJobs`.
 * @param options - The environment of the processes.
 * @throws {TypeError} If an option is unknown.
 * @example
 * const processes = jobProcesses(new URL('file:///srv/jobs/run-shard.js'));
 * const options = { run: processes.run, concurrency: 2 }; // for `queue.work(options)`
 * await processes.close();
 */
export function jobProcesses(module: URL, options: JobProcessesOptions = {}): JobProcesses {
  checkKeys('jobProcesses', options, ['env']);
  const { env = process.env } = options;
  const idle: ChildProcess[] = [];
  const alive = new Set<ChildProcess>();
  const start = (): ChildProcess => {
    // What it prints belongs to no result.
    const child = fork(module, { env, stdio: ['ignore', 2, 2, 'ipc'] });
    alive.add(child);
    child.once('exit', () => {
      alive.delete(child);
      const index = idle.indexOf(child);
      if (index >= 0) idle.splice(index, 1);
    });
    return child;
  };
  return {
    async run(job, context) {
      const child = idle.pop() ?? start();
      try {
        return await runIn(child, job, context);
      } finally {
        if (alive.has(child) && child.connected) idle.push(child);
      }
    },
    async close() {
      await Promise.all([...alive].map(end));
    },
  };
}

/** Runs one job in a process that is idle. */
function runIn(child: ChildProcess, job: QueueJob, { signal, attempt, onProgress }: JobContext): Promise<unknown> {
  const send = (message: ToJobProcess): void => {
    child.send(message, () => {}); // a process that cannot be reached has ended, which is handled
  };
  return new Promise((resolve, reject) => {
    let kill: NodeJS.Timeout | undefined;
    const abort = (): void => {
      send({ kind: 'abort', reason: String(signal.reason) });
      kill = setTimeout(() => child.kill('SIGKILL'), PROCESS_TIME_TO_STOP * 1000);
    };
    const onMessage = (message: FromJobProcess): void => {
      if (message.kind === 'progress') {
        onProgress(message.progress);
        return;
      }
      settle();
      if (message.kind === 'result') resolve(message.result);
      else reject(receivedError(message.error));
    };
    const onExit = (code: number | null, killedBy: string | null): void => {
      settle();
      reject(new Error(`the process that ran the job ${killedBy === null ? `ended with code ${code}` : `was killed by ${killedBy}`}`));
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    const settle = (): void => {
      clearTimeout(kill);
      child.off('message', onMessage).off('exit', onExit).off('error', onError);
      signal.removeEventListener('abort', abort);
    };
    child.on('message', onMessage).on('exit', onExit).on('error', onError);
    signal.addEventListener('abort', abort);
    send({ kind: 'run', job, attempt });
    if (signal.aborted) abort();
  });
}

/** Ends a process: it stops its job when it is disconnected. */
async function end(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  if (child.connected) child.disconnect();
  const isLate = await Promise.race([exit.then(() => false), sleep(PROCESS_TIME_TO_STOP * 1000, true, { ref: false })]);
  if (isLate) child.kill('SIGKILL');
  await exit;
}
