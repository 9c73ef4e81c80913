/** A shard as a job of the queue, and the function that runs it. */
import { createHash } from 'node:crypto';
import { checkSeconds } from './checks.ts';

/** A shard as a job of the queue. Everything that decides its result is in here. */
export interface QueueJob {
  /** The shard's name, such as `in-000002` or `00003`. */
  readonly shard: string;
  /** What the function that runs the shard needs to know: any value that JSON can hold. */
  readonly options: unknown;
  /** The version of the program that runs it. */
  readonly version: string;
}

/** How far a job is. */
export interface JobProgress {
  /** Samples that were dealt with, also if they failed. */
  readonly finished: number;
  /** Samples of the shard, if their number is known. */
  readonly total?: number | undefined;
}

/** What the function that runs a job gets besides the job. */
export interface JobContext {
  /** Aborts when the job must stop soon. It then goes back to the queue. */
  readonly signal: AbortSignal;
  /** The attempt, from 1, counted since the job was added or retried. */
  readonly attempt: number;
  /** Reports progress. It can be called often: the queue gets it once a second. */
  readonly onProgress: (progress: JobProgress) => void;
}

/**
 * Runs one job. A job may run twice, or on a machine that was believed dead while another repeats
 * it, so it must be safe to repeat.
 *
 * A rejected promise fails the attempt, and the queue tries again later. An `UnrecoverableJobError`
 * fails the job at once, and a `PostponedJobError` only makes it wait. The result is passed to
 * `onEvent`. If the job ran in a process of its own, it must be a value that JSON can hold.
 */
export type RunJob = (job: QueueJob, context: JobContext) => Promise<unknown>;

/**
 * Fails a job without further attempts, because they would fail as well. `retry()` can still put it
 * back into the queue.
 */
export class UnrecoverableJobError extends Error {
  /** `'UnrecoverableJobError'`. */
  override readonly name = 'UnrecoverableJobError';
}

/**
 * Postpones a job that cannot run now, because another process has its shard. This costs no
 * attempt.
 */
export class PostponedJobError extends Error {
  /** `'PostponedJobError'`. */
  override readonly name = 'PostponedJobError';
  /** How long the job waits, in seconds. */
  readonly seconds: number;

  /**
   * Creates the error.
   *
   * @param message - Why it cannot run now.
   * @param seconds - How long it waits, from 0 to 2147483.
   * @throws {RangeError} If `seconds` is out of range.
   */
  constructor(message: string, seconds: number) {
    super(message);
    checkSeconds('PostponedJobError', 'seconds', seconds, 0);
    this.seconds = seconds;
  }
}

/** Deaths of workers that a job survives, as of machines that are taken away. */
export const DEATHS = 5;

/** Why a job failed: BullMQ calls a job stalled whose worker died. */
export function failureReason(reason: string): string {
  if (reason !== 'job stalled more than allowable limit') return reason;
  return `${DEATHS + 1} workers died or lost their connection while they ran it`;
}

/** What the queue keeps of a job besides its name, which is the shard's. */
export type JobData = Omit<QueueJob, 'shard'>;

/** The job's id: the same for the same shard, options and version, whatever the order of keys. */
export function jobIdOf({ shard, options, version }: QueueJob): string {
  const text = JSON.stringify([shard, options, version], (_, value: unknown) => (isRecord(value) ? sorted(value) : value));
  return `shard-${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1)));
}
