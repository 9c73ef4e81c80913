/** Opens a queue of shards on a Redis server. */
import { type AddOptions, type AddSummary, addJobs, newJobs, retryJobs } from './add.ts';
import { checkKeys, checkSeconds, checkType, typeError } from './checks.ts';
import type { JobData, QueueJob } from './job.ts';
import { observe } from './observer.ts';
import { loadBullmq } from './peers.ts';
import { connectOnce, disconnect, parseRedisUrl, redisError } from './redis-server.ts';
import { type QueueStatus, readStatus } from './status.ts';
import { checkWorkOptions, type WorkOptions, type WorkSummary, workOn } from './work.ts';

/** Options of `openShardQueue`. */
export interface ShardQueueOptions {
  /**
   * The URL of the server: `redis://[user:password@]host[:port][/database]`, or `rediss://` for
   * TLS. Messages have only the server's address, without user name and password.
   */
  readonly url: string;
  /** The queue's name on the server: letters, digits, `-`, `_` and `.`. Default: `softpool`. */
  readonly name?: string | undefined;
  /** How long to wait for an answer of the server, in seconds, 0.1 to 2147483. Default: 5. */
  readonly timeout?: number | undefined;
  /** Gets one line about what should be changed on the server, such as its eviction policy. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** A queue of shards. */
export interface ShardQueue {
  /** The server's address, without user name and password. */
  readonly address: string;
  /**
   * Adds jobs. A job that waits or runs already, with the same shard, options and version, is left
   * as it is; one that is done or failed is added again. So after the server has lost its data, add
   * all of them again.
   *
   * @throws {TypeError} If a job is given twice, or an option is unknown.
   * @throws {RangeError} If an option is out of range.
   */
  add(jobs: readonly QueueJob[], options?: AddOptions): Promise<AddSummary>;
  /**
   * Runs jobs until `options.signal` aborts or, with `untilEmpty`, until none is left. Several
   * workers share a queue, on one machine or on many.
   *
   * @throws {TypeError} If an option is unknown or has the wrong type.
   * @throws {RangeError} If an option is out of range.
   * @throws What `options.onEvent` threw, after the worker has stopped.
   */
  work(options: WorkOptions): Promise<WorkSummary>;
  /** Counts the jobs, and lists those that run or failed. */
  status(): Promise<QueueStatus>;
  /** Puts all failed jobs back into the queue. Returns their number. */
  retry(): Promise<number>;
  /** Closes the connection. */
  close(): Promise<void>;
}

/**
 * Connects to the queue on a Redis server, 6.2 or later. Rejects within `timeout` seconds if no
 * server answers.
 *
 * @param options - The server's URL, and the queue's name.
 * @throws {RedisUrlError} If the URL is invalid.
 * @throws {TypeError} If the name is invalid, or an option is unknown.
 * @throws {RangeError} If the timeout is out of range.
 * @throws {RedisServerError} If no server answers, or it refuses the password, or it is too old.
 * @example
 * const queue = await openShardQueue({ url: process.env.REDIS_URL ?? '', name: 'example' });
 * const shards = ['in-000000', 'in-000001'];
 * const jobs = shards.map((shard) => ({ shard, options: { factor: 2 }, version: '1.0.0' }));
 * await queue.add(jobs); // { added: 2, again: 0, present: 0 }
 * const { completed } = await queue.work({ run: async () => {}, untilEmpty: true });
 * completed; // 2
 * await queue.close();
 */
export async function openShardQueue(options: ShardQueueOptions): Promise<ShardQueue> {
  const call = 'openShardQueue';
  checkKeys(call, options, ['url', 'name', 'timeout', 'onWarning']);
  const { url, name = 'softpool', timeout = 5, onWarning = () => {} } = options;
  const server = parseRedisUrl(call, url);
  checkSeconds(call, 'options.timeout', timeout, 0.1);
  checkType(call, 'options.onWarning', onWarning, 'function');
  if (typeof name !== 'string' || !/^[\w.-]+$/.test(name)) {
    throw typeError(call, 'options.name', 'a string of letters, digits, -, _ and .', name);
  }
  const { Queue } = await loadBullmq();
  const client = await connectOnce(server, timeout, onWarning);
  const queue = new Queue<JobData>(name, { connection: client, skipVersionCheck: true });
  queue.on('error', () => {}); // the call that fails reports it
  const guarded = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw redisError(server, error);
    });
  return {
    address: server.address,
    add: async (jobs, addOptions = {}) => guarded(addJobs(queue, newJobs(jobs, addOptions))),
    work: async (workOptions) => {
      checkWorkOptions(workOptions);
      const observer = observe(workOptions.onEvent);
      const summary = await guarded(workOn(server, name, workOptions, observer));
      observer.throwIfFailed();
      return summary;
    },
    status: () => guarded(readStatus(queue)),
    retry: () => guarded(retryJobs(queue, client)),
    close: async () => {
      await queue.close().catch(() => {});
      disconnect(client);
    },
  };
}
