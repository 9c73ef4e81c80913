/**
 * Progress bars on the standard error of a terminal. A bar is the last line: it is drawn again in
 * place, lines of text are written above it, and it disappears when it is done. The cursor is
 * neither saved nor hidden, so nothing has to be restored.
 */
import { onStop } from './interruption.ts';
import { duration } from './text.ts';

/** A bar with lines of text above it. */
export interface ProgressBar {
  /** Whether a bar is shown: on a terminal, unless the command is quiet. */
  readonly isThere: boolean;
  /** Shows the progress, with `text` beside the bar. */
  update(done: number, total: number, text: string): void;
  /** Writes a line, above the bar if there is one. */
  line(text: string): void;
  /** Removes the bar; another update brings it back. */
  stop(): void;
}

/** Options of a bar. */
export interface BarOptions {
  /** Show no bar. */
  readonly quiet?: boolean | undefined;
  /** Characters of the bar itself. */
  readonly width?: number;
  /** Estimate the time left from the progress so far. */
  readonly timeLeft?: boolean;
}

/** To the start of the line, and erase all of it. */
const ERASE = '\r\u001b[K';
/** Columns that stay free: a terminal shows `^C` behind the bar when the user types Ctrl-C. */
const ECHO = 3;
/** A text wider than the terminal is cut instead of wrapped: a bar must stay one line. */
const [NO_WRAP, WRAP] = ['\u001b[?7l', '\u001b[?7h'];

/** A bar. It appears with its first update. */
export function createProgressBar({ quiet = false, width = 40, timeLeft = true }: BarOptions = {}): ProgressBar {
  const isThere = !quiet && process.stderr.isTTY;
  const left = timeLeft ? estimate() : () => '';
  let shown = '';
  let undo: (() => void) | undefined;
  const stop = (): void => {
    if (shown !== '') process.stderr.write(ERASE);
    shown = '';
    undo?.();
    undo = undefined;
  };
  return {
    isThere,
    update(done, total, text) {
      if (!isThere) return;
      undo ??= onStop(stop);
      const filled = Math.round((width * Math.min(done, total)) / Math.max(1, total));
      const line = `${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${text}${left(done, total)}`;
      const columns = (process.stderr.columns || 80) - ECHO;
      shown = `${NO_WRAP}${[...line].slice(0, columns).join('')}${WRAP}`;
      process.stderr.write(`${ERASE}${shown}`);
    },
    line(text) {
      process.stderr.write(shown === '' ? `${text}\n` : `${ERASE}${text}\n${shown}`);
    },
    stop,
  };
}

/** Tells the time left, from the time that the steps since the first call took. */
function estimate(): (done: number, total: number) => string {
  let first: { readonly done: number; readonly time: number } | undefined;
  return (done, total) => {
    const time = performance.now();
    first ??= { done, time };
    if (done <= first.done || done >= total) return '';
    const seconds = (((time - first.time) / (done - first.done)) * (total - done)) / 1000;
    return `, ${duration(Math.max(1, seconds))} left`;
  };
}
