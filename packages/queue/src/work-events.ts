/** What a worker reports. */
import type { Job } from 'bullmq';
import type { JobData, JobProgress } from './job.ts';
import { type RedisServer, RedisServerError, redisError } from './redis-server.ts';

/** Something that happened to a worker. */
export type WorkEvent =
  | {
      /** What happened. */
      readonly kind: 'started';
      /** The name of the shard. */
      readonly shard: string;
      /** The number of the attempt, from 1. */
      readonly attempt: number;
    }
  | {
      /** What happened. */
      readonly kind: 'progress';
      /** The name of the shard. */
      readonly shard: string;
      /** How far the job is. */
      readonly progress: JobProgress;
    }
  | {
      /** What happened. */
      readonly kind: 'completed';
      /** The name of the shard. */
      readonly shard: string;
      /** How long the attempt took. */
      readonly seconds: number;
      /** What the job returned. */
      readonly result: unknown;
    }
  /** An attempt failed. `isFinal`: there is no further one. */
  | {
      /** What happened. */
      readonly kind: 'failed';
      /** The name of the shard. */
      readonly shard: string;
      /** Why, in a sentence. */
      readonly reason: string;
      /** Whether there is no further attempt. */
      readonly isFinal: boolean;
    }
  /** Another process has the shard: the job waits, which costs no attempt. */
  | {
      /** What happened. */
      readonly kind: 'postponed';
      /** The name of the shard. */
      readonly shard: string;
      /** Why, in a sentence. */
      readonly reason: string;
    }
  /** The worker stopped before the job was done, and put it back into the queue. */
  | {
      /** What happened. */
      readonly kind: 'returned';
      /** The name of the shard. */
      readonly shard: string;
    }
  /** The connection was lost, and again each minute until it is restored. Jobs that run go on. */
  | {
      /** What happened. */
      readonly kind: 'disconnected';
      /** Why, in a sentence. */
      readonly reason: string;
    }
  /** The connection is restored. */
  | {
      /** What happened. */
      readonly kind: 'connected';
    }
  /** Something that costs no output, such as a job that the server has forgotten. */
  | {
      /** What happened. */
      readonly kind: 'problem';
      /** What is wrong, in a sentence. */
      readonly message: string;
    };

/** Milliseconds between two reports of a job's progress. */
const PROGRESS_INTERVAL = 1000;

/** Milliseconds before the same problem is reported again. */
const REPEAT_INTERVAL = 60_000;

/** BullMQ's codes for a job that is unknown, and for one that another worker has. */
const [UNKNOWN, WITHOUT_LOCK, OTHER_LOCK] = [-1, -2, -6];

/** Reports connections that are lost and restored, and problems, each only once in a while. */
export function connectionReports(server: RedisServer, onEvent: (event: WorkEvent) => void) {
  const reported = new Map<string, number>();
  let isLost = false;
  const isNew = (text: string): boolean => {
    const now = performance.now();
    if (now - (reported.get(text) ?? -Infinity) < REPEAT_INTERVAL) return false;
    reported.set(text, now);
    return true;
  };
  return {
    lost(error: unknown): void {
      isLost = true;
      if (isNew('lost')) onEvent({ kind: 'disconnected', reason: redisError(server, error).message });
    },
    restored(): void {
      if (isLost) onEvent({ kind: 'connected' });
      isLost = false;
      reported.delete('lost');
    },
    problem(error: Error & { readonly code?: unknown }): void {
      const { message, isTemporary } = asProblem(server, error);
      if (!isTemporary && isNew(message)) onEvent({ kind: 'problem', message });
    },
  };
}

function asProblem(server: RedisServer, error: Error & { readonly code?: unknown }): { message: string; isTemporary: boolean } {
  if (error.code === UNKNOWN) {
    return { message: `the Redis server at ${server.address} has lost jobs that run; add all jobs again`, isTemporary: false };
  }
  if (error.code === WITHOUT_LOCK || error.code === OTHER_LOCK) {
    return { message: 'a job no longer belongs to this worker, which did not answer in time', isTemporary: false };
  }
  const known = redisError(server, error);
  return { message: known.message, isTemporary: known instanceof RedisServerError && known.isTemporary };
}

/** Passes on progress: the latest, at most once a second. */
export function progressTo(job: Job<JobData>, onEvent: (event: WorkEvent) => void): (progress: JobProgress) => void {
  let next = 0;
  let isSending = false;
  return (progress) => {
    if (isSending || performance.now() < next) return;
    next = performance.now() + PROGRESS_INTERVAL;
    isSending = true;
    onEvent({ kind: 'progress', shard: job.name, progress });
    job
      .updateProgress({ ...progress })
      .catch(() => {}) // the connection reports for itself
      .finally(() => {
        isSending = false;
      });
  };
}
