// Jobs in a queue on a real server: added, run, failed, tried again.
import { expect, test } from 'vitest';
import { PostponedJobError, type QueueJob, UnrecoverableJobError, type WorkEvent } from './index.ts';
import { redisClient, testQueue } from './testing/workers.ts';

const jobs = (count: number): QueueJob[] =>
  Array.from({ length: count }, (_, index) => ({ shard: `in-${index}`, options: { factor: 2 }, version: '1.0.0' }));

test('a worker runs each job once, with its shard, options and version', async () => {
  const { queue } = await testQueue();
  expect(await queue.add(jobs(20))).toEqual({ added: 20, again: 0, present: 0 });
  const ran: QueueJob[] = [];
  const summary = await queue.work({ run: async (job) => ran.push(job), concurrency: 3, untilEmpty: true });
  expect(summary).toEqual({ completed: 20, failed: 0, returned: 0 });
  expect(ran.sort((a, b) => Number(a.shard.slice(3)) - Number(b.shard.slice(3)))).toEqual(jobs(20));
  expect(await queue.status()).toMatchObject({ waiting: 0, active: 0, delayed: 0, completed: 20, failed: 0 });
});

test('a job that waits is not added again, and one that is done runs again', async () => {
  const { queue } = await testQueue();
  await queue.add(jobs(2));
  expect(await queue.add(jobs(3))).toEqual({ added: 1, again: 0, present: 2 });
  let runs = 0;
  const run = async () => runs++;
  await queue.work({ run, untilEmpty: true });
  expect(await queue.add(jobs(3))).toEqual({ added: 0, again: 3, present: 0 });
  await queue.work({ run, untilEmpty: true });
  expect(runs).toBe(6);
});

test('other options or another version are another job', async () => {
  const { queue } = await testQueue();
  const [job] = jobs(1) as [QueueJob];
  await queue.add([job]);
  expect(await queue.add([job, { ...job, version: '1.0.1' }, { ...job, options: { factor: 4 } }])).toMatchObject({ added: 2, present: 1 });
});

test('a job that is given twice is refused, and nothing is added', async () => {
  const { queue } = await testQueue();
  await expect(queue.add([...jobs(2), ...jobs(1)])).rejects.toThrow("add: the shard 'in-0' is given twice");
  expect(await queue.status()).toMatchObject({ waiting: 0 });
});

test('more jobs than are sent at once are all added', async () => {
  const { queue } = await testQueue();
  expect(await queue.add(jobs(1201))).toEqual({ added: 1201, again: 0, present: 0 });
  expect(await queue.add(jobs(1201))).toEqual({ added: 0, again: 0, present: 1201 });
});

test('to add jobs, the server searches no list of those that wait: the time would grow with the square', async () => {
  const { redis, queue } = await testQueue();
  await queue.add(jobs(1));
  await queue.work({ run: async () => {}, untilEmpty: true });
  const client = await redisClient(redis);
  await client.config('RESETSTAT');
  expect(await queue.add(jobs(600))).toEqual({ added: 599, again: 1, present: 0 });
  expect(await queue.add(jobs(600))).toEqual({ added: 0, again: 0, present: 600 });
  const commands = await client.info('commandstats');
  expect(commands).toContain('cmdstat_lpush:calls=600,');
  expect(commands).not.toMatch(/cmdstat_(?:lpos|lrem):/);
});

test('jobs of which the server has dropped its list are added again', async () => {
  const { redis, queue } = await testQueue();
  await queue.add(jobs(3));
  await (await redisClient(redis)).del('bull:softpool:wait');
  expect(await queue.status()).toMatchObject({ waiting: 0 });
  expect(await queue.add(jobs(3))).toEqual({ added: 3, again: 0, present: 0 });
  expect(await queue.work({ run: async () => {}, untilEmpty: true })).toMatchObject({ completed: 3 });
});

