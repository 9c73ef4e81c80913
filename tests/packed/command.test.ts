// @softpool/cli installed with only the packages that it depends on, as `npm install @softpool/cli`
//   does.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

/** The packages of this repository that it depends on, with their own dependencies. */
const NEEDED = ['@softpool/cli', '@softpool/media', '@softpool/onnx', '@softpool/surgery', 'softpool'];

const CORE = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'];

const project = mkdtempSync(join(tmpdir(), 'softpool-command-'));

beforeAll(() => {
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const tarballs = inject('tarballs').filter(({ name }) => NEEDED.includes(name));
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs.map(({ path }) => path)];
  execFileSync('npm', install, { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
  cpSync('examples/photographs/chelsea.png', join(project, 'chelsea.png'));
  writeFileSync(join(project, 'model.json'), JSON.stringify({ format: 'graph-model', modelTopology: { node: [] } }));
});

afterAll(() => rmSync(project, { recursive: true }));

test('it brings neither TensorFlow.js nor charts nor ONNX Runtime', () => {
  const list = execFileSync('npm', ['ls', '--all', '--parseable'], { cwd: project, encoding: 'utf8' });
  expect(list.split('\n').filter((path) => /tensorflow|vega|onnxruntime|training/.test(path))).toEqual([]);
});

test('softpool image works', () => {
  const { status, stderr } = softpool('image', 'chelsea.png', '-o', 'small.png', '--factor', '4');
  expect([status, stderr]).toEqual([0, expect.stringMatching(/^chelsea\.png 451×300 → small\.png 113×75/)]);
});

test.each([
  ['train --output run', ['@softpool/training', '@softpool/models', ...CORE, '@tensorflow/tfjs-backend-wasm']],
  ['eval --weights run', ['@softpool/training', '@softpool/models', ...CORE, '@tensorflow/tfjs-backend-wasm']],
  ['queue status', ['@softpool/queue']],
  ['experiment latency', ['@softpool/experiments', '@softpool/training', '@softpool/models', ...CORE, '@tensorflow/tfjs-backend-wasm']],
  ['models', ['@softpool/models', '@softpool/tfjs', ...CORE, '@tensorflow/tfjs-backend-cpu']],
  ['inspect model.json', ['@softpool/tfjs', ...CORE, '@tensorflow/tfjs-backend-cpu']],
  ['check model.json model.json', ['@softpool/tfjs', ...CORE, '@tensorflow/tfjs-backend-wasm']],
  ['image chelsea.png -o sheet.png --factor 4 --compare', ['dejavu-fonts-ttf']],
])('softpool %s says in one line what to install', (line, packages) => {
  const { status, stdout, stderr } = softpool(...line.split(' '));
  const command = /^(?:queue |experiment )?\w+/.exec(line)?.[0];
  const listed = packages.length === 1 ? packages[0] : `${packages.slice(0, -1).join(', ')}, and ${packages.at(-1)}`;
  expect([status, stdout, stderr]).toEqual([2, '', `softpool: softpool ${command} needs ${listed}: npm install ${packages.join(' ')}\n`]);
});

test('softpool --help lists all commands, and softpool doctor what is missing', () => {
  expect(softpool('--help').stdout).toMatch(/\n {2}train .*\n(.*\n)* {2}doctor /);
  const { status, stdout } = softpool('doctor', '--json');
  const { works, checks } = JSON.parse(stdout) as { works: boolean; checks: { name: string; isOk: boolean; remedy?: string }[] };
  expect([status, works]).toEqual([0, true]);
  expect(checks.find(({ name }) => name === '@softpool/training')).toMatchObject({ isOk: false, remedy: 'npm install @softpool/training' });
});

function softpool(...args: readonly string[]) {
  const command = join(project, 'node_modules/@softpool/cli/bin/softpool.js');
  return spawnSync(process.execPath, [command, ...args], { cwd: project, encoding: 'utf8', timeout: 600_000 });
}
