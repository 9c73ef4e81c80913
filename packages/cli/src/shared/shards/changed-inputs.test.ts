import { hash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noise, plain, save } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { image, ledger, outputs, photos } from '../../testing/file-shards.ts';
import { type RunOptions, runCli } from '../../testing/run-cli.ts';

/** Has a process of softpool image be killed when it gives a file its name. */
function killAt(folder: string, name: string): RunOptions {
  writeFileSync(
    join(folder, 'kill.cjs'),
    `const fs = require('node:fs/promises');
    for (const name of ['link', 'rename']) {
      const real = fs[name];
      fs[name] = (...paths) => String(paths[1]).endsWith('${name}') ? process.kill(process.pid, 'SIGKILL') : real(...paths);
    }
    require('node:module').syncBuiltinESMExports();`,
  );
  return { env: { NODE_OPTIONS: `--require=${join(folder, 'kill.cjs')}` } };
}

test('run again, a shard does what was replaced, and leaves out what is gone', async () => {
  const folder = await photos('a.png', 'b.png');
  writeFileSync(join(folder, 'photos/bad.png'), 'no picture');
  const run = () => image(folder, 'photos -o out --factor 2 --shard 1/1');
  expect((await run()).status).toBe(1);
  await plain(folder, 'photos/a.png', 20, 12);
  rmSync(join(folder, 'photos/bad.png'));
  const again = await run();
  expect([again.status, again.stderr]).toEqual([0, expect.stringMatching(/^00001: 2 done /)]);
  expect(ledger(folder, '00001')).toMatchObject([
    {
      key: 'a.png',
      status: 'done',
      outputs: [{ from: { width: 20, height: 12 }, to: { width: 10, height: 6 } }],
      seconds: expect.any(Number),
    },
    { key: 'b.png', status: 'done', outputs: [{ from: { width: 8, height: 8 } }] },
    { key: 'bad.png', status: 'removed' },
  ]);
  const complete = 'inputs: 2 done\ncomplete: each of the 2 inputs is there exactly once\n';
  expect((await runCli(folder, ['status', 'out'])).stdout.toString()).toContain(complete);
  // What failed is tried again once it is another file, and what comes back is done again.
  rmSync(join(folder, 'photos/b.png'));
  await plain(folder, 'photos/bad.png', 4, 4);
  expect((await run()).stderr).toMatch(/^00001: 2 done /);
  await plain(folder, 'photos/b.png', 8, 8);
  expect((await run()).stderr).toMatch(/^00001: 3 done /);
  expect(await outputs(folder)).toEqual(['a.png', 'b.png', 'bad.png']);
});

test('an input that fails or is skipped for a while keeps its output, and replaces it later', async () => {
  const folder = await photos('a.png');
  const run = () => image(folder, 'photos -o out --width 10 --smaller skip --shard 1/1');
  const digest = () => hash('sha256', readFileSync(join(folder, 'out/a.png')), 'hex');
  for (const [width, status] of [
    [20, 'done'],
    [0, 'failed'],
    [30, 'done'],
    [5, 'skipped'],
    [40, 'done'],
  ] as const) {
    if (width === 0) writeFileSync(join(folder, 'photos/a.png'), '');
    else await save(noise(width, width), folder, 'photos/a.png');
    expect((await run()).status).toBe(status === 'failed' ? 1 : 0);
    const [line] = ledger(folder, '00001') as { status: string; outputs?: { sha256: string }[]; earlier?: { sha256: string }[] }[];
    const kept = status === 'done' ? line?.outputs : line?.earlier;
    expect([line?.status, kept?.[0]?.sha256]).toEqual([status, digest()]);
    expect((await runCli(folder, ['status', 'out'])).stdout.toString()).toContain(`inputs: ${status === 'done' ? '1 done' : '0 done, 1'}`);
  }
});

test('an input that comes back with another extension replaces its output', async () => {
  const folder = await photos('a.png');
  const run = () => image(folder, 'photos -o out --factor 2 --format webp --shard 1/1');
  await run();
  rmSync(join(folder, 'photos/a.png'));
  await plain(folder, 'photos/a.jpg', 20, 20);
  expect((await run()).status).toBe(0);
  expect(ledger(folder, '00001')).toMatchObject([
    { key: 'a.jpg', status: 'done', outputs: [{ name: 'a.webp', to: { width: 10, height: 10 } }] },
    { key: 'a.png', status: 'removed', earlier: [] },
  ]);
  // Both would be written to one file.
  await plain(folder, 'photos/a.png', 8, 8);
  expect((await run()).status).toBe(2);
});

test('a process that is killed before it replaces an output leaves none that counts as new', async () => {
  const folder = await photos('a.png');
  const line = 'photos -o out --factor 2 --shard 1/1';
  await image(folder, line);
  const size = statSync(join(folder, 'out/a.png')).size;
  // Another color in a larger file: its output will have the size of the one that is there.
  await plain(folder, 'photos/a.png', 8, 8, [50, 100, 200]);
  appendFileSync(join(folder, 'photos/a.png'), 'more');
  expect((await image(folder, line, killAt(folder, 'out/a.png'))).status).toBe(128 + 9);
  expect(await outputs(folder)).toEqual([]);
  expect((await image(folder, line)).status).toBe(0);
  const [{ outputs: [output] = [] } = {}] = ledger(folder, '00001') as { outputs?: { bytes: number; sha256: string }[] }[];
  expect(output?.bytes).toBe(size);
  expect(output?.sha256).toBe(hash('sha256', readFileSync(join(folder, 'out/a.png')), 'hex'));
});

