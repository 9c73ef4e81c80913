/** Opens the queue that the flags name. */
import type { ShardQueue } from '@softpool/queue';
import { red, yellow } from '../../shared/color.ts';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { readText } from '../../shared/files/read-file.ts';
import { requirePackages } from '../../shared/packages.ts';
import { printable } from '../../shared/text.ts';

/** Flags that all commands on a queue have. */
export interface QueueFlags {
  readonly redisFile?: string;
  readonly queue: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The variable with the server's URL. */
export const URL_VARIABLE = 'REDIS_URL';

/** Runs `work` on the queue that the flags name, and returns the exit code. */
export async function withQueue(flags: QueueFlags, work: (queue: ShardQueue) => Promise<number>): Promise<number> {
  requirePackages('@softpool/queue');
  const { openShardQueue, RedisServerError, RedisUrlError } = await import('@softpool/queue');
  const { redisFile, queue: name } = flags;
  const url = redisFile === undefined ? process.env[URL_VARIABLE] : (await readText(redisFile)).trim();
  if (url === undefined) throw new UsageError(`missing Redis server: set ${URL_VARIABLE}, or name a file with its URL by --redis-file`);
  try {
    const queue = await openShardQueue({ url, name, onWarning: warn });
    return await work(queue).finally(queue.close);
  } catch (error) {
    if (error instanceof RedisUrlError)
      throw new UsageError(`${redisFile === undefined ? URL_VARIABLE : printable(redisFile)} ${error.problem}`);
    if (!(error instanceof RedisServerError)) throw error;
    process.stderr.write(`${red('softpool:')} ${printable(error.message)}\n`);
    return error.isTemporary ? EXIT.tryAgain : EXIT.failed;
  }
}

/** Prints a warning. */
export function warn(message: string): void {
  process.stderr.write(`${yellow('softpool:')} ${printable(message)}\n`);
}
