import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { look, noise, plain, save } from '@softpool/testing/pictures';
import { expect, test } from 'vitest';
import { COMMAND, filesBelow, runCli, runImage, temporaryFolder } from '../../testing/run-cli.ts';

test.each(['', '--force'])('a pipe is written to, not replaced by a file %s', async (force) => {
  const folder = await temporaryFolder();
  await plain(folder, 'a.png', 8, 8);
  const pipe = join(folder, 'pipe.png');
  execFileSync('mkfifo', [pipe]);
  const [read, { status, problems }] = await Promise.all([readFile(pipe), runImage(folder, `a.png -o pipe.png --factor 2 ${force}`)]);
  expect([status, problems]).toEqual([0, []]);
  expect(await look(read)).toMatchObject({ format: 'png', width: 4, height: 4 });
  expect((await lstat(pipe)).isFIFO()).toBe(true);
  expect(await filesBelow(folder)).toEqual(['a.png', 'pipe.png']);
});

test('an image is read from a named pipe', async () => {
  const folder = await temporaryFolder();
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const png = await noise(8, 8).png().toBuffer();
  const [, { status }] = await Promise.all([writeFile(pipe, png), runImage(folder, 'pipe -o out.png --factor 2')]);
  expect(status).toBe(0);
  expect(await look(join(folder, 'out.png'))).toMatchObject({ width: 4, height: 4 });
});

test('an input that is removed while it is read is done', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'a.png', 8, 8);
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  // The pipe has a reader once the shell has opened it.
  const writing = spawn('sh', ['-c', 'exec 3> pipe; rm pipe; cat a.png >&3'], { cwd: folder });
  const [, { status, problems }] = await Promise.all([once(writing, 'exit'), runImage(folder, 'pipe -o out.png --factor 2')]);
  expect([status, problems]).toEqual([0, []]);
  expect(await filesBelow(folder)).toEqual(['a.png', 'out.png']);
});

test('pipes and links to folders inside a folder are skipped, whatever their names', async () => {
  const folder = await temporaryFolder();
  for (const name of ['in/a.png', 'elsewhere/b.png']) await plain(folder, name);
  execFileSync('mkfifo', [join(folder, 'in/pipe.png')]);
  await symlink('../elsewhere', join(folder, 'in/link.png'));
  const { status, problems } = await runImage(folder, 'in -o out --factor 2');
  expect([status, problems]).toEqual([0, []]);
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.png']);
});

test('a full device is reported', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'a.png');
  // Through a link, so that a bug would only replace the link.
  await symlink('/dev/full', join(folder, 'full.png'));
  const { status, stderr } = await runImage(folder, 'a.png -o full.png --factor 2 --force');
  expect([status, stderr]).toEqual([1, 'softpool: a.png: cannot write full.png: no space left\n']);
  expect((await lstat(join(folder, 'full.png'))).isSymbolicLink()).toBe(true);
});

test('standard output that cannot be written is reported', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'a.png');
  for (const args of ['a.png -o - --factor 2', 'a.png -o out.png --factor 2 --json', '--help']) {
    const { status, stderr } = spawnSync('bash', ['-c', `"$0" "$1" image ${args} > /dev/full`, ...COMMAND], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([1, 'softpool: cannot write to standard output: no space left\n']);
  }
});

test('of several formats, those are reported that were written before one failed', async () => {
  const folder = await temporaryFolder();
  await plain(folder, 'a.png');
  await symlink('/dev/full', join(folder, 'out.webp'));
  const words = ['image', 'a.png', '-o', 'out.{ext}', '--factor', '2', '--format', 'png,webp,jpeg', '--force'];
  const { status, stderr } = await runCli(folder, words);
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/^a\.png 4×4 → out\.png 2×2 \(\d+ ms\)\nsoftpool: a\.png: cannot write out\.webp: no space left\n/),
  ]);
  const { files, failures } = JSON.parse((await runCli(folder, [...words, '--json'])).stdout.toString());
  expect(files).toMatchObject([{ input: 'a.png', output: 'out.png', outputBytes: (await stat(join(folder, 'out.png'))).size }]);
  expect(failures).toHaveLength(1);
  expect(await filesBelow(folder)).toEqual(['a.png', 'out.png', 'out.webp']);
});

test('a write that fails leaves no partial file; the other files are written', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'in'));
  for (const name of ['a.png', 'c.png']) await plain(folder, `in/${name}`);
  await save(noise(200, 200), folder, 'in/b.png'); // 120 kB, of which 8 kB can be written
  const limited = `trap '' XFSZ; ulimit -f 8; exec "$0" "$1" image in -o out --factor 1`;
  const { status, stderr } = spawnSync('bash', ['-c', limited, ...COMMAND], { cwd: folder, encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('softpool: in/b.png: cannot write out/b.png: the file is too large for its file system\n');
  expect(await filesBelow(join(folder, 'out'))).toEqual(['a.png', 'c.png']);
});
