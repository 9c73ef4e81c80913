// What `softpool status` says of jobs on files.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plain } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { image, photos } from '../../testing/file-shards.ts';
import { runCli, temporaryFolder } from '../../testing/run-cli.ts';

test('status of a folder without a job says so', async () => {
  const folder = await photos('a.png');
  const { status, problems } = await runCli(folder, ['status', 'photos']);
  expect([status, problems]).toEqual([2, ['softpool: photos has no job in shards: job.json is missing']]);
});

test('status shows 50 inputs that failed, and says how many more there are', async () => {
  const folder = await temporaryFolder();
  mkdirSync(join(folder, 'photos'));
  for (let i = 10; i < 70; i++) writeFileSync(join(folder, `photos/${i}.png`), 'no picture');
  await image(folder, 'photos -o out --factor 2 --shard 1/1');
  const { stdout } = await runCli(folder, ['status', 'out']);
  const lines = stdout.toString().split('\n');
  const start = lines.indexOf('failed:');
  expect(lines.slice(start + 1, start + 51)).toEqual(
    Array.from({ length: 50 }, (_, i) => expect.stringContaining(`00001: ${i + 10}.png: `)),
  );
  expect(lines.slice(start + 51)).toEqual(['  and 10 more; --json lists all', expect.stringMatching(/^complete: each of the 60 /), '']);
});

test('status says what is wrong with a ledger: missing, a folder, or another', async () => {
  const folder = await photos('a.png');
  await image(folder, 'photos -o out --factor 2 --shard 1/1');
  const path = join(folder, 'out/00001.ledger.jsonl');
  const text = readFileSync(path, 'utf8');
  const wrong = async (): Promise<string | undefined> => {
    const { status, stdout } = await runCli(folder, ['status', 'out']);
    expect(status).toBe(1);
    return /^wrong:\n((?: {2}.*\n)*)/m.exec(stdout.toString())?.[1];
  };
  rmSync(path);
  expect(await wrong()).toBe('  00001: the ledger cannot be read: no such file or folder\n');
  mkdirSync(path);
  expect(await wrong()).toBe('  out/00001.ledger.jsonl: is a folder, not a file\n');
  rmSync(path, { recursive: true });
  writeFileSync(path, text.replace('"seconds":', '"seconds":1'));
  expect(await wrong()).toBe('  00001: the ledger is not the one of the done file\n');
  writeFileSync(path, `${text}\n`);
  expect(await wrong()).toMatch(/^ {2}out\/00001\.ledger\.jsonl is damaged in line 2; .*\n$/);
});

test('status finds inputs in shards that saw different ones', { tags: 'long' }, async () => {
  const folder = await photos('a.png', 'b.png', 'c.png');
  await image(folder, 'photos -o out --factor 2 --shard 1/2');
  await plain(folder, 'photos/d.png', 8, 8);
  await image(folder, 'photos -o out --factor 2 --shard 2/2');
  const { status, stdout } = await runCli(folder, ['status', 'out', '--json']);
  expect(status).toBe(1);
  expect(JSON.parse(stdout.toString())).toMatchObject({
    isComplete: false,
    problems: ['00002 saw 4 inputs, and 00001 saw 3, or others; run both again'],
  });
  await image(folder, 'photos -o out --factor 2 --shard 1/2');
  expect((await runCli(folder, ['status', 'out'])).status).toBe(0);
});
