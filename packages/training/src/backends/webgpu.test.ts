/** Training on webgpu in Node, possibly on a software GPU, learns what wasm learns. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, tinyModel, tinyTraining } from '@softpool/testing/tiny';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { train } from '../train/train.ts';
import { openBackend } from './open-backend.ts';

test('training on webgpu gives the losses of wasm, and config.json names the backend', async () => {
  const wasm = await trained('wasm');
  const webgpu = await trained('webgpu');
  expect(webgpu.description).toMatch(/^webgpu \(.+\)$/);
  expect(webgpu.backend).toBe('webgpu');
  expect(webgpu.losses).toHaveLength(wasm.losses.length);
  for (const [epoch, loss] of webgpu.losses.entries()) expect(loss).toBeCloseTo(wasm.losses[epoch] as number, 3);
  expect(webgpu.losses.at(-1)).toBeLessThan(webgpu.losses[0] as number);
});

async function trained(name: 'wasm' | 'webgpu') {
  const description = await openBackend(name);
  const out = await temporaryFolder();
  const before = tf.memory().numTensors;
  const model = tinyModel();
  const { history } = await train({ ...tinyTraining(), epochs: 2, curves: false, model, output: out });
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
  const { settings } = JSON.parse(await readFile(join(out, 'config.json'), 'utf8'));
  return { description, backend: settings.backend, losses: history.map(({ training }) => training.loss) };
}
