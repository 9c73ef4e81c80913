// The files of a run's folder.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readWeights } from '@softpool/models/node';
import { temporaryFolder, tinyModel, tinyTraining } from '@softpool/testing/tiny';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { openBackend } from '../backends/open-backend.ts';
import { train } from '../train/train.ts';
import { openRunFolder, RunFolderError, readConfig } from './run-folder.ts';

test('training improves the network and fills the run folder', async () => {
  const out = join(await temporaryFolder(), 'runs/one');
  await openBackend('wasm');
  const model = tinyModel();
  const before = tf.memory().numTensors;
  const { status, epochs, steps, best, history } = await train({
    ...tinyTraining(),
    model,
    output: out,
    epochs: 6,
    settings: { model: 'tiny' },
  });
  expect(tf.memory().numTensors).toBe(before);
  // 40 samples in batches of 16, 16, 8.
  expect({ status, epochs, steps }).toEqual({ status: 'finished', epochs: 6, steps: 18 });
  expect(history).toHaveLength(6);
  expect(best?.top1).toBeGreaterThan(0.8);
  expect(history[5]?.training.loss).toBeLessThan(0.7 * (history[0]?.training.loss as number));
  expect((await readdir(out)).sort()).toEqual(
    ['accuracy.png', 'accuracy.svg', 'best.safetensors', 'checkpoint.safetensors', 'config.json', 'epochs.csv'].concat([
      'final.safetensors',
      'loss.png',
      'loss.svg',
      'record.jsonl',
    ]),
  );
  const config = JSON.parse(await readFile(join(out, 'config.json'), 'utf8'));
  expect(config).toMatchObject({
    format: 'softpool-run',
    settings: {
      model: 'tiny',
      seed: 5,
      learningRate: 0.05,
      momentum: 0.9,
      weightDecay: 1e-4,
      backend: 'wasm',
      weightValues: 54 + 24 + 165,
    },
    versions: { '@tensorflow/tfjs-core': '4.22.0', node: process.versions.node },
    machine: { cores: expect.any(Number) },
  });
  const lines = (await readFile(join(out, 'record.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.filter(({ type }) => type === 'step').map(({ samples }) => samples)).toEqual(Array(6).fill([16, 16, 8]).flat());
  const [first, second, third, epoch] = lines as { loss: number; top1: number; training: { loss: number; top1: number } }[];
  expect(epoch?.training.loss).toBeCloseTo((16 * first!.loss + 16 * second!.loss + 8 * third!.loss) / 40, 12);
  expect(epoch?.training.top1).toBeCloseTo((16 * first!.top1 + 16 * second!.top1 + 8 * third!.top1) / 40, 12);
  expect(lines[0]).toMatchObject({ type: 'step', epoch: 1, step: 1, learningRate: 0.05 });
  const names = ['conv1.weight', 'bn1.weight', 'bn1.bias', 'fc.weight', 'fc.bias', 'bn1.running_mean', 'bn1.running_var'];
  expect([...(await readWeights(join(out, 'final.safetensors'))).tensors.keys()].sort()).toEqual(names.sort());
  expect((await readFile(join(out, 'loss.png'))).subarray(1, 4).toString()).toBe('PNG');
  expect(await readFile(join(out, 'accuracy.svg'), 'utf8')).toContain('validation');
});

test.each([
  ['config.json', '{"model_type": "resnet"}', 'config.json is not the configuration of a run'],
  ['final.safetensors', 'weights', 'has no run: config.json is missing'],
])('files of others are not replaced, even by force: %s', async (name, content, reason) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, name), content);
  for (const force of [false, true]) {
    const message = `${folder} is not the folder of a run, but has ${name}: `;
    const opening = () => openRunFolder(folder, { settings: {}, adjustable: {} }, { resume: false, force, onWarning: () => {} });
    expect(opening).toThrow(RunFolderError);
    expect(opening).toThrow(message);
    expect(opening).toThrow(`${reason}; choose another folder`);
  }
  expect(await readdir(folder)).toEqual([name]);
  expect(await readFile(join(folder, name), 'utf8')).toBe(content);
});

test('by force, a run is replaced with all its files', async () => {
  const folder = await temporaryFolder();
  const options = { resume: false, onWarning: () => {} };
  openRunFolder(folder, { settings: { model: 'a' }, adjustable: {} }, { ...options, force: false }).release();
  await writeFile(join(folder, 'final.safetensors'), 'weights');
  await writeFile(join(folder, 'notes.txt'), 'mine');
  openRunFolder(folder, { settings: { model: 'b' }, adjustable: {} }, { ...options, force: true }).release();
  expect((await readdir(folder)).sort()).toEqual(['config.json', 'notes.txt']);
  expect(readConfig(folder).settings).toEqual({ model: 'b' });
});
