// softpool queue on a real server: the shards of a job on one worker or several.
import { copyFile, mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openShardQueue } from '@softpool/queue';
import { expect, onTestFinished, test } from 'vitest';
import { VERSION } from '../../shared/version.ts';
import {
  archiveName,
  archivesIn,
  childrenOf,
  runQueue,
  startWorker,
  statusOf,
  testRedis,
  until,
  writeArchives,
} from '../../testing/queue.ts';
import { runCli, runImage, temporaryFolder } from '../../testing/run-cli.ts';

const JOB = 'in-{000000..000003}.tar -o out/ --factor 2';

test('the outputs of a worker are those of one process without a queue', async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis()];
  await writeArchives(folder, 4, 3);
  await runImage(folder, 'in-{000000..000003}.tar -o alone/ --factor 2');
  expect(await runQueue(folder, redis, `add image ${JOB}`)).toMatchObject({ status: 0, stderr: '4 shards added\n' });
  const { status, stderr } = await runQueue(folder, redis, 'work --concurrency 2 --until-empty');
  expect(status).toBe(0);
  const lines = stderr.trim().split('\n');
  expect(lines[0]).toBe(`working on queue softpool of ${redis.url}; stop with Ctrl-C`);
  expect(lines.slice(1).sort()).toEqual([0, 1, 2, 3].map((i) => expect.stringMatching(new RegExp(`^in-00000${i}: 3 done \\(.* s\\)$`))));
  expect(Object.keys(await archivesIn(join(folder, 'out')))).toHaveLength(4);
  expect(await archivesIn(join(folder, 'out'))).toEqual(await archivesIn(join(folder, 'alone')));
  const printed = await runQueue(folder, redis, 'status');
  expect(printed.stdout.toString()).toBe(`queue softpool of ${redis.url}: 0 workers\n0 waiting, 0 running, 0 delayed, 4 done, 0 failed\n`);
});

test('files and folders are shards by --shards, and jobs with other names have other queues', { tags: 'long' }, async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis()];
  await mkdir(join(folder, 'photos'));
  for (const name of ['a.png', 'b.png', 'c.png']) await copyFile('examples/photographs/chelsea.png', join(folder, 'photos', name));
  const added = await runQueue(folder, redis, 'add --queue thumbnails --json image photos -o small/ --width 32 --shards 2');
  expect(JSON.parse(added.stdout.toString())).toEqual({ added: 2, present: 0, done: 0 });
  expect((await statusOf(redis)).waiting).toBe(0);
  const { status, stdout } = await runQueue(folder, redis, 'work --queue thumbnails --until-empty --json');
  expect([status, JSON.parse(stdout.toString())]).toEqual([0, { completed: 2, failed: 0, returned: 0 }]);
  for (const name of ['a.png', 'b.png', 'c.png']) expect((await stat(join(folder, 'small', name))).size).toBeGreaterThan(0);
});

test('when the server has lost its data, the same command adds only what is missing', { tags: 'long' }, async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis()];
  await writeArchives(folder, 4, 2);
  await runQueue(folder, redis, `add image ${JOB}`);
  await runQueue(folder, redis, 'work --until-empty --quiet');
  const first = await archivesIn(join(folder, 'out'));
  const times = async () => Promise.all([0, 1, 3].map(async (shard) => (await stat(join(folder, 'out', archiveName(shard)))).mtimeMs));
  const before = await times();
  await redis.restart();
  await rm(join(folder, 'out/in-000002.done.json'));
  await rm(join(folder, 'out/in-000002.tar'));
  expect(await runQueue(folder, redis, `add image ${JOB}`)).toMatchObject({ status: 0, stderr: '1 shard added, 3 are done\n' });
  expect((await runQueue(folder, redis, 'work --until-empty --quiet')).status).toBe(0);
  expect(await archivesIn(join(folder, 'out'))).toEqual(first);
  expect(await times()).toEqual(before);
});