test('of several processes that were killed, the last one counts', async () => {
  const folder = await photos('b.png');
  const line = 'photos -o out --factor 2 --jobs 1 --shard 1/1';
  const states = [
    async () => writeFileSync(join(folder, 'photos/a.png'), ''),
    () => plain(folder, 'photos/a.png', 8, 8),
    () => plain(folder, 'photos/a.png', 20, 20),
    () => plain(folder, 'photos/a.png', 8, 8),
  ];
  for (const state of states) {
    await state();
    expect((await image(folder, line, killAt(folder, 'out/b.png'))).status).toBe(128 + 9);
  }
  expect((await image(folder, line)).status).toBe(0);
  for (const { key, outputs: [output] = [] } of ledger(folder, '00001') as { key: string; outputs?: { sha256: string }[] }[]) {
    expect(output?.sha256).toBe(hash('sha256', readFileSync(join(folder, 'out', key)), 'hex'));
  }
});

test('an output of another name leaves the one of before, which the input may have again', async () => {
  const folder = await photos('a.png');
  const run = () => image(folder, 'photos -o out/{name}-{width}.{ext} --factor 2 --shard 1/1');
  for (const width of [8, 20, 8, 40]) {
    await plain(folder, 'photos/a.png', width, width);
    expect((await run()).status).toBe(0);
  }
  expect(await outputs(folder)).toEqual(['a-10.png', 'a-20.png', 'a-4.png']);
  // A file that somebody else has written is not ours.
  writeFileSync(join(folder, 'out/a-4.png'), 'mine');
  await plain(folder, 'photos/a.png', 8, 8);
  const { status, problems } = await run();
  expect([status, problems]).toEqual([1, [expect.stringContaining('out/a-4.png already exists; use --force to replace it')]]);
  expect(readFileSync(join(folder, 'out/a-4.png'), 'utf8')).toBe('mine');
});

test('an input that takes the name of a line that is written in the same run leaves that line alone', async () => {
  const folder = await photos('p/x.png');
  const run = (more = '') => image(folder, `photos -o out/{name}-{width}.png --factor 2 --jobs 1 --shard 1/1${more}`);
  await run();
  writeFileSync(join(folder, 'photos/p/x.png'), '');
  expect((await run()).status).toBe(1);
  await plain(folder, 'photos/p/x.png', 40, 40);
  await plain(folder, 'photos/q/x.png', 8, 8);
  expect([(await run()).status, ledger(folder, '00001').map(({ status }) => status)]).toEqual([0, ['done', 'done']]);
  expect(await outputs(folder)).toEqual(['x-20.png', 'x-4.png']);
});

test("an output that cannot be written fails the input, and all of its files stay the job's", async () => {
  const folder = await photos('a.png');
  mkdirSync(join(folder, 'out/webp'), { recursive: true });
  mkdirSync(join(folder, 'out/webp/a.webp'));
  const run = (more = '') => image(folder, `photos -o out/{ext}/{name}.{ext} --factor 2 --format png,webp --shard 1/1${more}`);
  expect((await run()).status).toBe(1);
  rmSync(join(folder, 'out/webp'), { recursive: true });
  expect((await run(' --retry-failed')).status).toBe(0);
  rmSync(join(folder, 'out/webp/a.webp'));
  mkdirSync(join(folder, 'out/webp/a.webp'));
  await plain(folder, 'photos/a.png', 20, 20);
  const { status, problems } = await run();
  expect([status, problems]).toEqual([1, [expect.stringContaining('out/webp/a.webp')]]);
  expect(await outputs(folder)).toEqual(['png/a.png']);
});

test('a folder of inputs that cannot be read makes a job incomplete until it can', async () => {
  const folder = await photos('a.png');
  await plain(folder, 'more/b.png', 8, 8);
  const run = () => image(folder, 'photos more -o out --factor 2 --shard 1/1');
  await run();
  renameSync(join(folder, 'more'), join(folder, 'elsewhere'));
  expect((await run()).status).toBe(65);
  expect((await runCli(folder, ['status', 'out'])).status).toBe(1);
  renameSync(join(folder, 'elsewhere'), join(folder, 'more'));
  expect((await run()).status).toBe(0);
  expect((await runCli(folder, ['status', 'out'])).status).toBe(0);
  expect(existsSync(join(folder, 'out/00001.failed.json'))).toBe(false);
});

test('a shard with new, replaced or lost files is not done, for dry runs too', async () => {
  const folder = await photos('a.png', 'b.png');
  const line = 'photos -o out --factor 2 --shard 1/1';
  const plan = async () => (await image(folder, `${line} --dry-run`)).stdout.toString().split(',')[0];
  const changes = [
    () => plain(folder, 'photos/c.png', 8, 8),
    () => plain(folder, 'photos/a.png', 20, 12),
    async () => rmSync(join(folder, 'photos/b.png')),
    async () => rmSync(join(folder, 'out/a.png')),
  ];
  for (const change of changes) {
    await image(folder, line);
    expect(await plan()).toBe('00001: done');
    await change();
    expect(await plan()).toBe('00001: to do');
  }
});
