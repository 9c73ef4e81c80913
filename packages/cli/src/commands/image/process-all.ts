/** Processes several files at a time within the memory limit, with a progress bar and a summary. */
import { Semaphore } from 'async-mutex';
import { problem } from '../../shared/arguments/errors.ts';
import { failedLine, skippedLine } from '../../shared/files/file-report.ts';
import { STANDARD_STREAM } from '../../shared/files/standard-stream.ts';
import { onStop } from '../../shared/interruption.ts';
import { createProgressBar, type ProgressBar } from '../../shared/progress-bar.ts';
import { DEFAULT_MEMORY, memoryShare } from './memory.ts';
import type { ImageFlags } from './options.ts';
import type { ImageTask } from './plan.ts';
import { type Outcome, processFile } from './process.ts';
import { doneLine, imageSummary, pageNote, type Report } from './report.ts';

/**
 * Processes `flags.jobs` files at a time, each once its share of `flags.memory` is free, and adds
 * their results to `report`. Shares are in megabytes, because a semaphore takes time in
 * proportion to its value.
 *
 * @param isSingle - Whether there is only one file: it has no bar and no summary.
 */
export async function processAll(tasks: readonly ImageTask[], flags: ImageFlags, report: Report, isSingle: boolean): Promise<void> {
  for (const _ of tasks) report.done.push([]);
  const start = performance.now();
  const isQuiet = flags.quiet === true || flags.output === STANDARD_STREAM;
  const hasSummary = !isQuiet && !flags.json && !isSingle;
  const bar = createProgressBar({ quiet: isQuiet || isSingle });
  const total = tasks.length + report.skipped.length + report.failures.length;
  const summarize = (interrupted?: number): void => {
    if (hasSummary) process.stderr.write(`${imageSummary(report, (performance.now() - start) / 1000, interrupted)}\n`);
  };
  const undo = onStop(() => summarize(total)); // after the bar has gone
  let finished = 0;
  const showProgress = (): void => bar.update(finished, tasks.length, `${finished}/${tasks.length} files`);
  showProgress();
  // --compare measures times: nothing else may run.
  const jobs = new Semaphore(flags.compare ? 1 : flags.jobs);
  const budget = flags.memory ?? DEFAULT_MEMORY;
  const memory = new Semaphore(budget);
  const processOne = async (task: ImageTask, index: number): Promise<void> => {
    const input = task.input.path;
    try {
      const share = await memoryShare(input, budget, flags.padding);
      const outcome = await memory.runExclusive(() => processFile(task, flags), share);
      if ('skipped' in outcome) report.skipped.push({ input, reason: outcome.skipped });
      else report.done[index] = [...outcome.files];
      if (!isQuiet && !flags.json) showOutcome(input, outcome, flags, bar);
      if ('failure' in outcome) throw outcome.failure;
    } catch (error) {
      const failure = { input, reason: problem(error) };
      report.failures.push(failure);
      bar.line(failedLine(failure));
    } finally {
      finished++;
      showProgress();
    }
  };
  await Promise.all(tasks.map((task, index) => jobs.runExclusive(() => processOne(task, index))));
  bar.stop();
  undo();
  summarize();
}

/** A line for each result, unless there is a bar; a note on pages that were left out. */
function showOutcome(input: string, outcome: Outcome, { pages }: ImageFlags, bar: ProgressBar): void {
  if ('skipped' in outcome) {
    if (!bar.isThere) bar.line(skippedLine({ input, reason: outcome.skipped }));
    return;
  }
  if (!bar.isThere) for (const file of outcome.files) bar.line(doneLine(file));
  const [file] = outcome.files;
  if (file?.pages !== undefined && pages === 'first') bar.line(pageNote(file));
}
