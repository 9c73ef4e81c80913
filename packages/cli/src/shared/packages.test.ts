// What commands say if one of the packages that they need is not installed.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withoutPackage } from '../testing/hide-package.ts';
import { runCli, temporaryFolder } from '../testing/run-cli.ts';

const TENSORFLOW = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', '@tensorflow/tfjs-backend-wasm'];

test.each([
  ['@softpool/models', 'train --model small2d --data textured-shapes --output new', 'softpool train', ['@softpool/models']],
  ['@tensorflow/', 'train --model small2d --data textured-shapes --output new', 'softpool train', TENSORFLOW],
  ['@tensorflow/tfjs-backend-cpu', 'train --backend cpu --output new', 'softpool train', ['@tensorflow/tfjs-backend-cpu']],
  ['@softpool/models', 'eval --weights run', 'softpool eval', ['@softpool/models']],
  ['@tensorflow/tfjs-layers', 'eval --weights run', 'softpool eval', ['@tensorflow/tfjs-layers']],
  ['@softpool/training', 'experiment latency', 'softpool experiment latency', ['@softpool/training']],
  ['@softpool/models', 'experiment video --model small3d', 'softpool experiment video', ['@softpool/models']],
  ['@softpool/models', 'inspect run', 'softpool inspect', ['@softpool/models']],
  ['@softpool/tfjs', 'models', 'softpool models', ['@softpool/tfjs']],
])('without %s, softpool %s says what to install', async (hidden, line, command, packages) => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'run'));
  await writeFile(join(folder, 'run/config.json'), '{}');
  const { status, stdout, stderr } = await runCli(folder, line.split(' '), { env: await withoutPackage(folder, hidden) });
  const listed = packages.length === 1 ? packages[0] : `${packages.slice(0, -1).join(', ')}, and ${packages.at(-1)}`;
  expect([status, stdout.toString(), stderr]).toEqual([2, '', `softpool: ${command} needs ${listed}: npm install ${packages.join(' ')}\n`]);
});
