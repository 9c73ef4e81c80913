// An `onEvent` that fails stops the worker, and changes nothing about its jobs.
import { expect, test } from 'vitest';
import type { WorkEvent } from './index.ts';
import { testQueue } from './testing/workers.ts';

const jobs = [0, 1, 2].map((index) => ({ shard: `in-${index}`, options: {}, version: '1' }));

/** Two ways to fail. */
const WAYS = {
  throws: (error: Error) => {
    throw error;
  },
  rejects: (error: Error) => Promise.reject(error),
};

test.for([
  ['started', 'throws'],
  ['progress', 'throws'],
  ['completed', 'throws'],
  ['completed', 'rejects'],
] as const)('at "%s" it %s: the job runs once and is completed, and work rejects', async ([kind, way]) => {
  const { queue } = await testQueue();
  await queue.add(jobs);
  const failure = new Error('disk full');
  const runs: string[] = [];
  const seen: string[] = [];
  const work = queue.work({
    run: async ({ shard }, { onProgress }) => {
      runs.push(shard);
      onProgress({ finished: 1 });
    },
    untilEmpty: true,
    onEvent: (event: WorkEvent) => {
      seen.push(event.kind);
      if (event.kind === kind) return WAYS[way](failure);
    },
  });
  await expect(work).rejects.toBe(failure);
  expect(seen.filter((each) => each === kind)).toEqual([kind]);
  // How many jobs ran before the worker stopped is open, but each that ran is completed.
  expect(new Set(runs).size).toBe(runs.length);
  const { waiting, completed } = await queue.status();
  expect([completed, waiting]).toEqual([runs.length, jobs.length - runs.length]);
  expect(await queue.status()).toMatchObject({ active: 0, delayed: 0, failed: 0, workers: 0 });
});

test('at "failed" it throws: the job has its further attempts', async () => {
  const { queue } = await testQueue();
  await queue.add(jobs.slice(0, 1), { attempts: 2, backoff: 0.5 });
  const failure = new Error('disk full');
  const run = async () => {
    throw new Error('no luck');
  };
  const onEvent = ({ kind }: WorkEvent) => {
    if (kind === 'failed') throw failure;
  };
  await expect(queue.work({ run, onEvent })).rejects.toBe(failure);
  const attempts: number[] = [];
  await queue.work({ run: async (_, { attempt }) => attempts.push(attempt), untilEmpty: true });
  expect(attempts).toEqual([2]);
});