test('a shard that cannot be used fails at once with its reason, and retry runs it again', { tags: 'long' }, async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis()];
  await writeArchives(folder, 1, 3);
  const archive = join(folder, 'in-000000.tar');
  const whole = await readFile(archive);
  await truncate(archive, 1000);
  await runQueue(folder, redis, 'add image in-{000000..000000}.tar -o out/ --factor 2');
  const failed = await runQueue(folder, redis, 'work --until-empty');
  expect([failed.status, failed.problems]).toEqual([1, [expect.stringMatching(/^softpool: in-000000: .*in-000000\.tar: /)]]);
  const status = await runQueue(folder, redis, 'status');
  expect([status.status, status.stdout.toString()]).toEqual([1, expect.stringMatching(/│ in-000000 │ +1 │ .*in-000000\.tar: /)]);
  await writeFile(archive, whole);
  expect(await runQueue(folder, redis, 'retry')).toMatchObject({ status: 0, stderr: '1 shard is back in the queue\n' });
  expect((await runQueue(folder, redis, 'work --until-empty --quiet')).status).toBe(0);
  expect(Object.keys(await archivesIn(join(folder, 'out')))).toEqual(['in-000000.tar']);
});

test('a shard with a damaged picture is done, and the exit code is 1', { tags: 'long' }, async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis()];
  await mkdir(join(folder, 'photos'));
  await copyFile('examples/photographs/chelsea.png', join(folder, 'photos/good.png'));
  await writeFile(join(folder, 'photos/bad.png'), 'not a picture');
  await runQueue(folder, redis, 'add image photos -o small/ --width 32 --shards 1');
  const { status, stderr } = await runQueue(folder, redis, 'work --until-empty');
  expect([status, stderr]).toEqual([1, expect.stringMatching(/\n\S+: 1 done, 1 failed \(/)]);
  expect(await statusOf(redis)).toMatchObject({ completed: 1, failed: 0 });
});

test('SIGTERM: a shard that cannot finish goes back into the queue', async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis()];
  await writeArchives(folder, 2, 2);
  await runQueue(folder, redis, 'add image in-{000000..000000}.tar -o out/ --factor 2');
  const worker = startWorker(folder, redis, '--grace-period', '0');
  await until(() => worker.printed().includes('in-000000: 2 done'));
  // The process of the next shard does not move.
  const [child = 0] = childrenOf(worker.child.pid);
  process.kill(child, 'SIGSTOP');
  await runQueue(folder, redis, 'add image in-{000001..000001}.tar -o other/ --factor 2');
  await until(async () => (await statusOf(redis)).active === 1);
  worker.child.kill('SIGTERM');
  expect(await worker.end).toBe(143);
  await until(() => worker.printed().endsWith('\nstopping; shards that run get 0 s to finish\nin-000001: back in the queue\n'));
  expect(await statusOf(redis)).toMatchObject({ waiting: 1, active: 0, failed: 0, workers: 0 });
  expect(() => process.kill(child, 0)).toThrow('ESRCH');
});

test('kill -9: another worker takes the shard', { tags: 'long' }, async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis()];
  await writeArchives(folder, 2, 2);
  await runQueue(folder, redis, 'add image in-{000000..000000}.tar -o out/ --factor 2');
  const first = startWorker(folder, redis, '--lock-duration', '1');
  await until(() => first.printed().includes('in-000000: 2 done'));
  const [child = 0] = childrenOf(first.child.pid);
  process.kill(child, 'SIGSTOP');
  await runQueue(folder, redis, 'add image in-{000001..000001}.tar -o other/ --factor 2');
  await until(async () => (await statusOf(redis)).active === 1);
  first.child.kill('SIGKILL');
  expect(await first.end).toBe('SIGKILL');
  const second = await runQueue(folder, redis, 'work --lock-duration 1 --until-empty');
  expect([second.status, second.stderr]).toEqual([0, expect.stringContaining('in-000001: 2 done')]);
  expect(Object.keys(await archivesIn(join(folder, 'other')))).toEqual(['in-000001.tar']);
  // The process of the dead worker ends as soon as it can.
  process.kill(child, 'SIGCONT');
  await until(async () => (await readFile(`/proc/${child}/stat`, 'utf8').catch(() => ') Z')).includes(') Z'));
});

