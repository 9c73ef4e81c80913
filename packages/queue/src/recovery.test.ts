// Workers that are killed are replaced, and a server may lose its data.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { jobProcesses, type WorkEvent } from './index.ts';
import { queueOn, redisClient, startsIn, startWorker, testFolder, testQueue, until, untilStatus } from './testing/workers.ts';

const job = (options: object, shard = 'in-0') => ({ shard, options, version: '1' });

test('the job of a worker killed with SIGKILL runs on another, and its process ends', async () => {
  const { redis, queue } = await testQueue();
  const folder = await testFolder();
  await queue.add([job({ folder, waitFor: 'go' })], { attempts: 1 });
  const first = startWorker(redis, { lockDuration: 1, workerName: 'first' });
  await untilStatus(queue, ({ running }) => running[0]?.progress !== undefined);
  first.child.kill('SIGKILL');
  startWorker(redis, { lockDuration: 1, workerName: 'second' });
  await untilStatus(queue, ({ running }) => running[0]?.worker === 'second');
  writeFileSync(join(folder, 'go'), '');
  await untilStatus(queue, ({ completed }) => completed === 1);
  const pids = startsIn(folder).map(({ pid }) => pid);
  expect(new Set(pids).size).toBe(pids.length);
  await until(() => !existsSync(`/proc/${pids[0]}`) || readFileSync(`/proc/${pids[0]}/stat`, 'utf8').includes(') Z '));
});

test('a job fails when six workers have died, and a retry forgets them', async () => {
  const { redis, queue } = await testQueue();
  const folder = await testFolder();
  await queue.add([job({ folder, waitFor: 'go' })]);
  const client = await redisClient(redis);
  const [key = ''] = await client.keys('bull:softpool:shard-*');
  await client.hset(key, 'stc', 5); // what BullMQ counts when five have died
  const killOne = async (): Promise<void> => {
    const worker = startWorker(redis, { lockDuration: 1 });
    await untilStatus(queue, ({ running }) => running[0]?.progress !== undefined);
    worker.child.kill('SIGKILL');
    await worker.end;
  };
  await killOne();
  startWorker(redis, { lockDuration: 1, untilEmpty: true });
  const { failures } = await untilStatus(queue, ({ failed }) => failed === 1);
  expect(failures).toMatchObject([{ shard: 'in-0', reason: '6 workers died or lost their connection while they ran it' }]);
  expect(await queue.retry()).toBe(1);
  await killOne();
  writeFileSync(join(folder, 'go'), '');
  startWorker(redis, { lockDuration: 1, untilEmpty: true });
  await untilStatus(queue, ({ completed, failed }) => completed + failed === 1);
  expect(await queue.status()).toMatchObject({ completed: 1, failed: 0 });
});

test('a process that dies costs an attempt, not the worker', async () => {
  const { redis, queue } = await testQueue();
  const folder = await testFolder();
  await queue.add([job({ folder, dies: true })], { attempts: 2, backoff: 0 });
  const worker = startWorker(redis, { untilEmpty: true });
  expect(await worker.end).toBe(0);
  const events = worker.lines.map((line) => JSON.parse(line) as WorkEvent).filter(({ kind }) => kind === 'failed' || kind === 'completed');
  expect(events).toMatchObject([
    { kind: 'failed', reason: 'the process that ran the job was killed by SIGKILL', isFinal: false },
    { kind: 'completed', result: 'output of in-0' },
  ]);
});

test('a process that dies without a job is replaced', async () => {
  const folder = await testFolder();
  const processes = jobProcesses(new URL('./testing/run-job.mjs', import.meta.url));
  onTestFinished(() => processes.close());
  const run = (shard: string) =>
    processes.run(job({ folder }, shard), { signal: new AbortController().signal, attempt: 1, onProgress: () => {} });
  await run('in-0');
  await run('in-1');
  const [first = { pid: 0 }] = startsIn(folder);
  process.kill(first.pid, 'SIGKILL');
  await until(() => !existsSync(`/proc/${first.pid}`));
  expect(await run('in-2')).toBe('output of in-2');
  const [, second, third] = startsIn(folder).map(({ pid }) => pid);
  expect(second).toBe(first.pid);
  expect(third).not.toBe(first.pid);
});

