/** Runs `softpool image`: finds the files, plans their outputs, processes and reports. */
import { lateDecoders } from '@softpool/media/internal/pictures';
import { problem } from '../../shared/arguments/errors.ts';
import { endAtOnce } from '../../shared/end-at-once.ts';
import { EXIT } from '../../shared/exit-codes.ts';
import { readFileList, withListed } from '../../shared/files/file-list.ts';
import { failedLine, skippedLine } from '../../shared/files/file-report.ts';
import { findInputs } from '../../shared/files/image-files.ts';
import { STANDARD_STREAM } from '../../shared/files/standard-stream.ts';
import { requirePackages } from '../../shared/packages.ts';
import { printJson } from '../../shared/print-json.ts';
import { isJob } from '../../shared/shards/is-job.ts';
import { checkArguments } from './check-arguments.ts';
import { folderOfTemplate, isTemplate } from './names.ts';
import type { ImageFlags } from './options.ts';
import { type ImageTask, planTasks } from './plan.ts';
import { type Planned, planFile } from './process.ts';
import { processAll } from './process-all.ts';
import { jsonReport, plannedLine, type Report } from './report.ts';

/** Runs the command and returns its exit code. */
export async function runImage(sources: readonly string[], flags: ImageFlags): Promise<number> {
  const code = await findAndProcess(sources, flags);
  if (lateDecoders() > 0) await endAtOnce(code);
  return code;
}

async function findAndProcess(sources: readonly string[], flags: ImageFlags): Promise<number> {
  checkArguments(sources, flags);
  const listed = flags.files === undefined ? [] : await readFileList(flags.files);
  if (isJob([...sources, ...listed], flags)) return await runShards(sources, flags, listed);
  if (flags.compare) requirePackages('dejavu-fonts-ttf');
  const found = withListed(await findInputs(sources, outputFolder(flags.output)), listed);
  const { tasks, skipped, failures } = await planTasks(found, flags);
  const report: Report = { done: [], skipped: [...skipped], failures: [...failures], passedOver: found.passedOver };
  for (const failure of failures) writeLine(failedLine(failure));
  if (!flags.quiet && !flags.json) for (const each of skipped) writeLine(skippedLine(each));
  if (flags.dryRun) await showPlan(tasks, flags, report);
  else {
    const isSingle = found.named === 'file' && tasks.length + failures.length + skipped.length === 1;
    await processAndReport(tasks, flags, report, isSingle);
  }
  return report.failures.length > 0 ? EXIT.failed : EXIT.ok;
}

async function runShards(sources: readonly string[], flags: ImageFlags, listed: readonly string[]): Promise<number> {
  const [{ runJob }, { IMAGE_SHARDS }] = await Promise.all([import('../../shared/shards/run-job.ts'), import('./shards.ts')]);
  return await runJob(IMAGE_SHARDS, sources, flags, listed);
}

/** The folder in which results lie, so that a folder or pattern does not find them. */
function outputFolder(output: string | undefined): string | undefined {
  if (output === undefined || output === STANDARD_STREAM) return undefined;
  return isTemplate(output) ? folderOfTemplate(output) : output;
}

/** Prints what would be written. */
async function showPlan(tasks: readonly ImageTask[], flags: ImageFlags, report: Report): Promise<void> {
  const planned: Planned[] = [];
  for (const task of tasks) {
    const input = task.input.path;
    try {
      const plan = await planFile(task, flags);
      if (!('skipped' in plan)) planned.push(...plan);
      else {
        report.skipped.push({ input, reason: plan.skipped });
        if (!flags.quiet && !flags.json) writeLine(skippedLine({ input, reason: plan.skipped }));
      }
    } catch (error) {
      const failure = { input, reason: problem(error) };
      report.failures.push(failure);
      writeLine(failedLine(failure));
    }
  }
  if (flags.json) printJson(jsonReport(planned, report, { dryRun: true }));
  else if (!flags.quiet) for (const file of planned) process.stdout.write(`${plannedLine(file)} (dry run: nothing was written)\n`);
}

async function processAndReport(tasks: readonly ImageTask[], flags: ImageFlags, report: Report, isSingle: boolean): Promise<void> {
  const { compare, enlargeBy = 'cubic', json, quiet, output } = flags;
  await processAll(tasks, flags, report, isSingle);
  const done = report.done.flat();
  if (json) printJson(jsonReport(done, report, { enlargedBy: compare ? enlargeBy : undefined }));
  else if (compare && output !== STANDARD_STREAM && !quiet && done.length > 0) {
    const { comparisonTable } = await import('./comparison-table.ts');
    process.stdout.write(`${comparisonTable(done, enlargeBy)}\n`);
  }
}

function writeLine(text: string): void {
  process.stderr.write(`${text}\n`);
}
