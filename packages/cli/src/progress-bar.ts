/** The progress bars of the commands: on the standard error of a terminal, gone when they are done. */
import { clearLine, cursorTo } from 'node:readline';
import { SingleBar } from 'cli-progress';

/** A bar that is not shown yet, in the format of `cli-progress`. */
export function createBar(format: string, barsize = 40): SingleBar {
  const bar = new SingleBar({ format, barsize, hideCursor: true, stream: process.stderr, clearOnComplete: true, gracefulExit: false });
  process.once('exit', () => bar.stop()); // whatever ends the command, Ctrl-C too, must bring the cursor back
  return bar;
}

/** Clears the line that a bar is on, for one of text; the bar comes back below it. */
export function clearBar(): void {
  cursorTo(process.stderr, 0);
  clearLine(process.stderr, 0);
}
