// The main entry works in a page: it creates a network, saves its weights and loads them.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { createBackbone, encodeSafetensors, loadWeights, openWeights, saveWeights } from './index.ts';

test('saved weights give another network the same logits', async () => {
  await tf.setBackend('cpu');
  const options = { inputShape: [12, 12, 3], classes: 4 };
  const [first, second] = [createBackbone('resnet20', { ...options, seed: 1 }), createBackbone('resnet20', { ...options, seed: 2 })];
  const x = tf.randomNormal([2, 12, 12, 3], 0, 1, 'float32', 3);
  const logits = (model: typeof first) => Array.from((model.predict(x) as tf.Tensor).dataSync());
  expect(logits(second)).not.toEqual(logits(first));
  const file = new Blob([Uint8Array.from(encodeSafetensors(await saveWeights(first)))]);
  await loadWeights(second, (await openWeights(file)).tensors);
  expect(logits(second)).toEqual(logits(first));
});
