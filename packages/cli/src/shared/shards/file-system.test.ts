// Jobs on file systems that refuse: no permission, no space, another device.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plain } from '@softpool/testing/pictures';
import { expect, onTestFinished, test } from 'vitest';
import { writeArchive } from '../../testing/archives.ts';
import { image, ledger, photos } from '../../testing/file-shards.ts';
import { runCli } from '../../testing/run-cli.ts';

test('an output folder that cannot be written is a wrong argument', async () => {
  const folder = await photos('a.png');
  writeFileSync(join(folder, 'file'), '');
  const { status, problems } = await image(folder, 'photos -o file/out --factor 2 --shard 1/1');
  expect([status, problems]).toEqual([
    2,
    [expect.stringMatching(/^softpool: cannot write file\/out.*: a part of the path is a file, not a folder$/)],
  ]);
});

test('an output folder that only others may write is not a wrong argument, and not tried again', async () => {
  const folder = await photos('a.png');
  mkdirSync(join(folder, 'out'), { mode: 0o555 });
  const run = () => image(folder, 'photos -o out --factor 2 --shard 1/1', { unprivileged: true });
  const first = await run();
  expect([first.status, first.stderr]).toEqual([65, 'softpool: cannot write out/job.json: permission denied\n']);
  chmodSync(join(folder, 'out'), 0o755);
  await image(folder, 'photos -o out --factor 2 --shard 1/1');
  rmSync(join(folder, 'out/00001.done.json'));
  chmodSync(join(folder, 'out'), 0o555);
  const second = await run();
  expect([second.status, second.stderr]).toEqual([65, 'softpool: 00001: cannot write out: permission denied\n']);
  chmodSync(join(folder, 'out'), 0o755);
});

/** The environment in which some functions of node:fs are replaced. */
function withFileSystem(folder: string, replace: string): Readonly<Record<string, string>> {
  const code = `import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const full = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    ${replace}
    syncBuiltinESMExports();`;
  writeFileSync(join(folder, 'fs.mjs'), code);
  return { NODE_OPTIONS: `--import=${join(folder, 'fs.mjs')}` };
}

test('outputs that cannot be looked up do not count as missing', async () => {
  const folder = await photos('x/a.png');
  const run = () => image(folder, 'photos -o out --factor 2 --shard 1/1', { unprivileged: true });
  expect((await image(folder, 'photos -o out --factor 2 --shard 1/1')).status).toBe(0);
  chmodSync(join(folder, 'out'), 0o777);
  chmodSync(join(folder, 'out/x'), 0o600);
  const { status, stderr } = await run();
  expect([status, stderr]).toEqual([65, 'softpool: 00001: out/x/a.png: permission denied\n']);
  const found = await runCli(folder, ['status', 'out'], { unprivileged: true });
  expect([found.status, found.stdout.toString()]).toEqual([
    1,
    expect.stringContaining('wrong:\n  00001: out/x/a.png: permission denied\n'),
  ]);
  chmodSync(join(folder, 'out/x'), 0o755);
  expect((await run()).status).toBe(0);
  expect(ledger(folder, '00001')).toMatchObject([{ key: 'x/a.png', status: 'done' }]);
});

test('an output that must not be replaced fails its input, in words', async () => {
  const folder = await photos('x/a.png');
  const run = () => image(folder, 'photos -o out --factor 2 --shard 1/1', { unprivileged: true });
  expect((await image(folder, 'photos -o out --factor 2 --shard 1/1')).status).toBe(0);
  await plain(folder, 'photos/x/a.png', 16, 16);
  chmodSync(join(folder, 'out'), 0o777);
  chmodSync(join(folder, 'out/x'), 0o555);
  const { status, problems } = await run();
  expect([status, problems[0]]).toEqual([1, 'softpool: 00001: x/a.png: cannot write out/x/a.png: permission denied']);
});

test('a folder of outputs on another file system is named as that', async () => {
  const folder = await photos('x/a.png');
  const elsewhere = mkdtempSync('/dev/shm/softpool-outputs-');
  onTestFinished(() => rmSync(elsewhere, { recursive: true }));
  mkdirSync(join(folder, 'out'));
  symlinkSync(elsewhere, join(folder, 'out/x'));
  const { status, problems } = await image(folder, 'photos -o out --factor 2 --shard 1/1');
  const why = 'its folder is on another file system than the output folder';
  expect([status, problems[0]]).toEqual([1, `softpool: 00001: x/a.png: cannot write out/x/a.png: ${why}`]);
  expect(readdirSync(elsewhere)).toEqual([]);
});

test('a line of the journal that a full disk cut off does not damage the next one', async () => {
  const folder = await photos('a.png', 'b.png', 'c.png', 'd.png');
  const line = 'photos -o out --factor 2 --shard 1/1';
  const env = withFileSystem(
    folder,
    `const { writeSync } = fs;
    let isCut = false;
    fs.writeSync = (file, bytes, ...rest) => {
      if (isCut || !String(bytes).startsWith('{"key"')) return writeSync(file, bytes, ...rest);
      isCut = true;
      writeSync(file, bytes.subarray(0, 20));
      throw full();
    };`,
  );
  // The second input ends when the line of the first is cut off.
  const full = await image(folder, `${line} --jobs 2`, { env });
  expect([full.status, full.stderr]).toEqual([75, 'softpool: 00001: no space left\n']);
  const [journal = ''] = readdirSync(join(folder, 'out')).filter((name) => name.includes('.journal-'));
  expect(readFileSync(join(folder, 'out', journal), 'utf8')).toMatch(/^\{"key":"[a-d]\.png","status":"done".*\}\n$/);
  expect((await image(folder, line)).stderr).toMatch(/^00001: 4 done/);
});

test('the output folder is listed once for the state of all shards, not once for each', async () => {
  const folder = await photos('a.png', 'b.png', 'c.png');
  for (let shard = 1; shard <= 4; shard++) await image(folder, `photos -o out --factor 2 --shard ${shard}/4`);
  writeArchive(join(folder, 'in-0.tar'), [['a.txt', 'no picture']]);
  await image(folder, '{in-0,in-1,in-2,in-3}.tar -o archives --factor 2');
  const env = withFileSystem(
    folder,
    `const { readdirSync } = fs;
    fs.readdirSync = (path, ...rest) => {
      console.error('listed ' + path);
      return readdirSync(path, ...rest);
    };`,
  );
  const runs: [string[], string][] = [
    [['status', 'out'], 'out'],
    [['status', 'archives'], 'archives'],
    [['image', '{in-0,in-1,in-2,in-3}.tar', '-o', 'archives', '--factor', '2', '--dry-run'], 'archives'],
  ];
  for (const [words, listed] of runs) expect((await runCli(folder, words, { env })).stderr).toBe(`listed ${listed}\n`);
});

test('a job that a full disk has no space for, or that is being written, is tried again', async () => {
  const folder = await photos('a.png');
  const line = 'photos -o out --factor 2 --shard 1/2';
  const full = await image(folder, line, { env: withFileSystem(folder, 'fs.writeFileSync = () => { throw full(); };') });
  expect([full.status, full.stderr]).toEqual([75, 'softpool: cannot write out/job.json: no space left\n']);
  writeFileSync(join(folder, 'out/job.json'), '');
  for (const run of [image(folder, line), runCli(folder, ['status', 'out'])]) {
    const { status, stderr } = await run;
    expect([status, stderr]).toEqual([75, 'softpool: out/job.json is being written\n']);
  }
  rmSync(join(folder, 'out/job.json'));
  expect((await image(folder, line)).status).toBe(0);
});
