/** How the jobs of a queue are. */
import type { Job, Queue } from 'bullmq';
import { failureReason, type JobData, type JobProgress } from './job.ts';

/** A job that runs now. */
export interface RunningJob {
  /** The name of the shard. */
  readonly shard: string;
  /** The attempt, from 1. */
  readonly attempt: number;
  /** When the attempt began. */
  readonly since: Date;
  /** `undefined` until the first report. */
  readonly progress: JobProgress | undefined;
  /** The worker that runs it. */
  readonly worker: string;
}

/** A job whose last attempt failed. */
export interface FailedJob {
  /** The name of the shard. */
  readonly shard: string;
  /** Why the last attempt failed. */
  readonly reason: string;
  /** Number of attempts that failed. */
  readonly attempts: number;
}

/**
 * How the jobs of a queue are. Their outputs say what is done: a queue knows only what happened
 * since its server last lost its data.
 */
export interface QueueStatus {
  /** Jobs that wait for a worker. */
  readonly waiting: number;
  /** Jobs that run. */
  readonly active: number;
  /** Jobs that wait for their next attempt. */
  readonly delayed: number;
  /** Jobs that were done within the last week. */
  readonly completed: number;
  /** Jobs that failed, until `retry()` or `add()` puts them back. */
  readonly failed: number;
  /** Workers that are connected. */
  readonly workers: number;
  /** The jobs that run. */
  readonly running: readonly RunningJob[];
  /** The jobs that wait for their next attempt, at most 1000. */
  readonly delays: readonly FailedJob[];
  /** The jobs that failed, at most 1000. */
  readonly failures: readonly FailedJob[];
}

/** The most jobs in a list. */
const LISTED = 1000;

/** Counts the jobs, and lists those that run or failed. */
export async function readStatus(queue: Queue<JobData>): Promise<QueueStatus> {
  const [counts, workers, running, delays, failures] = await Promise.all([
    queue.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed'),
    queue.getWorkersCount(),
    queue.getActive(),
    queue.getDelayed(0, LISTED - 1),
    queue.getFailed(0, LISTED - 1),
  ]);
  const { waiting = 0, active = 0, delayed = 0, completed = 0, failed = 0 } = counts;
  return {
    ...{ waiting, active, delayed, completed, failed, workers },
    running: running.map(runningJob),
    delays: delays.map(failedJob),
    failures: failures.map(failedJob),
  };
}

function runningJob({ name, attemptsMade, processedOn = 0, progress, processedBy = '' }: Job<JobData>): RunningJob {
  return {
    shard: name,
    attempt: attemptsMade + 1,
    since: new Date(processedOn),
    progress: isProgress(progress) ? progress : undefined,
    worker: processedBy,
  };
}

function isProgress(value: unknown): value is JobProgress {
  return typeof value === 'object' && value !== null && 'finished' in value;
}

function failedJob({ name, failedReason = '', attemptsMade }: Job<JobData>): FailedJob {
  return { shard: name, reason: failureReason(failedReason), attempts: attemptsMade };
}
