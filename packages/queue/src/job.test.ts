import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { jobIdOf } from './job.ts';

const job = { shard: 'in-000002', options: { b: [{ d: 1, c: null }], a: 'out/' }, version: '1.2.3' };

test('the id is the hash of shard, options with sorted keys, and version', () => {
  const text = '["in-000002",{"a":"out/","b":[{"c":null,"d":1}]},"1.2.3"]';
  expect(jobIdOf(job)).toBe(`shard-${createHash('sha256').update(text).digest('hex').slice(0, 40)}`);
});

test('the order of keys does not matter, everything else does', () => {
  expect(jobIdOf({ version: '1.2.3', shard: 'in-000002', options: { a: 'out/', b: [{ c: null, d: 1 }] } })).toBe(jobIdOf(job));
  const others = [{ shard: 'in-000003' }, { version: '1.2.4' }, { options: { ...job.options, a: 'out' } }, { options: null }];
  expect(new Set([job, ...others.map((other) => ({ ...job, ...other }))].map(jobIdOf)).size).toBe(5);
});
