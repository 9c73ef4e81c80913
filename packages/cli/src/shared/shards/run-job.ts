/** Runs the shards of this task, one after another, and reports. */
import { red, yellow } from '../color.ts';
import { EXIT } from '../exit-codes.ts';
import { onStop } from '../interruption.ts';
import { printJson } from '../print-json.ts';
import { createProgressBar, type ProgressBar } from '../progress-bar.ts';
import { grouped, printable } from '../text.ts';
import type { JobFlags, ShardedCommand } from './command.ts';
import type { ShardCounts, ShardOutcome } from './interface.ts';
import { type Job, openJob } from './job.ts';
import type { LedgerLine } from './ledger.ts';

/** Runs a job as the command line says, and returns the exit code. */
export async function runJob<Flags extends JobFlags>(
  command: ShardedCommand<Flags>,
  sources: readonly string[],
  flags: Flags,
  listed: readonly string[],
): Promise<number> {
  const { dryRun = false, json = false, quiet = false } = flags;
  const job = await openJob(command, sources, flags, { listed, environment: process.env });
  if (job.warning !== undefined) process.stderr.write(`${yellow('softpool:')} ${job.warning}\n`);
  if (dryRun) {
    await showPlan(job, flags);
    return EXIT.ok;
  }
  const bar = createProgressBar({ quiet });
  const undo = onStop(command.stop);
  const outcomes: ShardOutcome[] = [];
  try {
    for (const [i, shard] of job.mine.entries()) {
      const outcome = await runOne(job, shard, bar, job.mine.length === 1 ? '' : `, shard ${i + 1} of ${job.mine.length}`, flags);
      outcomes.push(outcome);
      // The next shard would not find more space. But another process may have only this one.
      if (outcome.exitCode === EXIT.tryAgain && !outcome.isLocked) break;
    }
  } finally {
    bar.stop();
    undo();
  }
  if (json) printJson({ shards: outcomes });
  else if (outcomes.length === 0 && !quiet) process.stderr.write('no archive belongs to this task\n');
  return [EXIT.tryAgain, EXIT.unusable, EXIT.failed].find((code) => outcomes.some(({ exitCode }) => exitCode === code)) ?? EXIT.ok;
}

async function runOne(job: Job, shard: string, bar: ProgressBar, which: string, { json, quiet }: JobFlags): Promise<ShardOutcome> {
  const start = performance.now();
  const outcome = await job.run(shard, {
    onLine: (line) => line.status === 'failed' && bar.line(failedLine(shard, line)),
    onProgress: ({ finished, total }) =>
      bar.update(finished, total ?? finished, `${finished}${total === undefined ? '' : `/${total}`} inputs${which}`),
  });
  bar.stop();
  const { counts, reason } = outcome;
  if (reason !== undefined) bar.line(`${red('softpool:')} ${printable(shard)}: ${reason}`);
  else if (!json && !quiet) bar.line(`${printable(shard)}: ${countsText(counts)} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  return outcome;
}

async function showPlan(job: Job, { json, quiet }: JobFlags): Promise<void> {
  const shards = [];
  for (const shard of job.mine) shards.push({ shard, isDone: await job.isDone(shard), counts: job.counts(shard) });
  if (json) printJson({ dryRun: true, shards });
  else if (!quiet) {
    for (const { shard, isDone, counts } of shards) {
      process.stdout.write(
        `${printable(shard)}: ${isDone ? 'done' : 'to do'}, ${countsText(counts)} so far (dry run: nothing was written)\n`,
      );
    }
  }
}

/** The line for an input that failed. */
function failedLine(shard: string, { key, reason = '' }: LedgerLine): string {
  return `${red('softpool:')} ${printable(shard)}: ${printable(key)}: ${reason}`;
}

/** `48 done, 2 failed`. */
export function countsText({ done, failed, skipped, copied }: ShardCounts): string {
  const rest = [
    ...(failed > 0 ? [red(`${grouped(failed)} failed`)] : []),
    ...(skipped > 0 ? [yellow(`${grouped(skipped)} skipped`)] : []),
    ...(copied > 0 ? [`${grouped(copied)} copied`] : []),
  ];
  return [`${grouped(done)} done`, ...rest].join(', ');
}
