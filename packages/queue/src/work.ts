/** A worker: takes jobs from the queue, runs them, and stops so that nothing is lost. */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { checkInteger, checkKeys, checkSeconds, checkSignal, checkType, typeError } from './checks.ts';
import {
  DEATHS,
  failureReason,
  type JobContext,
  type JobData,
  PostponedJobError,
  type QueueJob,
  type RunJob,
  UnrecoverableJobError,
} from './job.ts';
import type { Observer } from './observer.ts';
import { loadBullmq } from './peers.ts';
import { disconnect, keepConnected, type RedisServer } from './redis-server.ts';
import { JOB_TIME_TO_STOP } from './stop-times.ts';
import { connectionReports, progressTo, type WorkEvent } from './work-events.ts';

/** Options of `work`. */
export interface WorkOptions {
  /**
   * Runs a job. It must not block the event loop for long, or the worker looks dead: give
   * `jobProcesses(…).run` to run jobs in processes of their own.
   */
  readonly run: RunJob;
  /** Jobs that run at once. Default: 1. */
  readonly concurrency?: number | undefined;
  /** Stops the worker when it aborts: no further job is taken. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Seconds that jobs get to finish when the worker is stopped. Then they are aborted, and go back
   * into the queue within 5 seconds more. From 0 to 2147483. Default: 20.
   */
  readonly gracePeriod?: number | undefined;
  /**
   * Seconds after which a worker that does not answer counts as dead, and its jobs are given to
   * others. From 1 to 2147483. Default: 30.
   */
  readonly lockDuration?: number | undefined;
  /** Return when no job waits or runs, on any worker. */
  readonly untilEmpty?: boolean | undefined;
  /** The worker's name in a status. Default: the host's name and the process id. */
  readonly workerName?: string | undefined;
  /**
   * Gets what happens. If it throws, no job fails: the worker stops, as by `signal`, and `work`
   * rejects with that error. It is not called again.
   */
  readonly onEvent?: ((event: WorkEvent) => void) | undefined;
}

/** What a worker did, in numbers of jobs. */
export interface WorkSummary {
  /** Jobs that it completed. */
  readonly completed: number;
  /** Jobs whose last attempt failed here. */
  readonly failed: number;
  /** Jobs that went back into the queue when it stopped. */
  readonly returned: number;
}

/** Milliseconds between two looks whether the queue is empty. */
const EMPTY_INTERVAL = 250;

/** Reasons to abort a job. */
const [STOPPED, TAKEN] = ['the worker is stopped', 'another worker has the job'];

/** The options of `work`. */
const KEYS = ['run', 'concurrency', 'signal', 'gracePeriod', 'lockDuration', 'untilEmpty', 'workerName', 'onEvent'];

/** Throws if an option is invalid. */
export function checkWorkOptions(options: WorkOptions): void {
  checkKeys('work', options, KEYS);
  const { run, concurrency = 1, gracePeriod = 20, lockDuration = 30, signal, untilEmpty, workerName, onEvent } = options;
  if (typeof run !== 'function') throw typeError('work', 'options.run', 'a function', run);
  checkInteger('work', 'options.concurrency', concurrency, 1);
  checkSignal('work', signal);
  checkSeconds('work', 'options.gracePeriod', gracePeriod, 0);
  checkSeconds('work', 'options.lockDuration', lockDuration, 1);
  checkType('work', 'options.untilEmpty', untilEmpty, 'boolean');
  checkType('work', 'options.workerName', workerName, 'string');
  checkType('work', 'options.onEvent', onEvent, 'function');
}

/** Runs jobs of a queue until the worker is stopped. */
export async function workOn(server: RedisServer, name: string, options: WorkOptions, observer: Observer): Promise<WorkSummary> {
  const { gracePeriod = 20, signal, untilEmpty = false } = options;
  const { Queue } = await loadBullmq();
  const jobs = await jobRunner(server, options.run, observer.report);
  let isOver = false;
  const reports = connectionReports(server, (event) => isOver || observer.report(event));
  const client = await keepConnected(server, () => isOver);
  let worker: Worker<JobData> | undefined;
  try {
    client.on('error', reports.lost);
    client.on('close', () => reports.lost(new Error('Connection is closed.')));
    client.on('ready', reports.restored);
    const queue = new Queue<JobData>(name, { connection: client, skipVersionCheck: true });
    queue.on('error', reports.problem);
    worker = await startWorker(queue, client, jobs, options);
    const ends = [
      aborted(signal),
      aborted(observer.failed),
      ...(untilEmpty ? [empty(queue, jobs.running, reports.problem, () => isOver)] : []),
    ];
    await Promise.race(ends);
  } finally {
    if (worker !== undefined) await stopWorker(worker, client, jobs.running, gracePeriod);
    isOver = true;
    disconnect(client);
    void worker?.getBackend().blockingClient?.then(disconnect);
  }
  return jobs.summary;
}

