/** The messages between a worker and the processes that run its jobs. */
import type { JobProgress, QueueJob } from './job.ts';

/** To a process. */
export type ToJobProcess =
  | { readonly kind: 'run'; readonly job: QueueJob; readonly attempt: number }
  | { readonly kind: 'abort'; readonly reason: string };

/** From a process. */
export type FromJobProcess =
  | { readonly kind: 'progress'; readonly progress: JobProgress }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly error: string; readonly isUnrecoverable: boolean };