test('status --watch ends when no shard waits or runs', { tags: 'long' }, async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis()];
  await writeArchives(folder, 2, 1);
  await runQueue(folder, redis, 'add image in-{000000..000001}.tar -o out/ --factor 2');
  const watch = runQueue(folder, redis, 'status --watch');
  await runQueue(folder, redis, 'work --until-empty --quiet');
  const { status, stdout } = await watch;
  expect([status, stdout.toString()]).toEqual([0, expect.stringMatching(/\n0 waiting, 0 running, 0 delayed, 2 done, 0 failed\n$/)]);
});

test('status --watch also waits for shards that are delayed', { tags: 'long' }, async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis()];
  const queue = await openShardQueue({ url: redis.url });
  onTestFinished(() => queue.close());
  await queue.add([{ shard: 'in-0', options: {}, version: '1' }], { attempts: 2, backoff: 0.1 });
  const stop = new AbortController();
  const run = () => Promise.reject(new Error('no space left'));
  await queue.work({ run, signal: stop.signal, onEvent: ({ kind }) => kind === 'failed' && stop.abort() });
  // Without a worker the shard stays delayed.
  let printed = '';
  const watch = runCli(folder, ['queue', 'status', '--watch'], {
    env: { REDIS_URL: redis.url },
    onStart: ({ stdout }) =>
      stdout.on('data', (chunk: Buffer) => {
        printed += chunk;
      }),
  });
  await until(() => printed.includes(' 1 delayed, 0 done,'));
  await queue.work({ run: async () => {}, untilEmpty: true });
  const { status, stdout } = await watch;
  expect([status, stdout.toString()]).toEqual([0, expect.stringMatching(/ 0 delayed, 1 done, 0 failed\n$/)]);
});

test('a shard that another process has is delayed, which costs no attempt', { tags: 'long' }, async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis()];
  await writeArchives(folder, 1, 1);
  await mkdir(join(folder, 'out'));
  await writeFile(join(folder, 'out/.in-000000.lock'), JSON.stringify({ process: 1, host: 'another-machine', id: 'theirs' }));
  await runQueue(folder, redis, 'add --attempts 1 image in-{000000..000000}.tar -o out/ --factor 2');
  const worker = startWorker(folder, redis);
  await until(() => worker.printed().includes('in-000000: '));
  expect(worker.printed()).toContain('\nin-000000: process 1 of another-machine works on out/in-000000; try again later\n');
  worker.child.kill('SIGTERM');
  expect(await worker.end).toBe(143);
  expect(await statusOf(redis)).toMatchObject({ delayed: 1, failed: 0 });
});

test('a shard whose job has wrong arguments fails without further attempts', { tags: 'long' }, async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis()];
  const queue = await openShardQueue({ url: redis.url });
  await queue.add([{ shard: 'in-0', options: { command: 'train', args: [] }, version: VERSION }], { attempts: 2, backoff: 0 });
  await queue.close();
  expect((await runQueue(folder, redis, 'work --until-empty --quiet')).status).toBe(1);
  const reason = 'softpool train does not work on shards; use image or video';
  expect((await statusOf(redis)).failures).toEqual([{ shard: 'in-0', reason, attempts: 1 }]);
});

test('shards that are done are added again with --retry-failed, however often', { tags: 'long' }, async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis()];
  await mkdir(join(folder, 'photos'));
  await writeFile(join(folder, 'photos/bad.png'), 'not a picture');
  const job = 'add image photos -o out/ --factor 2 --shards 1';
  await runImage(folder, 'photos -o out/ --factor 2 --shard 1/1');
  expect((await runQueue(folder, redis, job)).stderr).toBe('0 shards added, 1 are done\n');
  expect((await runQueue(folder, redis, `${job} --retry-failed`)).stderr).toBe('1 shard added\n');
  expect((await runQueue(folder, redis, 'work --until-empty --quiet')).status).toBe(1);
  expect((await runQueue(folder, redis, `${job} --retry-failed`)).stderr).toBe('1 shard added\n');
});