/** Starts BullMQ's worker. Its errors are reported as those of the queue. */
async function startWorker(
  queue: Queue<JobData>,
  client: Redis,
  jobs: Awaited<ReturnType<typeof jobRunner>>,
  { concurrency = 1, lockDuration = 30, workerName = `${hostname()}-${process.pid}` }: WorkOptions,
): Promise<Worker<JobData>> {
  const { Worker } = await loadBullmq();
  // BullMQ passes a signal only to functions that declare three parameters.
  const worker = new Worker<JobData>(queue.name, (job, token, signal) => jobs.run(job, token, signal), {
    ...{ connection: client, skipVersionCheck: true },
    ...{ concurrency, name: workerName, maxStalledCount: DEATHS },
    lockDuration: lockDuration * 1000,
    stalledInterval: (lockDuration * 1000) / 2,
  });
  worker.on('error', (error) => queue.emit('error', error));
  worker.on('failed', jobs.failed);
  worker.on('lockRenewalFailed', (ids) => void stopTaken(ids, queue, worker));
  return worker;
}

/** Lets jobs finish for `gracePeriod` seconds, then puts them back, and closes the worker. */
async function stopWorker(
  worker: Worker<JobData>,
  client: Redis,
  running: ReadonlySet<Promise<unknown>>,
  gracePeriod: number,
): Promise<void> {
  const cancel = setTimeout(() => worker.cancelAllJobs(STOPPED), gracePeriod * 1000);
  try {
    const jobsEnd = Promise.allSettled(running);
    // Without a server BullMQ would wait for ever to close. Its jobs are then given to others, like
    // those of a dead worker.
    const isConnected = client.status === 'ready';
    const closed = isConnected ? worker.close() : worker.pause(true).then(() => jobsEnd.then(() => worker.close(true)));
    await Promise.race([closed, jobsEnd.then(() => sleep(JOB_TIME_TO_STOP * 1000, undefined, { ref: false }))]);
  } finally {
    clearTimeout(cancel);
  }
}

/** Runs jobs for BullMQ, and counts their results. */
async function jobRunner(server: RedisServer, run: RunJob, onEvent: (event: WorkEvent) => void) {
  const { DelayedError, UnrecoverableError, WaitingError } = await loadBullmq();
  const running = new Set<Promise<unknown>>();
  const summary = { completed: 0, failed: 0, returned: 0 };
  return {
    /** Jobs whose function has not ended. */
    running,
    summary,
    async run(job: Job<JobData>, token?: string, signal = new AbortController().signal): Promise<null> {
      const { name: shard, data, attemptsMade } = job;
      const start = performance.now();
      const attempt = attemptsMade + 1;
      onEvent({ kind: 'started', shard, attempt });
      const work = runUntilAborted(run, { shard, ...data }, { signal, attempt, onProgress: progressTo(job, onEvent) });
      running.add(work);
      try {
        const result = await work.finally(() => running.delete(work));
        summary.completed++;
        onEvent({ kind: 'completed', shard, seconds: (performance.now() - start) / 1000, result });
        return null;
      } catch (error) {
        if (signal.reason === STOPPED) {
          await job.moveToWait(token);
          summary.returned++;
          onEvent({ kind: 'returned', shard });
          throw new WaitingError();
        }
        const reason = server.redact(error instanceof Error ? error.message : String(error));
        if (error instanceof PostponedJobError) {
          await job.moveToDelayed(Date.now() + error.seconds * 1000, token);
          onEvent({ kind: 'postponed', shard, reason });
          throw new DelayedError();
        }
        throw error instanceof UnrecoverableJobError ? new UnrecoverableError(reason) : new Error(reason);
      }
    },
    failed(job: Job<JobData> | undefined, { message, name }: Error): void {
      const isFinal = name === 'UnrecoverableError' || job === undefined || job.attemptsMade >= (job.opts.attempts ?? 1);
      if (isFinal) summary.failed++;
      onEvent({ kind: 'failed', shard: job?.name ?? '', reason: failureReason(message), isFinal });
    },
  };
}

/** Runs a job. Rejects soon after its signal has aborted, even if the job does not end. */
async function runUntilAborted(run: RunJob, job: QueueJob, context: JobContext): Promise<unknown> {
  const { signal } = context;
  let timer: NodeJS.Timeout | undefined;
  const late = aborted(signal).then(
    () =>
      new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(String(signal.reason))), JOB_TIME_TO_STOP * 1000);
      }),
  );
  return Promise.race([run(job, context), late]).finally(() => clearTimeout(timer));
}

/**
 * Aborts jobs that another worker has, because this one did not renew their locks. Jobs that the
 * server has forgotten go on: nobody else has them.
 */
async function stopTaken(ids: readonly string[], queue: Queue<JobData>, worker: Worker<JobData>): Promise<void> {
  for (const id of ids) {
    const job = await queue.getJob(id).catch(() => undefined);
    if (job !== undefined) worker.cancelJob(id, TAKEN);
  }
}

/** Resolves when the signal has aborted. */
function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Resolves when no job is left, here or on other workers. */
async function empty(
  queue: Queue<JobData>,
  running: ReadonlySet<unknown>,
  report: (error: Error) => void,
  isOver: () => boolean,
): Promise<void> {
  for (;;) {
    await sleep(EMPTY_INTERVAL);
    if (isOver()) return;
    if (running.size > 0) continue;
    // While the connection is lost, the answer comes when it is restored.
    const left = await queue.getJobCountByTypes('waiting', 'active', 'delayed').catch(report);
    if (left === 0) return;
  }
}
