/** Runs `softpool image`: finds the files, works on several at a time within a memory bound, reports. */
import { SingleBar } from 'cli-progress';
import pLimit from 'p-limit';
import { EXIT, UsageError } from '../exit-codes.ts';
import { oneLine, printable } from '../text.ts';
import { findInputs, STDIN } from './inputs.ts';
import { type ImageFlags, shrinkOptions } from './options.ts';
import { planOutputs, type Task } from './outputs.ts';
import { type Done, type ProcessOptions, processFile } from './process.ts';
import { comparisonTable, doneLine, type Failed, jsonReport } from './report.ts';

/** Runs the command; resolves to its exit status. */
export async function runImage(sources: readonly string[], flags: ImageFlags): Promise<number> {
  const shrink = shrinkOptions(flags);
  if (flags.json && flags.output === STDIN) throw new UsageError('--json and -o - both write to standard output; give -o a file');
  const { inputs, problems } = await findInputs(sources);
  const compare = flags.compare === true;
  const force = flags.force === true;
  const tasks = planOutputs(inputs, { output: flags.output, format: flags.format, compare, force });
  const failures: Failed[] = problems.map(({ path, reason }) => ({ input: path, error: reason }));
  if (flags.dryRun) {
    for (const { input, output } of tasks) process.stdout.write(`${printable(input.path)} → ${printable(output)}\n`);
    for (const failure of failures) report(failure);
    return failures.length > 0 ? EXIT.failed : EXIT.ok;
  }
  for (const failure of failures) report(failure);
  const options = { shrink, quality: flags.quality, compare, enlargeBy: flags.enlarge, force, maxPixels: flags.maxPixels };
  const done = await processAll(tasks, options, flags, failures);
  if (flags.json) process.stdout.write(`${jsonReport(done, failures, compare ? flags.enlarge : undefined)}\n`);
  else if (compare && flags.output !== STDIN && !flags.quiet && done.length > 0)
    process.stdout.write(`${comparisonTable(done, flags.enlarge)}\n`);
  return failures.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Works on `flags.jobs` files at a time. Each holds one decoded picture and its floating-point copy, so that memory is bounded by jobs × maxPixels. */
async function processAll(tasks: readonly Task[], options: ProcessOptions, flags: ImageFlags, failures: Failed[]): Promise<Done[]> {
  const isQuiet = flags.quiet === true || flags.output === STDIN;
  const bar =
    tasks.length > 1 && !isQuiet && process.stderr.isTTY
      ? new SingleBar({
          format: '{bar} {value}/{total} files, {eta_formatted} left',
          hideCursor: true,
          stream: process.stderr,
          clearOnComplete: true,
        })
      : undefined;
  bar?.start(tasks.length, 0);
  const limit = pLimit(options.compare ? 1 : flags.jobs); // a comparison takes the time of each method: nothing else may run
  const done = await Promise.all(
    tasks.map((task) =>
      limit(async () => {
        try {
          const result = await processFile(task, options);
          if (!isQuiet && !flags.json && bar === undefined) process.stderr.write(`${doneLine(result)}\n`);
          return result;
        } catch (error) {
          const failure = { input: task.input.path, error: oneLine(error) };
          failures.push(failure);
          report(failure);
          return undefined;
        } finally {
          bar?.increment();
        }
      }),
    ),
  );
  bar?.stop();
  return done.filter((result) => result !== undefined);
}

function report({ input, error }: Failed): void {
  process.stderr.write(`softpool: ${printable(input)}: ${error}\n`);
}
