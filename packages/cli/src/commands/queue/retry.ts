/** Runs `softpool queue retry`. */
import { EXIT } from '../../shared/exit-codes.ts';
import { printJson } from '../../shared/print-json.ts';
import { plural } from '../../shared/text.ts';
import { type QueueFlags, withQueue } from './open-queue.ts';

/** Puts failed shards back into the queue, and returns the exit code. */
export async function runRetry(flags: QueueFlags): Promise<number> {
  return await withQueue(flags, async (queue) => {
    const retried = await queue.retry();
    if (flags.json) printJson({ retried });
    else if (!flags.quiet) process.stderr.write(`${plural(retried, 'shard is', 'shards are')} back in the queue\n`);
    return EXIT.ok;
  });
}
