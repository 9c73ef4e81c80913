/**
 * Runs `softpool image`: finds the files, processes several at a time within the memory limit, and
 * reports.
 */
import { Semaphore } from 'async-mutex';
import { createThreadedSoftPool } from 'softpool';
import { problem } from '../../shared/arguments/errors.ts';
import { EXIT } from '../../shared/exit-codes.ts';
import { findInputs, STDIN } from '../../shared/files/image-files.ts';
import { requirePackages } from '../../shared/packages.ts';
import { createProgressBar } from '../../shared/progress-bar.ts';
import { printable } from '../../shared/text.ts';
import { DEFAULT_MEMORY, memoryShare } from './memory.ts';
import { checkFlags, type ImageFlags, poolOptions } from './options.ts';
import { planOutputs, type Task } from './outputs.ts';
import { type Done, type Planned, type ProcessOptions, planFile, processFile } from './process.ts';
import { comparisonTable, doneLine, type Failed, jsonReport, plannedLine } from './report.ts';

/** Runs the command and returns its exit code. */
export async function runImage(sources: readonly string[], flags: ImageFlags): Promise<number> {
  const pool = poolOptions(flags);
  checkFlags(flags);
  if (flags.compare) requirePackages('dejavu-fonts-ttf');
  const { method, quality, compare = false, force = false, enlargeBy = 'cubic', maxPixels } = flags;
  const inputs = await findInputs(sources, flags.output);
  const tasks = planOutputs(inputs, { output: flags.output, format: flags.format, compare, force });
  const failures: Failed[] = inputs.problems.map(({ path, reason }) => ({ input: path, error: reason }));
  for (const failure of failures) report(failure);
  const options = { pool, method, threads: undefined, quality, compare, enlargeBy, force, maxPixels };
  if (flags.dryRun) await showPlan(tasks, options, flags, failures);
  else if (flags.threads === undefined || flags.threads === 1) await processAndReport(tasks, options, flags, failures);
  else {
    const threads = await createThreadedSoftPool({ threads: flags.threads });
    await processAndReport(tasks, { ...options, threads }, flags, failures);
    threads.dispose();
  }
  return failures.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Prints what would be written. */
async function showPlan(tasks: readonly Task[], options: ProcessOptions, flags: ImageFlags, failures: Failed[]): Promise<void> {
  const planned: Planned[] = [];
  for (const task of tasks) {
    try {
      planned.push(await planFile(task, options));
    } catch (error) {
      fail(task.input.path, error, failures);
    }
  }
  if (flags.json) process.stdout.write(`${jsonReport(planned, failures)}\n`);
  else if (!flags.quiet) for (const file of planned) process.stdout.write(`${plannedLine(file)}\n`);
}

async function processAndReport(tasks: readonly Task[], options: ProcessOptions, flags: ImageFlags, failures: Failed[]): Promise<void> {
  const { compare, enlargeBy } = options;
  const done = await processAll(tasks, options, flags, failures);
  if (flags.json) process.stdout.write(`${jsonReport(done, failures, compare ? enlargeBy : undefined)}\n`);
  else if (compare && flags.output !== STDIN && !flags.quiet && done.length > 0) {
    process.stdout.write(`${comparisonTable(done, enlargeBy)}\n`);
  }
}

/**
 * Processes `flags.jobs` files at a time, each once its share of `flags.memory` is free. Shares are
 * in megabytes, because a semaphore takes time in proportion to its value.
 */
async function processAll(tasks: readonly Task[], options: ProcessOptions, flags: ImageFlags, failures: Failed[]): Promise<Done[]> {
  const isQuiet = flags.quiet === true || flags.output === STDIN;
  const bar = createProgressBar('{bar} {value}/{total} files, {eta_formatted} left', { quiet: isQuiet || tasks.length === 1 });
  bar.update(0, tasks.length);
  let finished = 0;
  // --compare measures times: nothing else may run.
  const jobs = new Semaphore(options.compare ? 1 : flags.jobs);
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
      bar.update(++finished, tasks.length);
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
