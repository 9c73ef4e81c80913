import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli, temporaryFolder } from './testing/run-cli.ts';

/** The files of packages that a run of the command loads, by V8's coverage. */
async function loaded(...args: string[]): Promise<string[]> {
  const folder = await temporaryFolder();
  const { status, stderr } = await runCli(folder, args, { env: { NODE_V8_COVERAGE: join(folder, 'coverage') } });
  expect([status, stderr]).toEqual([0, '']);
  const reports = await readdir(join(folder, 'coverage'));
  const texts = await Promise.all(reports.map((name) => readFile(join(folder, 'coverage', name), 'utf8')));
  const scripts = texts.flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result);
  return scripts.map(({ url }) => url).filter((url) => url.startsWith('file:'));
}

/** Packages that take long to load, and what only a running command needs. */
const SLOW = /node_modules\/(sharp|@tensorflow|onnxruntime|tinyglobby|cli-table3|onnx-buf|@bufbuild)|\/cli\/dist\/.*\/(run|process)\.js$/;

test.each([['--version'], ['--help'], ['image', '--help'], ['swap', '--help'], ['train', '--help']])(
  'softpool %s %s loads what it prints, and nothing that runs',
  async (...args) => {
    const files = await loaded(...args);
    expect(files.filter((url) => SLOW.test(url))).toEqual([]);
    expect(files.some((url) => url.endsWith('cli/dist/main.js'))).toBe(true);
  },
);

test('--version loads no command', async () => {
  expect((await loaded('--version')).filter((url) => url.includes('/dist/commands/'))).toEqual([]);
});

test.each([['--version'], ['--help'], ['image', '--help'], ['video', '--help'], ['swap', '--help'], ['train', '--help']])(
  'softpool %s %s loads nothing that pools',
  async (...args) => {
    const files = await loaded(...args);
    expect(files.filter((url) => /\/(?:softpool|media)\/dist\/.*(?:kernels|pool-image|pool-video)\.js/.test(url))).toEqual([]);
  },
);

test('softpool image loads no other command, no video, no table and no measure', async () => {
  const files = await loaded(
    'image',
    new URL('../../../examples/photographs/chelsea.png', import.meta.url).pathname,
    '-o',
    'x.png',
    ...['--factor', '2', '--quiet'],
  );
  expect(files.filter((url) => /dist\/commands\/(?!image)|media\/dist\/node\/video|@tensorflow|onnx|cli-table3|ssim/.test(url))).toEqual(
    [],
  );
  expect(files.some((url) => url.includes('node_modules/sharp'))).toBe(true);
});
