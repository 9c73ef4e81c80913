import { chmod, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli, temporaryFolder } from '../../testing/run-cli.ts';
import { findNode } from './checks.ts';
import { isAtLeast } from './versions.ts';

test('doctor shows versions and what the machine can do', async () => {
  const { status, stdout } = await runCli(await temporaryFolder(), ['doctor', '--json']);
  const { works, checks } = JSON.parse(stdout.toString());
  expect([status, works]).toEqual([0, true]);
  const found = Object.fromEntries(checks.map((check: { name: string; found: string }) => [check.name, check.found]));
  expect(found).toMatchObject({
    'Node.js': expect.stringContaining(process.version),
    SoftPool: 'works',
    threads: `${availableParallelism()} of ${availableParallelism()} processor cores`,
    softpool: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    'onnxruntime-node': expect.stringMatching(/^\d+\.\d+\.\d+$/),
  });
});

test('doctor says what to install for what is missing', async () => {
  const { status, stdout } = await runCli(await temporaryFolder(), ['doctor'], { env: { PATH: '/nowhere' } });
  expect(status).toBe(0);
  expect(stdout.toString()).toMatch(/│ – │ ffmpeg +│ not installed +│ video, train and eval on clips +│/);
  expect(stdout.toString()).toMatch(
    /What is missing:\n(.*\n)* {2}ffmpeg: install ffmpeg 5\.1 or later with the package manager of the system/,
  );
});

test('an old ffmpeg and an old Node are not enough', async () => {
  const folder = await temporaryFolder();
  for (const [name, version] of Object.entries({ ffmpeg: '4.4.2-0ubuntu0.22.04.1', ffprobe: '7.1.1' })) {
    await writeFile(join(folder, name), `#!/bin/sh\necho "${name} version ${version} Copyright (c) 2000-2025 the developers"\n`);
    await chmod(join(folder, name), 0o755);
  }
  const { stdout } = await runCli(folder, ['doctor', '--json'], { env: { PATH: folder } });
  const checks: { name: string }[] = JSON.parse(stdout.toString()).checks;
  expect(checks.find(({ name }) => name === 'ffmpeg')).toMatchObject({
    isOk: false,
    found: '4.4.2-0ubuntu0.22.04.1, too old',
    remedy: 'install ffmpeg 5.1 or later',
  });
  expect(checks.find(({ name }) => name === 'ffprobe')).toMatchObject({ isOk: true, found: '7.1.1' });

  const { engines } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'));
  const least = engines.node.replace('>=', '');
  expect(findNode('v20.18.3')).toMatchObject({ isOk: false, remedy: `install Node.js ${least} or later` });
  expect(findNode(`v${least}.0`).isOk).toBe(true);
});

test('doctor prints nothing of what drivers say', { tags: 'long' }, async () => {
  expect((await runCli(await temporaryFolder(), ['doctor'], {})).stderr).toBe('');
});

test.each([
  ['5.1', true],
  ['5.0.3', false],
  ['n6.0', true],
  ['4.4.2-0ubuntu0.22.04.1', false],
  ['10.0', true],
  ['N-109970-g5b11ee9429', true],
  ['2024-05-02-git-71669f2ad5-full_build-www.gyan.dev', true],
  ['', true],
])('version %s is at least 5.1: %s', (version, expected) => {
  expect(isAtLeast(version, '5.1')).toBe(expected);
});
