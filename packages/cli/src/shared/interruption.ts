/** What a command does when a signal interrupts it. */

type Signal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

let handler: ((signal: Signal) => void) | undefined;
let firstSignalAt: number | undefined;
const stops = new Set<() => void>();

/**
 * npm and terminals send a signal twice within moments; a user who repeats it later wants to stop
 * waiting. In milliseconds.
 */
const SAME_SIGNAL = 2000;

/**
 * From now on the first signal calls `save`, which must end the command soon; a later one ends it
 * at once. Returns a function that undoes this.
 */
export function saveOnSignal(save: (signal: Signal) => void): () => void {
  handler = save;
  return () => {
    handler = undefined;
  };
}

/** Passes a signal to the command. Returns whether the command will end by itself. */
export function willSave(signal: Signal): boolean {
  if (handler === undefined) return false;
  if (firstSignalAt !== undefined) return performance.now() - firstSignalAt < SAME_SIGNAL;
  firstSignalAt = performance.now();
  handler(signal);
  return true;
}

/**
 * Calls `stop`, which must be synchronous, if a signal ends the command. Later ones are called
 * later. Returns a function that undoes this.
 */
export function onStop(stop: () => void): () => void {
  stops.add(stop);
  return () => {
    stops.delete(stop);
  };
}

/** Calls what `onStop` was given: for a signal handler. */
export function stopAll(): void {
  for (const stop of stops) stop();
  stops.clear();
}
