// A thousand pictures in 20 archives on three workers: one is killed, and the server is restarted,
// once with its data and once without.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@softpool/testing/redis';
import { expect, onTestFinished, test } from 'vitest';
import { archivesIn, runQueue, startWorker, statusOf, until, writeArchives } from '../../packages/cli/src/testing/queue.ts';
import { runImage } from '../../packages/cli/src/testing/run-cli.ts';

const [SHARDS, PICTURES] = [20, 50];
const JOB = `in-{000000..0000${SHARDS - 1}}.tar -o out/ --factor 2 --jobs 1`;

test.for([true, false])('all outputs are those of one process (the server keeps its data: %s)', async (persists) => {
  const folder = mkdtempSync(join(tmpdir(), 'softpool-deep-queue-'));
  const redis = await startRedis({ persists });
  onTestFinished(async () => {
    await redis.stop();
    rmSync(folder, { recursive: true });
  });
  await writeArchives(folder, SHARDS, PICTURES);
  expect((await runImage(folder, JOB.replace('out/', 'alone/'))).status).toBe(0);

  await runQueue(folder, redis, `add --attempts 9 --backoff 1 image ${JOB}`);
  const start = () => startWorker(folder, redis, '--lock-duration', '2');
  const workers = [start(), start(), start()];
  await until(async () => (await statusOf(redis)).completed >= 3);
  workers[0]?.child.kill('SIGKILL');
  await until(async () => (await statusOf(redis)).completed >= 6);
  await redis.restart();
  if (!persists) await runQueue(folder, redis, `add --attempts 9 --backoff 1 image ${JOB}`);
  await until(async () => {
    const { waiting, active, delayed } = await statusOf(redis);
    return waiting + active + delayed === 0;
  });
  for (const { child } of workers) child.kill('SIGTERM');
  expect(await Promise.all(workers.map(({ end }) => end))).toEqual(['SIGKILL', 143, 143]);

  const again = await runQueue(folder, redis, `add image ${JOB}`);
  expect(again.stderr).toBe(`0 shards added, ${SHARDS} are done\n`);
  const outputs = await archivesIn(join(folder, 'out'));
  expect(Object.keys(outputs)).toHaveLength(SHARDS);
  expect(outputs).toEqual(await archivesIn(join(folder, 'alone')));
  // Each input is in a ledger exactly once.
  const ledgers = Object.keys(outputs).map((name) => readFileSync(join(folder, 'out', name.replace('.tar', '.ledger.jsonl')), 'utf8'));
  expect(ledgers.flatMap((text) => text.trim().split('\n'))).toHaveLength(SHARDS * PICTURES);
  execFileSync(process.execPath, ['packages/cli/bin/softpool.js', 'status', join(folder, 'out')]);
});
