/**
 * What a command does when a signal interrupts it. Without anything to do, signals have no handler
 * and end the process at once: a handler would wait until synchronous work is done, which can take
 * minutes.
 */
import { findExecve } from './execve.ts';
import { EXIT } from './exit-codes.ts';

export const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
export type Signal = (typeof SIGNALS)[number];

/** Saves what there is. */
let handler: ((signal: Signal) => void) | undefined;
/** The line for a command that does not notice the signal in time. */
let unsavedText = '';
let firstSignalAt: number | undefined;
/** Those who need handlers of signals. Without any, signals have none. */
const requests = new Set<symbol>();
let installHandlers: (isNeeded: boolean, unsaved: string) => void = () => {};
const stops = new Set<() => void>();

/**
 * npm and terminals send a signal twice within moments; a user who repeats it later wants to stop
 * waiting. In milliseconds.
 */
const SAME_SIGNAL = 2000;

/**
 * From now on the first signal calls `save`, which must end the command soon; a later one ends it
 * at once. `unsaved` is the line for a command on its own thread that does not notice the signal in
 * time. Returns a function that undoes this.
 */
export function saveOnSignal(save: (signal: Signal) => void, unsaved = 'softpool: stopped'): () => void {
  handler = save;
  unsavedText = unsaved;
  const release = handleSignals();
  return () => {
    handler = undefined;
    release();
  };
}

/** From now on signals are handled. Returns a function that undoes this. */
export function handleSignals(): () => void {
  const request = Symbol('request to handle signals');
  if (requests.size === 0) installHandlers(true, unsavedText);
  requests.add(request);
  return () => {
    if (requests.delete(request) && requests.size === 0) installHandlers(false, unsavedText);
  };
}

/** Sets what adds the handlers of signals and removes them, also of signals handled by now. */
export function setHandlerInstaller(install: (isNeeded: boolean, unsaved: string) => void): void {
  const isHandled = requests.size > 0;
  if (isHandled) installHandlers(false, unsavedText);
  installHandlers = install;
  if (isHandled) installHandlers(true, unsavedText);
}

/** Passes a signal to the command. Returns whether the command will end by itself. */
export function passSignal(signal: Signal): boolean {
  if (handler === undefined) return false;
  if (firstSignalAt !== undefined) return performance.now() - firstSignalAt < SAME_SIGNAL;
  firstSignalAt = performance.now();
  handler(signal);
  return true;
}

/**
 * Calls `stop`, which must be synchronous, if a signal ends the command. Later ones are called
 * first. Returns a function that undoes this.
 */
export function onStop(stop: () => void): () => void {
  stops.add(stop);
  const release = handleSignals();
  return () => {
    stops.delete(stop);
    release();
  };
}

/** Calls what `onStop` was given: for a signal handler. */
export function stopAll(): void {
  for (const stop of [...stops].reverse()) stop();
  stops.clear();
}

/**
 * Ends the process at once, killed by the signal, so that a shell shows that status: exit() would
 * wait for images that are being decoded or encoded, which can take minutes.
 */
export function endBySignal(signal: Signal): never {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // The first process of a container survives its own signals.
  exitAtOnce(EXIT.interrupted[signal]);
  process.exit(EXIT.interrupted[signal]); // an older Node waits
}

/**
 * Ends the process with this exit code, whatever its threads do: it becomes a process that exits.
 * Where it cannot, this does nothing.
 */
export function exitAtOnce(code: number): void {
  findExecve()?.(process.execPath, [process.execPath, '--eval', `process.exit(${code})`]);
}
