/** What the records of a job say: what is done, what failed, and whether all is there once. */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addAll } from '../add-all.ts';
import { UsageError } from '../exit-codes.ts';
import { systemError } from '../files/errors.ts';
import { oneLine, printable } from '../text.ts';
import { shardName, shardOfKey } from './assignment.ts';
import type { ShardCommand, ShardCounts } from './interface.ts';
import { type JobRecord, readJob } from './job-record.ts';
import { countLines, hiddenNamesOnce, type Ledger, type NamesIn, readAllLines } from './ledger.ts';
import { recordPaths } from './record-paths.ts';
import { type AllInputs, type DoneFile, readDoneFile, readFailure } from './records.ts';
import { hasOutputs, sizeOf } from './run-files.ts';

/** An input that failed, and why. */
interface FailedInput {
  readonly shard: string;
  readonly key: string;
  readonly reason: string;
}

/** A shard that is not done, and why, if it was tried and cannot be used. */
interface OpenShard {
  readonly shard: string;
  /** Inputs that were dealt with so far. */
  readonly finished: number;
  readonly reason?: string;
}

/** The state of a job. */
export interface JobStatus {
  readonly command: ShardCommand;
  /** Numbers of shards. */
  readonly shards: { readonly all: number; readonly done: number };
  /** Numbers of inputs, or of samples of archives, in all shards, done or not. */
  readonly inputs: ShardCounts;
  readonly notDone: readonly OpenShard[];
  readonly failures: readonly FailedInput[];
  /** What contradicts the records, such as an output that is missing. */
  readonly problems: readonly string[];
  /** Whether all shards are done and each input is there exactly once. Inputs may have failed. */
  readonly isComplete: boolean;
}

/** What is known of one shard. */
interface ShardState {
  readonly done: DoneFile | undefined;
  readonly counts: ShardCounts;
  readonly failures: readonly FailedInput[];
  readonly problems: readonly string[];
  readonly reason: string | undefined;
}

/**
 * Reads the records in a folder, one shard at a time, and looks whether the outputs are there.
 *
 * @throws UsageError if there is no job.
 */
export async function inspectJob(folder: string): Promise<JobStatus> {
  const job = readJob(folder);
  if (job === undefined) throw new UsageError(`${printable(folder)} has no job in shards: job.json is missing`);
  const names = job.archives ?? Array.from({ length: job.shards ?? 0 }, (_, i) => shardName(i + 1));
  const total = { done: 0, failed: 0, skipped: 0, copied: 0 };
  const notDone: OpenShard[] = [];
  const failures: FailedInput[] = [];
  const problems: string[] = [];
  const seen: { readonly shard: string; readonly inputs: AllInputs }[] = [];
  const namesIn = hiddenNamesOnce();
  for (const shard of names) {
    const state = await inspectShard(folder, shard, job, namesIn);
    for (const status of ['done', 'failed', 'skipped', 'copied'] as const) total[status] += state.counts[status];
    addAll(failures, state.failures);
    addAll(problems, state.problems);
    if (state.done === undefined) {
      const { done, failed, skipped, copied } = state.counts;
      notDone.push({ shard, finished: done + failed + skipped + copied, ...(state.reason !== undefined && { reason: state.reason }) });
    } else if (state.done.inputs !== undefined) seen.push({ shard, inputs: state.done.inputs });
  }
  addAll(problems, disagreements(seen));
  const [first] = seen;
  const sum = total.done + total.failed + total.skipped + total.copied;
  if (notDone.length === 0 && problems.length === 0 && first !== undefined && first.inputs.count !== sum) {
    problems.push(`the ledgers have ${sum} inputs, and there were ${first.inputs.count}`);
  }
  const isComplete = notDone.length === 0 && problems.length === 0;
  return {
    command: job.command,
    shards: { all: names.length, done: names.length - notDone.length },
    inputs: total,
    notDone,
    failures,
    problems,
    isComplete,
  };
}

async function inspectShard(folder: string, shard: string, job: JobRecord, namesIn: NamesIn): Promise<ShardState> {
  const path = join(folder, shard);
  const done = readDoneFile(path);
  const reason = readFailure(path);
  let ledger: Ledger = new Map();
  const problems: string[] = [];
  try {
    ledger = readAllLines(path, namesIn).ledger;
  } catch (failure) {
    // The folder may not be there yet.
    if ((failure as NodeJS.ErrnoException).code !== 'ENOENT') problems.push(oneLine(failure));
  }
  if (done !== undefined) {
    const name = printable(shard);
    const problem = problems.length === 0 ? ledgerProblem(path, done) : undefined;
    if (problem !== undefined) problems.push(`${name}: ${problem}`);
    await outputProblems(folder, path, shard, done, ledger).then(
      (found) => addAll(problems, found),
      (error: unknown) => problems.push(`${name}: ${oneLine(error)}`),
    );
    for (const key of job.archives === null ? ledger.keys() : []) {
      const own = shardName(shardOfKey(key, job.shards ?? 1));
      if (own !== shard) problems.push(`${name}: ${printable(key)} belongs to shard ${own}`);
    }
  }
  const lines = [...ledger.values()];
  const failures = lines.filter(({ status }) => status === 'failed').map(({ key, reason = '' }) => ({ shard, key, reason }));
  return { done, counts: countLines(lines), failures, problems, reason: done === undefined ? reason : undefined };
}

/** What is missing of the outputs, or has another size. */
async function outputProblems(folder: string, path: string, shard: string, { archive }: DoneFile, ledger: Ledger): Promise<string[]> {
  if (archive !== undefined) {
    const size = await sizeOf(recordPaths(path).archive);
    if (size === archive.outputBytes) return [];
    return [
      `${printable(shard)}: ${printable(shard)}.tar ${size === undefined ? 'is missing' : `has ${size} bytes, not ${archive.outputBytes}`}`,
    ];
  }
  const problems: string[] = [];
  for (const line of ledger.values()) {
    if (line.status === 'done' && !(await hasOutputs(folder, line)))
      problems.push(`${printable(shard)}: outputs of ${printable(line.key)} are missing, or have another size`);
  }
  return problems;
}

/** What is wrong with the ledger of a shard that is done. */
function ledgerProblem(path: string, { ledger }: DoneFile): string | undefined {
  try {
    const digest = hash('sha256', readFileSync(recordPaths(path).ledger), 'hex');
    return digest === ledger.sha256 ? undefined : 'the ledger is not the one of the done file';
  } catch (error) {
    return `the ledger cannot be read: ${systemError(error)}`;
  }
}

/** Shards that saw other inputs than the first. */
function disagreements(seen: readonly { readonly shard: string; readonly inputs: AllInputs }[]): string[] {
  const [first] = seen;
  return seen
    .filter(({ inputs }) => inputs.sha256 !== first?.inputs.sha256)
    .map(
      ({ shard, inputs }) =>
        `${shard} saw ${inputs.count} inputs, and ${first?.shard} saw ${first?.inputs.count}, or others; run both again`,
    );
}
