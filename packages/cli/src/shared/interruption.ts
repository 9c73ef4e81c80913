/** What a signal does while a command has something to save first. */

type Signal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

let handler: ((signal: Signal) => void) | undefined;
let heardAt: number | undefined;

/** npm and terminals send a signal twice, within moments; a user who repeats it later wants no more waiting. */
const SAME_SIGNAL = 2000;

/** From now on the first signal calls `save`, which must end the command soon; a later one ends it at once. Returns what takes this back. */
export function saveOnSignal(save: (signal: Signal) => void): () => void {
  handler = save;
  return () => {
    handler = undefined;
  };
}

/** Tells of a signal. Returns whether the command will end by itself. */
export function willSave(signal: Signal): boolean {
  if (handler === undefined) return false;
  if (heardAt !== undefined) return performance.now() - heardAt < SAME_SIGNAL;
  heardAt = performance.now();
  handler(signal);
  return true;
}
