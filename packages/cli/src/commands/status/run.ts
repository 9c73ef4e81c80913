/** Runs `softpool status`. */
import { EXIT } from '../../shared/exit-codes.ts';
import { printJson } from '../../shared/print-json.ts';
import { inspectJob, type JobStatus } from '../../shared/shards/inspect-job.ts';
import { countsText } from '../../shared/shards/run-job.ts';
import { grouped, printable } from '../../shared/text.ts';

/** Parsed flags. */
export interface StatusFlags {
  readonly json?: boolean;
}

/** Runs the command and resolves to its exit code. */
export async function runStatus(folder: string, { json = false }: StatusFlags): Promise<number> {
  const status = await inspectJob(folder);
  if (json) printJson(status);
  else process.stdout.write(`${statusText(status).join('\n')}\n`);
  return status.isComplete && status.inputs.failed === 0 ? EXIT.ok : EXIT.failed;
}

/** Lines of a kind that are printed; --json has all. */
const MOST = 50;

function statusText({ command, shards, inputs, notDone, failures, problems, isComplete }: JobStatus): string[] {
  const all = inputs.done + inputs.failed + inputs.skipped + inputs.copied;
  return [
    `softpool ${command}: ${grouped(shards.done)} of ${grouped(shards.all)} shards done`,
    `inputs: ${countsText(inputs)}`,
    ...some('failed', failures, ({ shard, key, reason }) => `${printable(shard)}: ${printable(key)}: ${reason}`),
    ...some(
      'not done',
      notDone,
      ({ shard, finished, reason }) =>
        `${printable(shard)}: ${reason ?? (finished === 0 ? 'not started' : `${grouped(finished)} inputs so far`)}`,
    ),
    ...some('wrong', problems, (problem) => problem),
    isComplete ? `complete: each of the ${grouped(all)} inputs is there exactly once` : 'incomplete: run it again',
  ];
}

function some<T>(title: string, items: readonly T[], line: (item: T) => string): string[] {
  if (items.length === 0) return [];
  const rest = items.length - MOST;
  return [
    `${title}:`,
    ...items.slice(0, MOST).map((item) => `  ${line(item)}`),
    ...(rest > 0 ? [`  and ${rest} more; --json lists all`] : []),
  ];
}
