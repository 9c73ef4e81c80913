// Networks train on the wasm backend as they do on the cpu backend.
import './wasm-training.ts';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { openWasm } from './testing/wasm.ts';

const seeded = (seed: number) => tfl.initializers.heNormal({ seed });

test('a network of 2-D, depthwise and separable convolutions', async () => {
  await expectSameLosses([8, 12, 12, 3], () => [
    tfl.layers.conv2d({
      inputShape: [12, 12, 3],
      filters: 8,
      kernelSize: 3,
      padding: 'same',
      activation: 'relu',
      kernelInitializer: seeded(1),
    }),
    tfl.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same', activation: 'relu', depthwiseInitializer: seeded(2) }),
    tfl.layers.conv2d({ filters: 16, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu', kernelInitializer: seeded(3) }),
    tfl.layers.separableConv2d({
      filters: 12,
      kernelSize: 3,
      strides: 2,
      activation: 'relu',
      depthwiseInitializer: seeded(4),
      pointwiseInitializer: seeded(5),
    }),
    tfl.layers.flatten(),
  ]);
});

test('a network of 1-D convolutions', async () => {
  await expectSameLosses([8, 64, 2], () => [
    tfl.layers.conv1d({ inputShape: [64, 2], filters: 8, kernelSize: 5, strides: 2, activation: 'relu', kernelInitializer: seeded(1) }),
    tfl.layers.conv1d({ filters: 16, kernelSize: 3, padding: 'same', activation: 'relu', kernelInitializer: seeded(2) }),
    tfl.layers.flatten(),
  ]);
});

test('a network of 3-D convolutions', async () => {
  await expectSameLosses([4, 6, 10, 10, 3], () => [
    tfl.layers.conv3d({
      inputShape: [6, 10, 10, 3],
      filters: 8,
      kernelSize: 3,
      padding: 'same',
      activation: 'relu',
      kernelInitializer: seeded(1),
    }),
    tfl.layers.conv3d({ filters: 16, kernelSize: [2, 3, 3], strides: 2, activation: 'relu', kernelInitializer: seeded(2) }),
    tfl.layers.flatten(),
  ]);
});

test('a transposed convolution, whose forward pass is dL/dx of a convolution', async () => {
  await expectSameLosses([4, 8, 8, 4], () => [
    tfl.layers.conv2dTranspose({
      inputShape: [8, 8, 4],
      filters: 16,
      kernelSize: 3,
      strides: 2,
      padding: 'same',
      activation: 'relu',
      kernelInitializer: seeded(1),
    }),
    tfl.layers.flatten(),
  ]);
});

/**
 * Relative. Each step starts from the rounding errors of the one before, which are float32's 6e-8
 * at first.
 */
const TOLERANCE = 1e-5;

async function expectSameLosses(shape: number[], layers: () => tfl.layers.Layer[]): Promise<void> {
  await openWasm();
  const before = tf.memory();
  const ours = await train(shape, layers());
  const { numTensors, numDataBuffers } = tf.memory();
  expect({ numTensors, numDataBuffers }).toEqual({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
  await tf.setBackend('cpu');
  const expected = await train(shape, layers());
  expect(expected.at(-1)).toBeLessThan(0.95 * (expected[0] as number));
  for (const [epoch, loss] of expected.entries()) expect(Math.abs((ours[epoch] as number) / loss - 1)).toBeLessThan(TOLERANCE);
}

/** The loss after each epoch on random examples of three classes. */
async function train(shape: number[], layers: tfl.layers.Layer[]): Promise<number[]> {
  const model = tfl.sequential({
    layers: [...layers, tfl.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: seeded(9) })],
  });
  const optimizer = tf.train.sgd(0.1);
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const x = tf.randomNormal(shape, 0, 1, 'float32', 7);
  const labels = tf.tidy(() =>
    tf.oneHot(
      tf.tensor1d(
        Array.from({ length: shape[0] as number }, (_, i) => i % 3),
        'int32',
      ),
      3,
    ),
  );
  const { history } = await model.fit(x, labels, { epochs: 6, batchSize: 4, shuffle: false, verbose: 0 });
  tf.dispose([x, labels]);
  model.dispose();
  optimizer.dispose();
  return history.loss as number[];
}
