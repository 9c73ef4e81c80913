import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, expect, test } from 'vitest';
import { createBackbone } from '../backbones/create.ts';
import { batchNormalization } from '../backbones/layers/batch-normalization.ts';
import { freezeLayers } from './freeze.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('frozen modules are not trained, and an unknown one is an error', () => {
  const model = createBackbone('resnet20', { inputShape: [16, 16, 3], initialization: 'zeros' });
  freezeLayers(model, ['conv1', 'bn1', 'layer1', 'layer2', 'layer3']);
  expect(model.trainableWeights.map(({ originalName }) => originalName)).toEqual(['fc/kernel', 'fc/bias']);
  expect(() => freezeLayers(model, ['layer'])).toThrow("freezeLayers: modules must be names of modules in the model, received 'layer'");
});

test('an unknown name leaves all layers trainable', () => {
  const layers = [tfl.layers.dense({ name: 'conv1', units: 2, inputShape: [1] }), tfl.layers.dense({ name: 'fc', units: 1 })];
  const model = tfl.sequential({ layers });
  expect(() => freezeLayers(model, ['conv1', 'nope'])).toThrow("must be names of modules in the model, received 'nope'");
  expect(layers.map(({ trainable }) => trainable)).toEqual([true, true]);
  expect(() => freezeLayers(model, 'conv1' as never)).toThrow("freezeLayers: modules must be a list of names, received 'conv1'");
});

test('a frozen batch normalization uses its statistics in training, and keeps them', () => {
  const layer = batchNormalization({ name: 'bn', epsilon: 0, momentum: 0.9 });
  const model = tfl.sequential({ layers: [tfl.layers.inputLayer({ inputShape: [1] }), layer] });
  // γ, β, mean, variance
  layer.setWeights([[2], [1], [3], [4]].map((values) => tf.tensor1d(values)));
  freezeLayers(model, ['bn']);
  const outputs = model.apply(tf.tensor2d([[3], [5], [1]]), { training: true }) as tf.Tensor;
  expect(Array.from(outputs.dataSync())).toEqual([1, 3, -1]); // 2 (x − 3) / 2 + 1
  expect(layer.getWeights().map((weight) => weight.dataSync()[0])).toEqual([2, 1, 3, 4]);
});
