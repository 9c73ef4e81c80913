import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noise, plain } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { listShards, runShard } from './run-shard.ts';
import { UsageError } from './shared/exit-codes.ts';
import type { ShardJob, ShardProgress } from './shared/shards/interface.ts';
import { writeArchive } from './testing/archives.ts';
import { filesBelow, temporaryFolder } from './testing/run-cli.ts';

async function archives(count: number): Promise<{ job: ShardJob; folder: string }> {
  const folder = await temporaryFolder();
  for (let i = 0; i < count; i++) {
    writeArchive(join(folder, `in-${i}.tar`), [
      ['1.jpg', await noise(8, 8).jpeg().toBuffer()],
      ['2.jpg', 'no picture'],
    ]);
  }
  return {
    folder,
    job: { command: 'image', args: [`${folder}/in-{0..${count - 1}}.tar`, '-o', `${folder}/out`, '--factor', '2', '--jobs', '1'] },
  };
}

test('shards are listed, run one by one, and done as the done files say', async () => {
  const { job, folder } = await archives(2);
  expect(await listShards(job)).toEqual([
    { shard: 'in-0', isDone: false },
    { shard: 'in-1', isDone: false },
  ]);
  const progress: ShardProgress[] = [];
  const counts = { done: 1, failed: 1, skipped: 0, copied: 0 };
  expect(await runShard({ ...job, shard: 'in-1' }, { onProgress: (each) => progress.push(each) })).toEqual({
    shard: 'in-1',
    exitCode: 1,
    counts,
  });
  expect(progress.at(-1)).toEqual({ shard: 'in-1', finished: 2, failed: 1, total: undefined });
  expect((await listShards(job)).map(({ isDone }) => isDone)).toEqual([false, true]);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['in-1.done.json', 'in-1.ledger.jsonl', 'in-1.tar', 'job.json']);
  // As when a queue hands it out twice.
  expect(await runShard({ ...job, shard: 'in-1' })).toEqual({ shard: 'in-1', exitCode: 1, counts });
});

test('files need --shards, and each shard does its own', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a', 'b', 'c', 'd']) await plain(folder, `in/${name}.png`);
  const job: ShardJob = { command: 'image', args: [`${folder}/in`, '-o', `${folder}/out`, '--factor', '2', '--shards', '3'] };
  const shards = (await listShards(job)).map(({ shard }) => shard);
  expect(shards).toEqual(['00001', '00002', '00003']);
  const outcomes = [];
  for (const shard of shards) outcomes.push(await runShard({ ...job, shard }));
  expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  expect(outcomes.reduce((sum, { counts }) => sum + counts.done, 0)).toBe(4);
  const without = { ...job, args: job.args.slice(0, -2) };
  await expect(listShards(without)).rejects.toThrow('missing number of shards: give --shards N for files');
});

test('--json of the job is refused, which would print nothing', async () => {
  const job = { command: 'image', args: ['photos', '-o', 'out', '--factor', '2', '--shards', '2', '--json'] } as const;
  await expect(listShards(job)).rejects.toThrow(
    new UsageError('leave out --json: give it to the command of the queue, before image or video'),
  );
});

test('a list on the standard input is refused, since workers have another', async () => {
  const job = { command: 'image', args: ['--files', '-', '-o', 'out', '--factor', '2', '--shards', '2'] } as const;
  for (const open of [listShards(job), runShard({ ...job, shard: '00001' })]) {
    await expect(open).rejects.toThrow(new UsageError('--files - cannot be queued, since each worker reads the list again: give a file'));
  }
});

test('a shard that another process has, or that cannot be used, is an outcome', async () => {
  const { job, folder } = await archives(2);
  mkdirSync(join(folder, 'out'));
  writeFileSync(join(folder, 'out/.in-0.lock'), JSON.stringify({ process: 1, host: 'another-machine', id: 'theirs' }));
  expect(await runShard({ ...job, shard: 'in-0' })).toMatchObject({
    exitCode: 75,
    isLocked: true,
    reason: expect.stringContaining('works on'),
  });
  writeFileSync(join(folder, 'in-1.tar'), 'no archive');
  expect(await runShard({ ...job, shard: 'in-1' })).toMatchObject({
    exitCode: 65,
    reason: expect.stringContaining('too short for a tar archive'),
  });
});

