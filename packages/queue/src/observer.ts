/** Calls `onEvent`, so that its errors change nothing about the jobs. */
import type { WorkEvent } from './work-events.ts';

/** Passes on events until `onEvent` fails. */
export interface Observer {
  /** Passes on an event. Never throws. */
  readonly report: (event: WorkEvent) => void;
  /** Aborts when `onEvent` has failed. */
  readonly failed: AbortSignal;
  /** Throws the error of `onEvent`, if it has failed. */
  readonly throwIfFailed: () => void;
}

/** Watches over `onEvent`: its first error, thrown or rejected, is kept, and it gets no more. */
export function observe(onEvent: (event: WorkEvent) => unknown = () => {}): Observer {
  const failure = new AbortController();
  let error: unknown;
  return {
    async report(event) {
      if (failure.signal.aborted) return;
      try {
        await onEvent(event);
      } catch (reason) {
        if (!failure.signal.aborted) error = reason;
        failure.abort();
      }
    },
    failed: failure.signal,
    throwIfFailed() {
      if (failure.signal.aborted) throw error;
    },
  };
}
