/** Runs `softpool image`: finds the files, works on several at a time within a memory bound, reports. */
import { Semaphore } from 'async-mutex';
import { problem } from '../../shared/arguments/errors.ts';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { findInputs, STDIN } from '../../shared/files/image-files.ts';
import { refuseExisting } from '../../shared/files/write-file.ts';
import { createProgressBar } from '../../shared/progress-bar.ts';
import { printable } from '../../shared/text.ts';
import { DEFAULT_MEMORY, memoryShare } from './memory.ts';
import { type ImageFlags, shrinkOptions } from './options.ts';
import { planOutputs, type Task } from './outputs.ts';
import { type Done, type ProcessOptions, processFile } from './process.ts';
import { comparisonTable, doneLine, type Failed, jsonReport } from './report.ts';

/** Runs the command; resolves to its exit status. */
export async function runImage(sources: readonly string[], flags: ImageFlags): Promise<number> {
  const shrink = shrinkOptions(flags);
  const { compare = false, force = false, enlarge = 'cubic' } = flags;
  if (flags.enlarge !== undefined && !compare) throw new UsageError('--enlarge belongs to --compare');
  if (flags.json && flags.output === STDIN) throw new UsageError('--json and -o - both write to standard output; give -o a file');
  const inputs = await findInputs(sources, flags.output);
  const tasks = planOutputs(inputs, { output: flags.output, format: flags.format, compare, force });
  const failures: Failed[] = inputs.problems.map(({ path, reason }) => ({ input: path, error: reason }));
  for (const failure of failures) report(failure);
  if (flags.dryRun) {
    await showPlan(tasks, flags, failures);
  } else {
    const options = { shrink, quality: flags.quality, compare, enlargeBy: enlarge, force, maxPixels: flags.maxPixels };
    const done = await processAll(tasks, options, flags, failures);
    if (flags.json) process.stdout.write(`${jsonReport(done, failures, compare ? enlarge : undefined)}\n`);
    else if (compare && flags.output !== STDIN && !flags.quiet && done.length > 0)
      process.stdout.write(`${comparisonTable(done, enlarge)}\n`);
  }
  return failures.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Says what would be written, and what is in the way. */
async function showPlan(tasks: readonly Task[], flags: ImageFlags, failures: Failed[]): Promise<void> {
  const planned: { input: string; output: string }[] = [];
  for (const { input, output } of tasks) {
    try {
      if (!flags.force && output !== STDIN) await refuseExisting(output);
      planned.push({ input: input.path, output });
    } catch (error) {
      fail(input.path, error, failures);
    }
  }
  if (flags.json) process.stdout.write(`${jsonReport(planned, failures)}\n`);
  else if (!flags.quiet) for (const { input, output } of planned) process.stdout.write(`${printable(input)} → ${printable(output)}\n`);
}

/**
 * Works on `flags.jobs` files at a time, each once its share of `flags.memory` is free. Shares are in megabytes, not bytes: a semaphore
 * takes time in proportion to its value.
 */
async function processAll(tasks: readonly Task[], options: ProcessOptions, flags: ImageFlags, failures: Failed[]): Promise<Done[]> {
  const isQuiet = flags.quiet === true || flags.output === STDIN;
  const bar = createProgressBar('{bar} {value}/{total} files, {eta_formatted} left', { quiet: isQuiet || tasks.length === 1 });
  bar.update(0, tasks.length);
  let ended = 0;
  const jobs = new Semaphore(options.compare ? 1 : flags.jobs); // a comparison takes the time of each method: nothing else may run
  const budget = flags.memory ?? DEFAULT_MEMORY;
  const memory = new Semaphore(budget);
  const processOne = async (task: Task): Promise<Done | undefined> => {
    try {
      const share = await memoryShare(task.input, budget, flags.padding);
      const result = await memory.runExclusive(() => processFile(task, options), share);
      if (!isQuiet && !flags.json && !bar.isThere) process.stderr.write(`${doneLine(result)}\n`);
      return result;
    } catch (error) {
      fail(task.input.path, error, failures, bar.line);
      return undefined;
    } finally {
      bar.update(++ended, tasks.length);
    }
  };
  const done = await Promise.all(tasks.map((task) => jobs.runExclusive(() => processOne(task))));
  bar.stop();
  return done.filter((result) => result !== undefined);
}

function fail(input: string, error: unknown, failures: Failed[], line = writeLine): void {
  const failure = { input, error: problem(error) };
  failures.push(failure);
  report(failure, line);
}

function report({ input, error }: Failed, line = writeLine): void {
  line(`softpool: ${printable(input)}: ${error}`);
}

function writeLine(text: string): void {
  process.stderr.write(`${text}\n`);
}