test('a job of another version is refused in words', { tags: 'long' }, async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis()];
  const queue = await openShardQueue({ url: redis.url });
  await queue.add([{ shard: 'in-000000', options: { command: 'image', args: [] }, version: '99.0.0' }]);
  await queue.close();
  const { status, problems } = await runQueue(folder, redis, 'work --until-empty');
  const message = 'the job was added by softpool 99.0.0, but this worker is 0.0.0; use one version, and add the job again';
  expect([status, problems]).toEqual([1, [`softpool: in-000000: ${message}`]]);
});

test('the processes of shards have neither the URL nor its password', async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis({ password: 'hunter2' })];
  await writeArchives(folder, 1, 1);
  await runQueue(folder, redis, 'add image in-{000000..000000}.tar -o out/ --factor 2');
  const worker = startWorker(folder, redis);
  await until(() => worker.printed().includes('in-000000: 1 done'));
  const pids = [worker.child.pid, ...childrenOf(worker.child.pid)];
  expect(pids).toHaveLength(2);
  for (const pid of pids) expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toMatch(/redis:|hunter2/);
  expect(await readFile(`/proc/${pids[1]}/environ`, 'utf8')).not.toMatch(/REDIS_URL|hunter2/);
  expect(worker.printed()).not.toContain('hunter2');
});

test('the server can be named by a file', async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis({ password: 'hunter2' })];
  await writeFile(join(folder, 'url'), `${redis.url}\n`);
  const { status, stdout } = await runCli(folder, ['queue', 'status', '--redis-file', 'url'], {
    env: { REDIS_URL: 'redis://127.0.0.1:1' },
  });
  expect([status, stdout.toString()]).toEqual([0, expect.stringContaining(`queue softpool of redis://127.0.0.1:${redis.port}: `)]);
});

test.for([
  ['redis://:hunter2@127.0.0.1:1', 75, 'no Redis server answers at redis://127.0.0.1:1: connection refused'],
  ['http://:hunter2@127.0.0.1', 2, 'REDIS_URL must start with redis:// or rediss://; write redis://[user:password@]host'],
  ['', 2, 'REDIS_URL must be the URL of a Redis server; write redis://[user:password@]host'],
] as const)('with REDIS_URL=%s the exit code is %d', async ([url, code, message]) => {
  for (const line of ['status', 'add image in-{000000..000000}.tar -o out/ --factor 2']) {
    const { status, stdout, stderr } = await runQueue(await temporaryFolder(), { url }, line);
    expect([status, stdout.toString(), stderr]).toEqual([code, '', expect.stringContaining(`softpool: ${message}`)]);
    expect(stderr).not.toContain('hunter2');
  }
});

test('a wrong password is refused without being printed', async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis({ password: 'right' })];
  const { status, stderr } = await runQueue(folder, { url: redis.url.replace('right', 'hunter2') }, 'work');
  const message = `softpool: the Redis server at redis://127.0.0.1:${redis.port} refused the user name or password\n`;
  expect([status, stderr]).toEqual([1, message]);
});

test.for([
  ['status', 'missing Redis server: set REDIS_URL, or name a file with its URL by --redis-file'],
  ['add swap model.onnx', 'add takes the shards of image or video, not of swap'],
  ['add', 'missing <image|video>'],
  ['add --attempts 0 image x.tar', "option '--attempts <n>' argument '0' is invalid"],
  ['work --concurrency 0', "option '--concurrency <n>' argument '0' is invalid"],
] as const)('softpool queue %s is refused with code 2', async ([line, message]) => {
  const env = { ...process.env, REDIS_URL: undefined } as unknown as Record<string, string>;
  const { status, stderr } = await runCli(await temporaryFolder(), ['queue', ...line.split(' ')], { env });
  expect([status, stderr]).toEqual([2, expect.stringContaining(`softpool: ${message}`)]);
});

test('arguments of the job are checked when it is added', async () => {
  const [folder, redis] = [await temporaryFolder(), await testRedis()];
  await writeArchives(folder, 1, 1);
  const { status, stderr } = await runQueue(folder, redis, 'add image in-{000000..000000}.tar -o out/ --factor 0');
  expect([status, stderr]).toEqual([2, expect.stringContaining("softpool: option '--factor <n>' argument '0' is invalid")]);
  expect(await statusOf(redis)).toMatchObject({ waiting: 0 });
});
