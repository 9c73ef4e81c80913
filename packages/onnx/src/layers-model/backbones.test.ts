/**
 * ONNX Runtime and TensorFlow.js give the same outputs for the networks of `@softpool/models`,
 * small and with statistics as after training.
 */
import '@tensorflow/tfjs-backend-wasm';
import { type BackboneName, type BackboneOptions, createBackbone } from '@softpool/models';
import { testFirst } from '@softpool/testing/test-first';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { difference, TOLERANCE, transposesIn } from '../testing/layers-model.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const NETWORKS: readonly (readonly [BackboneName, BackboneOptions])[] = [
  ['resnet20', {}],
  ['resnet20', { positions: 'all', weights: 'shared', beta: 2 }],
  ['small2d', { positions: 'all' }],
  ['small3d', {}],
  ['resnet18', { inputShape: [33, 40, 3], classes: 10 }],
  ['densenet121', { inputShape: [32, 32, 3], classes: 10, positions: 'all' }],
  ['googlenet', { inputShape: [75, 75, 3], classes: 10, auxiliary: true, positions: 'all' }],
  ['inception_v3', { inputShape: [75, 75, 3], classes: 10 }],
  ['r3d_18', { inputShape: [2, 16, 16, 3], classes: 10 }],
];

testFirst(3, NETWORKS)('%s, %o', async (name, options) => {
  const model = withAverages(createBackbone(name, options));
  expect(await difference(model, { layout: 'channelsFirst' }, [1])).toBeLessThan(TOLERANCE);
  model.dispose();
});

describe('a network needs', () => {
  test('one transpose for images, at its input, and none if that has channels first', async () => {
    const model = createBackbone('resnet20', { positions: 'all' });
    expect(await transposesIn(model)).toEqual(['input → input/transposed_0312']);
    expect(await transposesIn(model, { layout: 'channelsFirst' })).toEqual([]);
  });

  test('no other for clips, whose global average is over a sequence', async () => {
    const model = createBackbone('small3d', { inputShape: [4, 8, 8, 3], pool: 'max' });
    expect(await transposesIn(model, { layout: 'channelsFirst' })).toEqual([]);
  });

  test('no other for auxiliary heads with features in PyTorch’s order', async () => {
    const model = createBackbone('googlenet', { inputShape: [32, 32, 3], auxiliary: true, initialization: 'zeros' });
    expect(await transposesIn(model, { layout: 'channelsFirst' })).toEqual([]);
  });
});

/** Random moving averages, as after training. */
function withAverages(model: ReturnType<typeof createBackbone>): ReturnType<typeof createBackbone> {
  model.weights.forEach((weight, index) => {
    const { originalName: name, shape } = weight;
    const sizes = shape.map(Number);
    if (name.endsWith('moving_mean')) weight.write(tf.randomNormal(sizes, 0, 0.3, 'float32', index));
    if (name.endsWith('moving_variance')) weight.write(tf.randomUniform(sizes, 0.5, 2, 'float32', index));
  });
  return model;
}
