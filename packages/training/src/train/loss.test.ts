import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { openBackend } from '../backends/open-backend.ts';
import { crossEntropy } from './loss.ts';
import { learningRateOf } from './schedule.ts';

describe.each(['wasm', 'cpu'] as const)('cross-entropy on %s', (backend) => {
  test.each([
    // Logits ln 1, ln 2, ln 5: the softmax is 1/8, 2/8, 5/8.
    ['is −ln of the label’s softmax', [2], 0, -Math.log(5 / 8)],
    ['is the mean of a batch', [2, 0], 0, -(Math.log(5 / 8) + Math.log(1 / 8)) / 2],
    // ε = 0.3 of 3 classes: targets 0.8, 0.1, 0.1.
    ['is smoothed', [2], 0.3, -(0.8 * Math.log(5 / 8) + 0.1 * Math.log(2 / 8) + 0.1 * Math.log(1 / 8))],
  ])('%s', async (_, labels, smoothing, expected) => {
    await openBackend(backend);
    const logits = tf.tensor2d(
      labels.map(() => [0, Math.log(2), Math.log(5)]),
      [labels.length, 3],
    );
    const [loss] = crossEntropy(logits, tf.tensor1d(labels, 'int32'), smoothing).dataSync();
    expect(loss).toBeCloseTo(expected, 6);
  });

  test('has the gradient (softmax − target) / N', async () => {
    await openBackend(backend);
    const logits = tf.tensor2d([[0, Math.log(2), Math.log(5)]]);
    const gradient = tf.grad((x) => crossEntropy(x as tf.Tensor2D, tf.tensor1d([2], 'int32'), 0.3))(logits);
    expect(Array.from(gradient.dataSync())).toEqual([1 / 8 - 0.1, 2 / 8 - 0.1, 5 / 8 - 0.8].map((value) => expect.closeTo(value, 6)));
  });

  test('is finite for logits of any size', async () => {
    await openBackend(backend);
    const [loss] = crossEntropy(tf.tensor2d([[1e30, -1e30]]), tf.tensor1d([1], 'int32')).dataSync();
    expect(loss).toBe(Math.fround(2e30));
  });
});

describe('the learning rate', () => {
  const options = { learningRate: 0.1, stepSize: 30, gamma: 0.1, warmupEpochs: 0, epochs: 90 };
  const at = (schedule: 'step' | 'cosine' | 'constant', epochs: readonly number[], more = {}): number[] =>
    epochs.map((epoch) => Number(learningRateOf(epoch, { ...options, schedule, ...more }).toPrecision(6)));

  test('is divided by ten every 30 epochs', () =>
    expect(at('step', [0, 29, 30, 59, 60, 89])).toEqual([0.1, 0.1, 0.01, 0.01, 0.001, 0.001]));
  // cos 0 = 1, cos π/3 = 1/2, cos π/2 = 0, cos 2π/3 = −1/2
  test('is half a cosine', () => expect(at('cosine', [0, 30, 45, 60])).toEqual([0.1, 0.075, 0.05, 0.025]));
  test('is constant', () => expect(at('constant', [0, 89])).toEqual([0.1, 0.1]));
  test('grows linearly from 1 % before its schedule starts', () => {
    // PyTorch's LinearLR with start_factor 0.01: 0.01 + 0.99 epoch / 4 of the rate.
    const warmup = [0.001, 0.02575, 0.0505, 0.07525];
    expect(at('step', [0, 1, 2, 3, 4, 33, 34], { warmupEpochs: 4 })).toEqual([...warmup, 0.1, 0.1, 0.01]);
    expect(at('cosine', [0, 1, 2, 3, 4, 34, 49], { warmupEpochs: 4, epochs: 94 })).toEqual([...warmup, 0.1, 0.075, 0.05]);
  });
});
