/** The messages between a worker and the processes that run its jobs. */
import { type JobProgress, PostponedJobError, type QueueJob, UnrecoverableJobError } from './job.ts';

/** To a process. */
export type ToJobProcess =
  | { readonly kind: 'run'; readonly job: QueueJob; readonly attempt: number }
  | { readonly kind: 'abort'; readonly reason: string };

/** From a process. */
export type FromJobProcess =
  | { readonly kind: 'progress'; readonly progress: JobProgress }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly error: SentError };

/** An error of a job. */
interface SentError {
  readonly message: string;
  readonly isUnrecoverable: boolean;
  /** Seconds by which the job is postponed. */
  readonly postponed?: number;
}

/** An error to be sent. */
export function sentError(error: unknown): SentError {
  return {
    message: error instanceof Error ? error.message : String(error),
    isUnrecoverable: error instanceof UnrecoverableJobError,
    ...(error instanceof PostponedJobError && { postponed: error.seconds }),
  };
}

/** The error that was sent. */
export function receivedError({ message, isUnrecoverable, postponed }: SentError): Error {
  if (isUnrecoverable) return new UnrecoverableJobError(message);
  return postponed === undefined ? new Error(message) : new PostponedJobError(message, postponed);
}
