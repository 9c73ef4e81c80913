// A worker that is stopped lets its jobs finish, or puts them back into the queue.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { WorkEvent } from './index.ts';
import { queueOn, startsIn, startWorker, testFolder, testQueue, until, untilStatus } from './testing/workers.ts';

const job = (options: object, shard = 'in-0') => ({ shard, options, version: '1' });

test('SIGTERM: the job that runs may finish, and no other is started', async () => {
  const { redis, queue } = await testQueue();
  const folder = await testFolder();
  await queue.add([job({ folder, waitFor: 'go' }), job({ folder }, 'in-1')]);
  const worker = startWorker(redis, { gracePeriod: 600 });
  await untilStatus(queue, ({ running }) => running[0]?.progress !== undefined);
  worker.child.kill('SIGTERM');
  await sleep(300);
  writeFileSync(join(folder, 'go'), '');
  expect(await worker.end).toBe(0);
  expect(worker.lines.at(-1)).toBe('{"kind":"summary","completed":1,"failed":0,"returned":0}');
  expect(await queue.status()).toMatchObject({ waiting: 1, active: 0, completed: 1, workers: 0 });
  expect([existsSync(join(folder, 'in-0.txt')), existsSync(join(folder, 'in-1.txt'))]).toEqual([true, false]);
});

test.for([false, true])('after the grace period the job is aborted and goes back (it ignores that: %s)', async (ignoresAbort) => {
  const { redis, queue } = await testQueue();
  const folder = await testFolder();
  await queue.add([job({ folder, waitFor: 'never', ignoresAbort })], { attempts: 1 });
  const worker = startWorker(redis, { gracePeriod: 0.1 });
  await untilStatus(queue, ({ running }) => running[0]?.progress !== undefined);
  worker.child.kill('SIGTERM');
  expect(await worker.end).toBe(0);
  expect(worker.lines.slice(-2)).toEqual([
    '{"kind":"returned","shard":"in-0"}',
    '{"kind":"summary","completed":0,"failed":0,"returned":1}',
  ]);
  // It costs no attempt: another worker starts it as the first.
  expect(await queue.status()).toMatchObject({ waiting: 1, active: 0, failed: 0 });
  writeFileSync(join(folder, 'never'), '');
  startWorker(redis, { untilEmpty: true });
  await untilStatus(queue, ({ completed }) => completed === 1);
  expect(startsIn(folder).map(({ attempt }) => attempt)).toEqual([1, 1]);
  await until(() => startsIn(folder).every(({ pid }) => !isAlive(pid)));
});

test('a worker that waits for jobs stops at once', async () => {
  const { queue } = await testQueue();
  const stop = new AbortController();
  const work = queue.work({ run: async () => {}, signal: stop.signal });
  await untilStatus(queue, ({ workers }) => workers === 1);
  stop.abort();
  expect(await work).toEqual({ completed: 0, failed: 0, returned: 0 });
});

test('without a server a worker stops as well', { tags: 'long' }, async () => {
  const { redis, queue } = await testQueue();
  const folder = await testFolder();
  await queue.add([job({ folder, waitFor: 'go' })]);
  const worker = startWorker(redis, { gracePeriod: 0.1 });
  await untilStatus(queue, ({ active }) => active === 1);
  await redis.kill();
  worker.child.kill('SIGTERM');
  expect(await worker.end).toBe(0);
});

test('a worker says that the connection is lost, and when it is back', async () => {
  const { redis } = await testQueue({ persists: true });
  const worker = startWorker(redis, {});
  const kinds = () => worker.lines.map((line) => (JSON.parse(line) as WorkEvent).kind);
  const queue = await queueOn(redis);
  await untilStatus(queue, ({ workers }) => workers === 1);
  await redis.kill();
  await until(() => kinds().includes('disconnected'));
  await redis.restart();
  await until(() => kinds().includes('connected'));
  expect(kinds()).toEqual(['disconnected', 'connected']);
  expect(worker.lines[0]).toBe(
    `{"kind":"disconnected","reason":"the connection to the Redis server at redis://127.0.0.1:${redis.port} was lost"}`,
  );
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
