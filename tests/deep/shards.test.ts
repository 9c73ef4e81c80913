// Processes that are killed again and again, as on machines that others need too.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { proveKilledJob } from '../../packages/cli/src/testing/prove-killed-job.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'softpool-shards-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('1,000 pictures in 20 archives, done by 4 processes that are killed 50 times, are as those of one process', async () => {
  await proveKilledJob(temporaryFolder(), { kind: 'archives', pictures: 1000, shards: 20, processes: 4, kills: 50 });
  expect.hasAssertions();
});

test('1,000 pictures in a folder, done in 4 shards that are killed 50 times, are as those of one process', async () => {
  await proveKilledJob(temporaryFolder(), { kind: 'files', pictures: 1000, shards: 4, processes: 4, kills: 50 });
  expect.hasAssertions();
});