test('a job that fails is tried again after a while, which doubles', async () => {
  const { queue } = await testQueue();
  await queue.add(jobs(1), { attempts: 3, backoff: 0.2 });
  const starts: { attempt: number; time: number }[] = [];
  const events: WorkEvent[] = [];
  const summary = await queue.work({
    run: async (_, { attempt }) => {
      starts.push({ attempt, time: performance.now() });
      if (attempt < 3) throw new Error(`no luck in attempt ${attempt}`);
    },
    untilEmpty: true,
    onEvent: (event) => events.push(event),
  });
  expect(summary).toEqual({ completed: 1, failed: 0, returned: 0 });
  expect(starts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  const [first = 0, second = 0, third = 0] = starts.map(({ time }) => time);
  expect(second - first).toBeGreaterThan(190);
  expect(third - second).toBeGreaterThan(390);
  expect(events.filter(({ kind }) => kind === 'failed')).toEqual(
    [1, 2].map((attempt) => ({ kind: 'failed', shard: 'in-0', reason: `no luck in attempt ${attempt}`, isFinal: false })),
  );
});

test('the status of a job that runs has the number of its attempt', async () => {
  const { queue } = await testQueue();
  await queue.add(jobs(1), { attempts: 2, backoff: 0 });
  const shown: number[][] = [];
  const run = async (_: QueueJob, { attempt }: { attempt: number }) => {
    shown.push((await queue.status()).running.map((each) => each.attempt));
    if (attempt === 1) throw new Error('no luck');
  };
  await queue.work({ run, untilEmpty: true });
  expect(shown).toEqual([[1], [2]]);
});

test('a job that failed is kept with its reason until it is retried', async () => {
  const { queue } = await testQueue();
  await queue.add(jobs(2), { attempts: 2, backoff: 0 });
  let isMended = false;
  const run = async ({ shard }: QueueJob) => {
    if (shard === 'in-1' && !isMended) throw new Error('in-1.tar ends too early');
  };
  expect(await queue.work({ run, untilEmpty: true })).toEqual({ completed: 1, failed: 1, returned: 0 });
  expect(await queue.status()).toMatchObject({
    failed: 1,
    failures: [{ shard: 'in-1', reason: 'in-1.tar ends too early', attempts: 2 }],
  });
  isMended = true;
  expect(await queue.retry()).toBe(1);
  expect(await queue.status()).toMatchObject({ waiting: 1, failed: 0, failures: [] });
  expect(await queue.work({ run, untilEmpty: true })).toEqual({ completed: 1, failed: 0, returned: 0 });
  expect(await queue.retry()).toBe(0);
});

test('a job that was retried has all its attempts again', async () => {
  const { queue } = await testQueue();
  await queue.add(jobs(1), { attempts: 2, backoff: 0 });
  const attempts: number[] = [];
  const run = async (_: QueueJob, { attempt }: { attempt: number }) => {
    attempts.push(attempt);
    throw new Error('never');
  };
  await queue.work({ run, untilEmpty: true });
  await queue.retry();
  await queue.work({ run, untilEmpty: true });
  expect(attempts).toEqual([1, 2, 1, 2]);
});

test('an unrecoverable error fails the job without further attempts', async () => {
  const { queue } = await testQueue();
  await queue.add(jobs(1), { attempts: 5, backoff: 0 });
  let runs = 0;
  const run = async () => {
    runs++;
    throw new UnrecoverableJobError('not a tar archive');
  };
  expect(await queue.work({ run, untilEmpty: true })).toMatchObject({ failed: 1 });
  expect([runs, (await queue.status()).failures]).toEqual([1, [{ shard: 'in-0', reason: 'not a tar archive', attempts: 1 }]]);
});

test('a job that is postponed waits, which costs no attempt', { tags: 'long' }, async () => {
  const { queue } = await testQueue();
  await queue.add(jobs(1), { attempts: 1 });
  const starts: { attempt: number; time: number }[] = [];
  const events: WorkEvent[] = [];
  const summary = await queue.work({
    run: async (_, { attempt }) => {
      starts.push({ attempt, time: performance.now() });
      if (starts.length < 3) throw new PostponedJobError('process 7 has the shard', 0.2);
    },
    untilEmpty: true,
    onEvent: (event) => events.push(event),
  });
  expect(summary).toEqual({ completed: 1, failed: 0, returned: 0 });
  expect(starts.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
  const [first = 0, second = 0, third = 0] = starts.map(({ time }) => time);
  expect(Math.min(second - first, third - second)).toBeGreaterThan(190);
  const postponed = events.filter(({ kind }) => kind === 'postponed');
  expect(postponed).toEqual(Array(2).fill({ kind: 'postponed', shard: 'in-0', reason: 'process 7 has the shard' }));
});
