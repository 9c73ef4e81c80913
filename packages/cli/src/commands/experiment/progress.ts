/** Progress of `softpool experiment`: a bar on a terminal, lines elsewhere. */
import type { ExperimentProgress } from '@softpool/experiments';
import { createProgressBar } from '../../shared/progress-bar.ts';
import { duration, printable } from '../../shared/text.ts';

/** Milliseconds between progress lines of a run. */
const LINE_EVERY = 30_000;

export function experimentProgress({ quiet }: { quiet: boolean }) {
  const bar = createProgressBar({ quiet, width: 20, timeLeft: false });
  let lineAt = performance.now();
  return {
    line: bar.line,
    show(progress: ExperimentProgress): void {
      const { isDone, share, done, total } = progress;
      const { run, words, left } = shown(progress);
      if (bar.isThere) {
        bar.update(isDone ? done : done + share, total, `${done}/${total} runs | ${run} | ${words} | ${left} left`);
      } else if (!quiet && (isDone || performance.now() - lineAt >= LINE_EVERY)) {
        lineAt = performance.now();
        bar.line(`${run}${isDone ? ' done' : `, ${words}`} (${done} of ${total} runs, ${left} left)`);
      }
    },
    stop: bar.stop,
  };
}

function shown({ run, words, secondsLeft }: ExperimentProgress): { run: string; words: string; left: string } {
  return { run: printable(run), words, left: secondsLeft === undefined ? '?' : duration(secondsLeft) };
}
