/** The other side of `jobProcesses`: the process that runs jobs. */
import type { RunJob } from './job.ts';
import { type FromJobProcess, sentError, type ToJobProcess } from './process-messages.ts';
import { PROCESS_TIME_TO_STOP } from './stop-times.ts';

/**
 * Runs the jobs that a worker sends to this process, one at a time. Signals are left to the worker:
 * Ctrl-C reaches both. When the worker is gone, the job is aborted and the process ends.
 *
 * @param run - Runs a job.
 * @throws {Error} If this process was not started by `jobProcesses`.
 * @example
 * // run-shard.js, the file that jobProcesses is given
 * if (process.send !== undefined) serveJobs(async ({ shard }) => `${shard} is done`);
 */
export function serveJobs(run: RunJob): void {
  if (process.send === undefined) throw new Error('serveJobs: this process was not started by jobProcesses');
  let current: AbortController | undefined;
  let isAlone = false;
  const send = (message: FromJobProcess): void => {
    process.send?.(message, () => {}); // if the worker is gone, "disconnect" follows
  };
  const runJob = async ({ job, attempt }: Extract<ToJobProcess, { kind: 'run' }>): Promise<void> => {
    current = new AbortController();
    const { signal } = current;
    try {
      const result = await run(job, { signal, attempt, onProgress: (progress) => send({ kind: 'progress', progress }) });
      send({ kind: 'result', result: result ?? null });
    } catch (error) {
      send({ kind: 'error', error: sentError(error) });
    }
    current = undefined;
    if (isAlone) process.exit(1);
  };
  process.on('message', (message: ToJobProcess) => {
    if (message.kind === 'run') void runJob(message);
    else current?.abort(message.reason);
  });
  process.once('disconnect', () => {
    if (current === undefined) process.exit(0);
    isAlone = true;
    current.abort('the worker is gone');
    setTimeout(() => process.exit(1), PROCESS_TIME_TO_STOP * 1000);
  });
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
}
