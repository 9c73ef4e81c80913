// What the main entry has works in a page: a network is made, its weights go into a file and out of it, and data are made by a seed.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import {
  batches,
  createBackbone,
  encodeSafetensors,
  loadWeights,
  openWeights,
  saveWeights,
  type Transform,
  texturedShapes,
} from './index.ts';

beforeAll(() => tf.setBackend('cpu'));

test('weights that were saved as a file give another network the same logits', async () => {
  const options = { inputShape: [12, 12, 3], classes: 4 };
  const [first, second] = [createBackbone('resnet20', { ...options, seed: 1 }), createBackbone('resnet20', { ...options, seed: 2 })];
  const x = tf.randomNormal([2, 12, 12, 3], 0, 1, 'float32', 3);
  const logits = (model: typeof first) => Array.from((model.predict(x) as tf.Tensor).dataSync());
  expect(logits(second)).not.toEqual(logits(first));
  const file = new Blob([Uint8Array.from(encodeSafetensors(await saveWeights(first)))]);
  await loadWeights(second, (await openWeights(file)).tensors);
  expect(logits(second)).toEqual(logits(first));
});

test('batches of generated pictures have each sample once', async () => {
  const dataSet = texturedShapes({ samples: 10, size: 8 });
  const transform: Transform = { shape: [8, 8, 3], apply: async ({ data }) => Float32Array.from(data) };
  const indices: number[] = [];
  for await (const batch of batches(dataSet, transform, { batchSize: 4, seed: 1, epoch: 0 })) indices.push(...batch.indices);
  expect(indices.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
