/** The shards of a job on files: each input belongs to one, by its key. */
import { createHash } from 'node:crypto';
import { EXIT } from '../exit-codes.ts';
import { shardName, shardOfKey } from './assignment.ts';
import type { JobContext, JobWork } from './job-work.ts';
import { type AllInputs, removeDoneFile, writeFailure } from './records.ts';
import { type FilesShard, isFilesShardDone, runFiles } from './run-files.ts';
import type { ShardPlace } from './run-hooks.ts';
import { withShard } from './shard-lock.ts';
import type { JobSources, KeyedInput } from './sources.ts';
import { ShardError } from './trouble.ts';

/** The work on files. */
export function filesWork(
  { inputs, problem }: Extract<JobSources, { kind: 'files' }>,
  { processor, flags, task, count = 1 }: JobContext,
): JobWork {
  const { retryFailed = false, force = false } = flags;
  const all = summaryOf(inputs);
  const byShard = new Map<string, KeyedInput[]>();
  for (const input of inputs) {
    const shard = shardName(shardOfKey(input.key, count));
    const own = byShard.get(shard);
    if (own === undefined) byShard.set(shard, [input]);
    else own.push(input);
  }
  const shardAt = (place: ShardPlace): FilesShard => ({ ...place, inputs: byShard.get(place.name) ?? [], all, retryFailed, force });
  return {
    shards: Array.from({ length: count }, (_, i) => shardName(i + 1)),
    mine: task === undefined ? [] : [shardName(task.index)],
    isDone: async (place, namesIn) => problem === undefined && (await isFilesShardDone(shardAt(place), namesIn)),
    async run(place, hooks) {
      if (problem !== undefined) return await fail(place.path, place.name, problem);
      return await runFiles(shardAt(place), processor, hooks);
    },
  };
}

/** Not all inputs are known: a shard that seems to be empty may not be. */
async function fail(path: string, name: string, problem: string): Promise<never> {
  await withShard(path, () => {
    removeDoneFile(path); // of the inputs that were there before
    return writeFailure(path, name, problem);
  });
  throw new ShardError(EXIT.unusable, problem);
}

/** What all shards must agree on, also where file systems give names in different forms. */
function summaryOf(inputs: readonly KeyedInput[]): AllInputs {
  const digest = createHash('sha256');
  for (const key of inputs.map((input) => input.key.normalize('NFC')).sort()) digest.update(`${key}\n`);
  return { count: inputs.length, sha256: digest.digest('hex') };
}
