/** A job in shards: its shards, and how one is run. */
import { join } from 'node:path';
import { EXIT, UsageError } from '../exit-codes.ts';
import { readFileList } from '../files/file-list.ts';
import { archivesWork } from './archives-work.ts';
import type { JobFlags, ShardedCommand } from './command.ts';
import { filesWork } from './files-work.ts';
import type { ShardCounts, ShardOutcome } from './interface.ts';
import { isArchive } from './is-job.ts';
import { checkJob, readJob, recordJob } from './job-record.ts';
import type { JobWork } from './job-work.ts';
import { countLines, hiddenNamesOnce, type NamesIn, readAllLines } from './ledger.ts';
import { readDoneFile } from './records.ts';
import type { RunHooks, ShardPlace } from './run-hooks.ts';
import { findSources } from './sources.ts';
import { arrayVariable, type FoundTask, findTask } from './task.ts';
import { troubleOf } from './trouble.ts';

/** A job whose inputs are found and whose options are those that its folder records. */
export interface Job extends Omit<JobWork, 'isDone' | 'run'> {
  /** What people should know, such as that another version of the command started the job. */
  readonly warning: string | undefined;
  isDone(shard: string): Promise<boolean>;
  /** Numbers of inputs by their result so far. */
  counts(shard: string): ShardCounts;
  /** Does what is missing of a shard. Rejects with UsageErrors, and with a signal's reason. */
  run(shard: string, hooks: RunHooks): Promise<ShardOutcome>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds the inputs of a job, and records it in its folder unless it is a dry run.
 *
 * @param listed - The paths of `--files`, if they are read already.
 * @param environment - Variables that can hold the index of this task. `undefined`: a queue names
 *   the shards to run.
 * @throws UsageError if something is invalid, or differs from what the folder records.
 */
export async function openJob<Flags extends JobFlags>(
  command: ShardedCommand<Flags>,
  sources: readonly string[],
  flags: Flags,
  { listed, environment }: { readonly listed?: readonly string[]; readonly environment?: Environment } = {},
): Promise<Job> {
  const list = listed ?? (flags.files === undefined ? [] : await readFileList(flags.files));
  const kind = [...sources, ...list].some(isArchive) ? 'archives' : 'files';
  command.check(sources, flags, kind);
  const folder = command.folder(flags);
  const { task, firstSlurmTask } = taskOf(flags, environment, folder);
  const count = task?.count ?? flags.shards;
  if (count === undefined) checkAll(kind, environment);
  const found = await findSources(sources, list, folder, command.searched);
  // Before the job is recorded: wrong options would have to be given again in its folder.
  const processor = await (found.kind === 'archives' ? command.processMembers(flags) : command.processFiles(found.inputs, flags));
  const record = {
    command: command.name,
    settings: command.settings(flags),
    shards: count ?? null,
    archives: found.kind === 'archives' ? found.archives.map(({ name }) => name) : null,
    ...(firstSlurmTask !== undefined && { firstSlurmTask }),
  };
  const warning = flags.dryRun ? checkJob(folder, record) : await recordJob(folder, record);
  const context = { isInput: command.searched.isInput, processor, flags, task, count };
  const { shards, mine, isDone, run } = found.kind === 'archives' ? archivesWork(found.archives, context) : filesWork(found, context);
  const known = new Set(shards);
  const place = (name: string): ShardPlace => {
    if (!known.has(name)) throw new UsageError(`the job has no shard ${name}`);
    return { name, folder, path: join(folder, name) };
  };
  const namesIn = hiddenNamesOnce();
  return {
    shards,
    mine,
    warning,
    isDone: (shard) => isDone(place(shard), namesIn),
    counts: (shard) => countsOf(place(shard), namesIn),
    run: async (shard, hooks) => outcomeOf(place(shard), () => run(place(shard), hooks)),
  };
}

function taskOf(flags: JobFlags, environment: Environment | undefined, folder: string): FoundTask {
  if (environment !== undefined) return findTask(flags, environment, readJob(folder)?.firstSlurmTask);
  if (flags.shard === undefined) return { task: undefined };
  throw new UsageError('leave out --shard: the queue names the shards; give --shards N for files');
}

/** Throws if a number of tasks is needed and was not given. */
function checkAll(kind: 'files' | 'archives', environment: Environment = {}): void {
  if (kind === 'files') throw new UsageError('missing number of shards: give --shard I/N, or --shards N in a job array');
  const variable = arrayVariable(environment);
  if (variable === undefined) return;
  throw new UsageError(`${variable} is set, so this is one task of several; give --shards N, or --shards 1 to do all archives in one task`);
}

async function outcomeOf(place: ShardPlace, work: () => Promise<ShardCounts>): Promise<ShardOutcome> {
  try {
    const counts = await work();
    return { shard: place.name, exitCode: counts.failed > 0 ? EXIT.failed : EXIT.ok, counts };
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble === undefined) throw error;
    const { exitCode, isLocked, message } = trouble;
    return { shard: place.name, exitCode, counts: countsOf(place), reason: message, ...(isLocked && { isLocked }) };
  }
}

function countsOf({ path }: ShardPlace, namesIn?: NamesIn): ShardCounts {
  const done = readDoneFile(path);
  if (done !== undefined) return done.counts;
  try {
    return countLines(readAllLines(path, namesIn).ledger.values());
  } catch {
    return countLines([]); // nothing was recorded, or running the shard says what is damaged
  }
}
