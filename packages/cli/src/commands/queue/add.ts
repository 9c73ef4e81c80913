/** Runs `softpool queue add`. */
import { listShards } from '../../run-shard.ts';
import { EXIT } from '../../shared/exit-codes.ts';
import { printJson } from '../../shared/print-json.ts';
import type { ShardJob } from '../../shared/shards/interface.ts';
import { plural } from '../../shared/text.ts';
import { VERSION } from '../../shared/version.ts';
import { type QueueFlags, withQueue } from './open-queue.ts';

/** The flags of `softpool queue add`. */
export interface AddFlags extends QueueFlags {
  readonly attempts: number;
  readonly backoff: number;
}

/** Adds the shards of a job that are not done, and returns the exit code. */
export async function runAdd(job: ShardJob, { attempts, backoff, ...flags }: AddFlags): Promise<number> {
  return await withQueue(flags, async (queue) => {
    const shards = await listShards(job);
    const left = shards.filter(({ isDone }) => !isDone);
    const { added, again, present } = await queue.add(
      left.map(({ shard }) => ({ shard, options: job, version: VERSION })),
      { attempts, backoff },
    );
    const result = { added: added + again, present, done: shards.length - left.length };
    if (flags.json) printJson(result);
    else if (!flags.quiet) process.stderr.write(`${resultText(result)}\n`);
    return EXIT.ok;
  });
}

function resultText({ added, present, done }: { added: number; present: number; done: number }): string {
  const rest = [...(present > 0 ? [`${present} wait or run already`] : []), ...(done > 0 ? [`${done} are done`] : [])];
  return [`${plural(added, 'shard')} added`, ...rest].join(', ');
}
