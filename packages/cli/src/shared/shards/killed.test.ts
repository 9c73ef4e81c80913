// The same with 1,000 pictures and 50 kills is in tests/deep.
import { test } from 'vitest';
import { proveKilledJob } from '../../testing/prove-killed-job.ts';
import { temporaryFolder } from '../../testing/run-cli.ts';

test('archives are complete and whole after their processes were killed 5 times', { tags: 'long' }, async () => {
  await proveKilledJob(await temporaryFolder(), { kind: 'archives', pictures: 60, shards: 4, processes: 2, kills: 5 });
});

test('files are complete and whole after their processes were killed 5 times', { tags: 'long' }, async () => {
  await proveKilledJob(await temporaryFolder(), { kind: 'files', pictures: 60, shards: 3, processes: 3, kills: 5 });
});
