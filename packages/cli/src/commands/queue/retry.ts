/** Runs `softpool queue retry`. */
import { EXIT } from '../../shared/exit-codes.ts';
import { type QueueFlags, withQueue } from './open-queue.ts';

/** Puts failed shards back into the queue, and returns the exit code. */
export async function runRetry(flags: QueueFlags): Promise<number> {
  return await withQueue(flags, async (queue) => {
    const retried = await queue.retry();
    if (flags.json) process.stdout.write(`${JSON.stringify({ retried }, null, 2)}\n`);
    else if (!flags.quiet) process.stderr.write(`${retried} ${retried === 1 ? 'shard is' : 'shards are'} back in the queue\n`);
    return EXIT.ok;
  });
}
