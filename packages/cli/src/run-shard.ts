/** Runs shards for programs that hand them out, such as a queue. */
import type { Command } from 'commander';
import { setUpCommand } from './shared/arguments/set-up-command.ts';
import { UsageError } from './shared/exit-codes.ts';
import { readFileList } from './shared/files/file-list.ts';
import { STANDARD_STREAM } from './shared/files/standard-stream.ts';
import type { JobFlags, ShardedCommand } from './shared/shards/command.ts';
import type { ListShards, RunShard, ShardJob } from './shared/shards/interface.ts';
import { isJob } from './shared/shards/is-job.ts';
import { type Job, openJob } from './shared/shards/job.ts';

/** Runs one shard of a job; its type says more. */
export const runShard: RunShard = async ({ shard, ...job }, hooks = {}) => {
  hooks.signal?.throwIfAborted();
  const { run } = await open(job);
  return await run(shard, hooks);
};

/** The shards of a job; its type says more. */
export const listShards: ListShards = async (job) => {
  const { shards, isDone } = await open(job);
  const listed = [];
  for (const shard of shards) listed.push({ shard, isDone: await isDone(shard) });
  return listed;
};

async function open({ command, args }: ShardJob): Promise<Job> {
  if (command === 'image') {
    const [{ imageCommand }, { IMAGE_SHARDS }] = await Promise.all([
      import('./commands/image/command.ts'),
      import('./commands/image/shards.ts'),
    ]);
    return await openParsed(
      IMAGE_SHARDS,
      imageCommand(() => {}),
      args,
    );
  }
  if (command === 'video') {
    const [{ videoCommand }, { VIDEO_SHARDS }] = await Promise.all([
      import('./commands/video/command.ts'),
      import('./commands/video/shards.ts'),
    ]);
    return await openParsed(
      VIDEO_SHARDS,
      videoCommand(() => {}),
      args,
    );
  }
  throw new UsageError(`softpool ${String(command)} does not work on shards; use image or video`);
}

/** Parses the words as the command does, but opens the job instead of running the command. */
async function openParsed<Flags extends JobFlags>(sharded: ShardedCommand<Flags>, parser: Command, args: readonly string[]): Promise<Job> {
  let parsed: readonly [sources: readonly string[], flags: Flags] | undefined;
  setUpCommand(parser);
  parser.action((sources: readonly string[], flags: Flags) => {
    parsed = [sources, flags];
  });
  await parser.parseAsync(args, { from: 'user' });
  if (parsed === undefined) throw new UsageError(`softpool ${sharded.name}: the arguments run no job`);
  const [sources, flags] = parsed;
  if (flags.files === STANDARD_STREAM)
    throw new UsageError('--files - cannot be queued, since each worker reads the list again: give a file');
  const listed = flags.files === undefined ? [] : await readFileList(flags.files);
  if (flags.json) throw new UsageError('leave out --json: give it to the command of the queue, before image or video');
  if (flags.dryRun) throw new UsageError('leave out --dry-run: a shard is run to write its outputs');
  if (!isJob([...sources, ...listed], flags)) throw new UsageError('missing number of shards: give --shards N for files');
  return await openJob(sharded, sources, flags, { listed });
}
