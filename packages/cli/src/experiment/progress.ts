/** What `softpool experiment` shows while it works: a bar on a terminal, lines elsewhere. */
import type { ExperimentProgress } from '@softpool/models/node';
import { clearBar, createBar } from '../progress-bar.ts';
import { duration, printable } from '../text.ts';

/** Milliseconds between the lines of a log that say where a run is. */
const LINE_EVERY = 30_000;
/** Steps of the bar for each run. */
const STEPS = 100;

const BAR = '{bar} {done}/{runs} runs | {run} | {words} | {left} left';

export function experimentProgress({ quiet }: { quiet: boolean }) {
  const bar = !quiet && process.stderr.isTTY ? createBar(BAR, 20) : undefined;
  let lineAt = performance.now();
  let isShown = false;
  const line = (text: string): void => {
    if (isShown) clearBar();
    process.stderr.write(`${text}\n`);
  };
  return {
    line,
    show(progress: ExperimentProgress): void {
      const { isDone, share, done, total } = progress;
      const { run, words, left } = shown(progress);
      if (bar !== undefined) {
        if (!isShown) bar.start(total * STEPS, 0, { run, words, left, done, runs: total });
        isShown = true;
        bar.update(Math.round((isDone ? done : done + share) * STEPS), { run, words, left, done });
      } else if (!quiet && (isDone || performance.now() - lineAt >= LINE_EVERY)) {
        lineAt = performance.now();
        line(`${run}${isDone ? ' is done' : `, ${words}`} (${done} of ${total} runs, ${left} left)`);
      }
    },
    stop(): void {
      if (isShown) bar?.stop();
      isShown = false;
    },
  };
}

function shown({ run, words, secondsLeft }: ExperimentProgress): { run: string; words: string; left: string } {
  return { run: printable(run), words, left: secondsLeft === undefined ? '?' : duration(secondsLeft) };
}