test.each(['archives', 'files'])('of a job on %s, a shard that another process takes over is not called done', async (kind) => {
  const { job, folder } = await archives(1);
  for (const name of ['a', 'b']) await plain(folder, `in/${name}.png`);
  const options = ['-o', `${folder}/out`, '--factor', '2', '--shards', '1', '--jobs', '1'];
  const [shard, own]: [string, ShardJob] =
    kind === 'archives' ? ['in-0', job] : ['00001', { command: 'image', args: [`${folder}/in`, ...options] }];
  const lock = join(folder, `out/.${shard}.lock`);
  const theirs = JSON.stringify({ process: 1, host: 'another-machine', id: 'theirs' });
  const onProgress = ({ finished }: ShardProgress): void => (finished === 2 ? writeFileSync(lock, theirs) : undefined);
  expect(await runShard({ ...own, shard }, { onProgress })).toMatchObject({
    exitCode: 75,
    isLocked: true,
    reason: `${folder}/out/${shard} was taken over by another process`,
  });
  expect(await filesBelow(join(folder, 'out'))).not.toContain(`${shard}.done.json`);
  expect(readFileSync(lock, 'utf8')).toBe(theirs);
});

test('two runs of one shard at once do it once', async () => {
  const { job } = await archives(1);
  const outcomes = await Promise.all([runShard({ ...job, shard: 'in-0' }), runShard({ ...job, shard: 'in-0' })]);
  expect(outcomes.map(({ exitCode }) => exitCode).sort()).toEqual([1, 75]);
});

test('a signal stops a shard between inputs, and leaves nothing of an archive', async () => {
  const { job, folder } = await archives(1);
  const stop = new AbortController();
  const reason = new Error('the worker stops');
  const run = runShard({ ...job, shard: 'in-0' }, { signal: stop.signal, onProgress: () => stop.abort(reason) });
  await expect(run).rejects.toBe(reason);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['job.json']);
  await expect(runShard({ ...job, shard: 'in-0' }, { signal: stop.signal })).rejects.toBe(reason);
  expect(await runShard({ ...job, shard: 'in-0' })).toMatchObject({ exitCode: 1 });
});

test('a shard of files that was stopped continues where it was', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a', 'b', 'c', 'd']) await plain(folder, `in/${name}.png`);
  const job: ShardJob = {
    command: 'image',
    args: [`${folder}/in`, '-o', `${folder}/out`, '--factor', '2', '--shards', '1', '--jobs', '1'],
  };
  const stop = new AbortController();
  const onProgress = ({ finished }: ShardProgress): void => (finished === 2 ? stop.abort() : undefined);
  await expect(runShard({ ...job, shard: '00001' }, { signal: stop.signal, onProgress })).rejects.toThrow('aborted');
  const progress: number[] = [];
  await runShard({ ...job, shard: '00001' }, { onProgress: ({ finished }) => progress.push(finished) });
  expect(progress).toEqual([2, 3, 4]);
});

test('progress of a shard that was run before starts with its inputs, also those that failed', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a', 'b']) await plain(folder, `in/${name}.png`);
  writeFileSync(join(folder, 'in/c.png'), 'no picture');
  const job: ShardJob = { command: 'image', args: [`${folder}/in`, '-o', `${folder}/out`, '--factor', '2', '--shards', '1'] };
  await runShard({ ...job, shard: '00001' });
  const progress: ShardProgress[] = [];
  await runShard({ ...job, shard: '00001' }, { onProgress: (each) => progress.push(each) });
  expect(progress).toEqual([{ shard: '00001', finished: 3, failed: 1, total: 3 }]);
});

test.each<[string, ShardJob, string, string]>([
  ['an unknown option', { command: 'image', args: ['a.tar', '-o', 'x', '--faktor', '2'] }, 'a', "unknown option '--faktor'"],
  ['--shard', { command: 'image', args: ['a', '-o', 'x', '--factor', '2', '--shard', '1/2'] }, '00001', 'leave out --shard'],
  ['--dry-run', { command: 'image', args: ['a.tar', '-o', 'x', '--factor', '2', '--dry-run'] }, 'a', 'leave out --dry-run'],
  ['another command', { command: 'train' as 'image', args: [] }, 'a', 'softpool train does not work on shards'],
])('%s is refused', async (_, job, shard, message) => {
  await expect(runShard({ ...job, shard })).rejects.toThrow(message);
  await expect(runShard({ ...job, shard })).rejects.toThrow(UsageError);
});

test('a shard that the job does not have is refused', async () => {
  const { job } = await archives(1);
  await expect(runShard({ ...job, shard: 'in-9' })).rejects.toThrow('the job has no shard in-9');
});
