/** The progress bars of the commands: on the standard error of a terminal, gone when they are done. */
import { clearLine, cursorTo } from 'node:readline';
import { SingleBar } from 'cli-progress';

/** A bar, and lines of text above it. */
export interface ProgressBar {
  /** Whether there is a bar: on a terminal, unless it is to be quiet. */
  readonly isThere: boolean;
  /** Shows how much is done. */
  update(done: number, total: number, values?: object): void;
  /** Writes a line, bar or no bar. */
  line(text: string): void;
  /** Takes the bar away; another update brings it back. */
  stop(): void;
}

/** A bar in the format of `cli-progress`, which is not shown before its first update. */
export function createProgressBar(format: string, { quiet = false, width = 40 } = {}): ProgressBar {
  const bar = !quiet && process.stderr.isTTY ? singleBar(format, width) : undefined;
  let isShown = false;
  return {
    isThere: bar !== undefined,
    update(done, total, values) {
      if (!isShown) bar?.start(total, done, values);
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
    },
  };
}

function singleBar(format: string, barsize: number): SingleBar {
  const bar = new SingleBar({ format, barsize, hideCursor: true, stream: process.stderr, clearOnComplete: true, gracefulExit: false });
  process.once('exit', () => bar.stop()); // whatever ends the command, Ctrl-C too, must bring the cursor back
  return bar;
}
