/** What the queue costs for each shard, when the shard itself does nothing. */
import { pathToFileURL } from 'node:url';
import { jobProcesses, openShardQueue, type QueueJob, type RunJob, type ShardQueue } from '@softpool/queue';
import type { TestRedis } from '@softpool/testing/redis';
import { Redis } from 'ioredis';

/** Time and processor time of the worker for a job, in milliseconds. */
export interface JobCost {
  readonly milliseconds: number;
  readonly processor: number;
}

/** A process that does nothing for its jobs. */
const EMPTY = pathToFileURL('private/bench/queue/empty-jobs.mjs');

/** The time to add a job, and the memory of the server that a waiting job takes. */
export async function addingCost(redis: TestRedis, count: number): Promise<{ milliseconds: number; bytes: number }> {
  const queue = await openShardQueue({ url: redis.url, name: 'adding' });
  const before = await usedMemory(redis);
  const start = performance.now();
  await queue.add(emptyJobs(count));
  const milliseconds = (performance.now() - start) / count;
  const bytes = ((await usedMemory(redis)) - before) / count;
  await queue.close();
  return { milliseconds, bytes };
}

/** The least time of a job over several rounds, one job at a time. */
export async function jobCost(
  redis: TestRedis,
  count: number,
  { processes, rounds }: { processes: boolean; rounds: number },
): Promise<JobCost> {
  const queue = await openShardQueue({ url: redis.url, name: processes ? 'in-processes' : 'in-worker' });
  const runner = processes ? jobProcesses(EMPTY) : { run: async () => {}, close: async () => {} };
  const costs: JobCost[] = [];
  for (let round = 0; round < rounds; round++) {
    await queue.add(emptyJobs(count));
    costs.push(await workOff(queue, runner.run, count));
  }
  await runner.close();
  await queue.close();
  return costs.reduce((one, other) => (other.milliseconds < one.milliseconds ? other : one));
}

/** From the end of the first job, for which connections and processes were started, to the last. */
async function workOff(queue: ShardQueue, run: RunJob, count: number): Promise<JobCost> {
  let completed = 0;
  let start = { time: 0, processor: 0 };
  let end = start;
  const now = () => {
    const { user, system } = process.cpuUsage();
    return { time: performance.now(), processor: (user + system) / 1000 };
  };
  await queue.work({
    run,
    untilEmpty: true,
    onEvent(event) {
      if (event.kind !== 'completed') return;
      completed++;
      if (completed === 1) start = now();
      if (completed === count) end = now();
    },
  });
  return { milliseconds: (end.time - start.time) / (count - 1), processor: (end.processor - start.processor) / (count - 1) };
}

/** Jobs with options as long as those of the command. */
function emptyJobs(count: number): QueueJob[] {
  const options = { command: 'image', args: ['/data/in-{000000..000999}.tar', '-o', '/data/out/', '--factor', '2'] };
  return Array.from({ length: count }, (_, index) => ({ shard: `in-${String(index).padStart(6, '0')}`, options, version: '1.0.0' }));
}

async function usedMemory(redis: TestRedis): Promise<number> {
  const client = new Redis(redis.url);
  const info = await client.info('memory');
  client.disconnect();
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
}
