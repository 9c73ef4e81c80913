/** Puts jobs into the queue. */
import type { Queue, Job as QueuedJob } from 'bullmq';
import type { Redis } from 'ioredis';
import { checkInteger, checkKeys, checkSeconds, typeError } from './checks.ts';
import { type JobData, jobIdOf, type QueueJob } from './job.ts';

/** Options of `add`. */
export interface AddOptions {
  /** How often a job is started before it counts as failed. Default: 3. */
  readonly attempts?: number | undefined;
  /**
   * Seconds before the second attempt, from 0 to 2147483; each further one waits twice as long.
   * Default: 10.
   */
  readonly backoff?: number | undefined;
}

/** What `add` did, in numbers of jobs. */
export interface AddSummary {
  /** Jobs that are new in the queue. */
  readonly added: number;
  /** Jobs that were done or had failed, and run again. */
  readonly again: number;
  /** Jobs that wait or run already. */
  readonly present: number;
}

interface NewJob {
  readonly id: string;
  readonly job: QueueJob;
  readonly attempts: number;
  readonly backoff: number;
}

/** Jobs that are sent at once. */
const CHUNK = 500;

/** Jobs that are done are kept for a week, so that a status can count them. In seconds. */
const KEPT = 7 * 24 * 3600;

/** Checks jobs that are to be added. Throws for a job that is given twice. */
export function newJobs(jobs: readonly QueueJob[], options: AddOptions): NewJob[] {
  checkKeys('add', options, ['attempts', 'backoff']);
  const { attempts = 3, backoff = 10 } = options;
  checkInteger('add', 'options.attempts', attempts, 1);
  checkSeconds('add', 'options.backoff', backoff, 0);
  if (!Array.isArray(jobs)) throw typeError('add', 'jobs', 'an array', jobs);
  const found = new Map<string, NewJob>();
  for (const job of jobs) {
    const id = jobIdOf(job);
    if (found.has(id)) throw new TypeError(`add: the shard '${job.shard}' is given twice`);
    found.set(id, { id, job, attempts, backoff });
  }
  return [...found.values()];
}

/** Adds jobs, except those that wait or run already. */
export async function addJobs(queue: Queue<JobData>, jobs: readonly NewJob[]): Promise<AddSummary> {
  const summary = { added: 0, again: 0, present: 0 };
  // For the state of one job, or to remove an unknown one, the server searches all that wait.
  const waiting = new Set(await queue.getRanges(['waiting', 'active', 'delayed'], 0, -1));
  for (const chunk of chunks(jobs)) {
    const left = chunk.filter(({ id }) => !waiting.has(id));
    summary.present += chunk.length - left.length;
    const known = await Promise.all(left.map(({ id }) => queue.getJob(id)));
    for (const job of known) summary[job?.finishedOn === undefined ? 'added' : 'again']++;
    // BullMQ ignores a job whose id it has, also if that job has ended.
    await Promise.all(left.filter((_, index) => known[index] !== undefined).map(({ id }) => queue.remove(id)));
    await put(queue, left);
  }
  return summary;
}

/** Puts failed jobs back as if they were new. Returns their number. */
export async function retryJobs(queue: Queue<JobData>, client: Redis): Promise<number> {
  let retried = 0;
  for (const chunk of chunks(await queue.getFailed(0, -1))) {
    // BullMQ keeps its count of the workers that died.
    await Promise.all(chunk.map(({ id = '' }) => client.hdel(queue.toKey(id), 'stc')));
    const done = await Promise.all(chunk.map(retryJob));
    retried += done.filter(Boolean).length;
  }
  return retried;
}

/** False if the job is not failed any more: another process was faster. */
async function retryJob(job: QueuedJob<JobData>): Promise<boolean> {
  try {
    await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
    return true;
  } catch (error) {
    if (await job.isFailed()) throw error;
    return false;
  }
}

async function put(queue: Queue<JobData>, jobs: readonly NewJob[]): Promise<void> {
  await queue.addBulk(
    jobs.map(({ id, job: { shard, options, version }, attempts, backoff }) => ({
      name: shard,
      data: { options, version },
      opts: {
        jobId: id,
        attempts,
        backoff: { type: 'exponential', delay: backoff * 1000 },
        removeOnComplete: { age: KEPT },
        removeOnFail: false,
        stackTraceLimit: 0,
      },
    })),
  );
}

function chunks<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, index) => all.slice(index * CHUNK, (index + 1) * CHUNK));
}
