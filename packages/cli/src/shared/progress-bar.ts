/** Progress bars on the standard error of a terminal; each disappears when it is done. */
import { clearLine, cursorTo } from 'node:readline';
import { SingleBar } from 'cli-progress';
import { handleSignals } from './interruption.ts';

/** A bar with lines of text above it. */
export interface ProgressBar {
  /** Whether a bar is shown: on a terminal, unless the command is quiet. */
  readonly isThere: boolean;
  /** Shows the progress. */
  update(done: number, total: number, values?: object): void;
  /** Writes a line, above the bar if there is one. */
  line(text: string): void;
  /** Removes the bar; another update brings it back. */
  stop(): void;
}

/** A bar in the format of `cli-progress`. It appears with its first update. */
export function createProgressBar(format: string, { quiet = false, width = 40 } = {}): ProgressBar {
  const bar = !quiet && process.stderr.isTTY ? singleBar(format, width) : undefined;
  let isShown = false;
  let release: (() => void) | undefined;
  return {
    isThere: bar !== undefined,
    update(done, total, values) {
      if (!isShown && bar !== undefined) {
        release = handleSignals(); // a signal must bring the cursor back
        bar.start(total, done, values);
      }
      isShown = bar !== undefined;
      bar?.update(done, values);
    },
    line(text) {
      if (isShown) {
        cursorTo(process.stderr, 0); // the bar comes back below the text
        clearLine(process.stderr, 0);
      }
      process.stderr.write(`${text}\n`);
    },
    stop() {
      if (isShown) bar?.stop();
      isShown = false;
      release?.();
    },
  };
}

function singleBar(format: string, barsize: number): SingleBar {
  const bar = new SingleBar({ format, barsize, hideCursor: true, stream: process.stderr, clearOnComplete: true, gracefulExit: false });
  process.once('exit', () => bar.stop()); // brings the cursor back however the command ends
  return bar;
}