test('errors of a process are the reasons of its jobs', async () => {
  const { redis, queue } = await testQueue();
  const folder = await testFolder();
  await queue.add([job({ folder, error: 'no space left' }, 'in-0'), job({ folder, error: 'not a tar', isUnrecoverable: true }, 'in-1')], {
    attempts: 2,
    backoff: 0,
  });
  expect(await startWorker(redis, { untilEmpty: true }).end).toBe(0);
  const { failures } = await queue.status();
  expect([...failures].sort((a, b) => a.shard.localeCompare(b.shard))).toEqual([
    { shard: 'in-0', reason: 'no space left', attempts: 2 },
    { shard: 'in-1', reason: 'not a tar', attempts: 1 },
  ]);
});

test('a job that blocks its process does not keep its lock from being renewed', { tags: 'long' }, async () => {
  const { redis, queue } = await testQueue();
  const folder = await testFolder();
  await queue.add([job({ folder, waitFor: 'go', blocks: true })], { attempts: 1 });
  const worker = startWorker(redis, { untilEmpty: true, lockDuration: 5 });
  await untilStatus(queue, ({ running }) => running[0]?.progress !== undefined);
  // The time that the lock lasts falls, until it is renewed.
  const client = await redisClient(redis);
  const [lock = ''] = await client.keys('bull:softpool:shard-*:lock');
  let last = await client.pttl(lock);
  await until(async () => {
    const before = last;
    last = await client.pttl(lock);
    return last > before + 1000;
  });
  writeFileSync(join(folder, 'go'), '');
  expect(await worker.end).toBe(0);
  expect(startsIn(folder)).toHaveLength(1);
});

test('when the server loses its data, jobs that run are finished, and all are added again', async () => {
  const { redis, queue } = await testQueue();
  const folder = await testFolder();
  const jobs = [job({ folder, waitFor: 'go' }), job({ folder }, 'in-1')];
  await queue.add(jobs);
  const worker = startWorker(redis, {});
  await untilStatus(queue, ({ running }) => running[0]?.progress !== undefined);
  await redis.restart();
  writeFileSync(join(folder, 'go'), '');
  const problems = () => worker.lines.map((line) => JSON.parse(line) as WorkEvent).filter(({ kind }) => kind === 'problem');
  await until(() => problems().length > 0);
  expect(existsSync(join(folder, 'in-0.txt'))).toBe(true);
  const again = await queueOn(redis);
  expect(await again.add(jobs)).toEqual({ added: 2, again: 0, present: 0 });
  await untilStatus(again, ({ completed }) => completed === 2);
  worker.child.kill('SIGTERM');
  expect(await worker.end).toBe(0);
  expect(problems()).toEqual([
    { kind: 'problem', message: `the Redis server at redis://127.0.0.1:${redis.port} has lost jobs that run; add all jobs again` },
  ]);
});

test('three workers, one killed and the server restarted: every output is there', { tags: 'long' }, async () => {
  const { redis, queue } = await testQueue({ persists: true });
  const folder = await testFolder();
  const shards = Array.from({ length: 30 }, (_, index) => `in-${index}`);
  await queue.add(
    shards.map((shard) => job({ folder, waitFor: 'go' }, shard)),
    { attempts: 1 },
  );
  const workers = [1, 2, 3].map(() => startWorker(redis, { untilEmpty: true, lockDuration: 1, concurrency: 2 }));
  await untilStatus(queue, ({ active }) => active === 6);
  workers[0]?.child.kill('SIGKILL');
  await redis.restart();
  writeFileSync(join(folder, 'go'), '');
  expect(await Promise.all(workers.map(({ end }) => end))).toEqual(['SIGKILL', 0, 0]);
  const outputs = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  expect(outputs.sort()).toEqual(shards.map((shard) => `${shard}.txt`).sort());
  for (const shard of shards) expect(readFileSync(join(folder, `${shard}.txt`), 'utf8')).toBe(`output of ${shard}`);
});
