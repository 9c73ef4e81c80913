import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { runCli, temporaryFolder } from '../../testing/run-cli.ts';

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
  expect(stdout.toString()).toMatch(/What is missing:\n(.*\n)* {2}ffmpeg: install ffmpeg with the package manager of the system/);
});
