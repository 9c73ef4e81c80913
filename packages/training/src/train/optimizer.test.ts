// Steps of the optimizer, worked out by hand.
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { openBackend } from '../backends/open-backend.ts';
import { createOptimizer, type OptimizerOptions } from './optimizer.ts';
import { trainStep } from './step.ts';

beforeAll(() => openBackend('cpu'));

/** y = w x + b for a single number. */
function line(weight: number, bias: number): tfl.LayersModel {
  const model = tfl.sequential({ layers: [tfl.layers.dense({ name: 'line', inputShape: [1], units: 1 })] });
  model.setWeights([tf.tensor2d([[weight]]), tf.tensor1d([bias])]);
  return model;
}

const valuesOf = (model: tfl.LayersModel): number[] => model.weights.map((weight) => weight.read().dataSync()[0] as number);

const PLAIN: OptimizerOptions = { optimizer: 'sgd', momentum: 0, weightDecay: 0, decayNormAndBias: true, clipGradNorm: 0 };

/** Weight and bias, at first 2 and 1, after each step with these gradients. */
function stepped(options: Partial<OptimizerOptions>, gradients: readonly (readonly [number, number])[]): number[][] {
  const model = line(2, 1);
  const optimizer = createOptimizer(model, { ...PLAIN, ...options });
  return gradients.map(([ofWeight, ofBias], index) => {
    const [weight, bias] = optimizer.variables as [tf.Variable, tf.Variable];
    optimizer.step({ [weight.name]: tf.tensor2d([[ofWeight]]), [bias.name]: tf.tensor1d([ofBias]) }, 0.1, index + 1);
    return valuesOf(model);
  });
}

/** The same gradients in each step. */
const steps = (count: number): [number, number][] => Array(count).fill([1, 2]);

describe('stochastic gradient descent', () => {
  test('with momentum and weight decay', () => {
    // v = 0.5 v + g + 0.1 w, w −= 0.1 v
    //
    // w: 2        1.88                     1.7012                          1.494788
    //    v = 1.2  v = 0.6 + 1.188 = 1.788  v = 0.894 + 1.17012 = 2.06412
    // b: 1        0.79                     0.4771                          0.115879
    //    v = 2.1  v = 1.05 + 2.079 = 3.129 v = 1.5645 + 2.04771 = 3.61221
    const expected = [
      [1.88, 0.79],
      [1.7012, 0.4771],
      [1.494788, 0.115879],
    ];
    const options = { momentum: 0.5, weightDecay: 0.1, decayNormAndBias: true };
    expect(stepped(options, steps(3))).toEqual(expected.map((values) => values.map((value) => expect.closeTo(value, 6))));
  });

  test('without weight decay of biases', () => {
    // b: 1   v 2   → 0.8   v 1 + 2 = 3   → 0.5   v 1.5 + 2 = 3.5   → 0.15
    const options = { momentum: 0.5, weightDecay: 0.1, decayNormAndBias: false };
    expect(stepped(options, steps(3)).at(-1)).toEqual([expect.closeTo(1.494788, 6), expect.closeTo(0.15, 6)]);
  });

  test('with only a learning rate', () => {
    expect(stepped({}, steps(2)).at(-1)).toEqual([expect.closeTo(1.8, 6), expect.closeTo(0.6, 6)]);
  });

  test('does not change weights without a gradient or frozen weights', () => {
    const model = line(2, 1);
    const optimizer = createOptimizer(model, { ...PLAIN, momentum: 0.9, weightDecay: 0.1 });
    optimizer.step({}, 0.1, 1);
    expect(valuesOf(model)).toEqual([2, 1]);
    const frozen = line(2, 1);
    for (const layer of frozen.layers) layer.trainable = false;
    expect(createOptimizer(frozen, PLAIN).variables).toEqual([]);
  });

  test('applies constraints of weights', () => {
    const dense = tfl.layers.dense({ inputShape: [1], units: 1, useBias: false, kernelConstraint: 'nonNeg' });
    const model = tfl.sequential({ layers: [dense] });
    model.setWeights([tf.tensor2d([[0.05]])]);
    const optimizer = createOptimizer(model, PLAIN);
    optimizer.step({ [(optimizer.variables[0] as tf.Variable).name]: tf.tensor2d([[1]]) }, 0.1, 1);
    expect(valuesOf(model)).toEqual([0]);
  });

  test('with clipped gradients', () => {
    // The norm of (1, 2) is √5 ≈ 2.236068. Clipped to 1, the gradients are 0.447214 and 0.894427.
    expect(stepped({ clipGradNorm: 1 }, steps(1))).toEqual([[expect.closeTo(1.955279, 5), expect.closeTo(0.910557, 5)]]);
    expect(stepped({ clipGradNorm: 3 }, steps(1))).toEqual([[expect.closeTo(1.9, 6), expect.closeTo(0.8, 6)]]);
  });
});

describe('AdamW', () => {
  // PyTorch's formula with the gradients 1, then −2, for w; 2, then 2, for b; lr 0.1, λ 0.1:
  //
  // step 1: m / (1 − 0.9) is the gradient and v / (1 − 0.999) its square, so the step is 0.1
  //    w: 2 · 0.99 − 0.1 = 1.88          b: 0.99 − 0.1 = 0.89
  // step 2, w: m = 0.9 · 0.1 − 0.2 = −0.11, divided by 0.19: −0.578947
  //    v = 0.999 · 0.001 + 0.004 = 0.004999, divided by 0.001999: 2.500750, √: 1.581376
  //    1.88 · 0.99 + 0.1 · 0.366104 = 1.897810
  // step 2, b: 0.89 · 0.99 − 0.1 = 0.7811
  const gradients = [
    [1, 2],
    [-2, 2],
  ] as const;

  test('with weight decay', () => {
    const expected = [
      [1.88, 0.89],
      [1.89781, 0.7811],
    ];
    const options = { optimizer: 'adamw', weightDecay: 0.1 } as const;
    expect(stepped(options, gradients)).toEqual(expected.map((values) => values.map((value) => expect.closeTo(value, 5))));
  });

  test('without weight decay of biases', () => {
    const options = { optimizer: 'adamw', weightDecay: 0.1, decayNormAndBias: false } as const;
    expect(stepped(options, gradients).at(-1)).toEqual([expect.closeTo(1.89781, 5), expect.closeTo(0.8, 5)]);
  });
});

describe('a training step', () => {
  const options = { learningRate: 0.1, labelSmoothing: 0, seed: 1, step: 1 };

  test('moves the statistics of batch normalization once towards those of the batch', async () => {
    const bn = tfl.layers.batchNormalization({ name: 'bn', inputShape: [2], momentum: 0.9 });
    const model = tfl.sequential({ layers: [bn] });
    const optimizer = createOptimizer(model, PLAIN);
    // Channels 1, 3 (mean 2, variance 1) and 10, 20 (mean 15, variance 25), initially 0 and 1.
    const batch = { x: Float32Array.of(1, 10, 3, 20), shape: [2, 2], labels: Uint16Array.of(0, 1) };
    await trainStep(model, optimizer, batch, options);
    const [mean, variance] = model.weights.slice(2).map((weight) => Array.from(weight.read().dataSync()));
    expect(mean).toEqual([expect.closeTo(0.2, 6), expect.closeTo(1.5, 6)]);
    expect(variance).toEqual([expect.closeTo(1, 6), expect.closeTo(0.9 + 2.5, 6)]);
    // Both channels are −1, 1 when normalized: logits (−1, −1) and (1, 1), softmax ½.
    // dL/dγ is the mean of (½ − target) · x over the batch:
    // channel 0: (−½ · −1 + ½ · 1) / 2 = ½; channel 1: (½ · −1 + −½ · 1) / 2 = −½.
    const gamma = Array.from((model.weights[0] as tfl.LayerVariable).read().dataSync());
    // ε = 0.001 of the normalization affects the third digit.
    expect(gamma).toEqual([expect.closeTo(1 - 0.05, 3), expect.closeTo(1 + 0.05, 3)]);
  });

  test('leaks no tensors', async () => {
    const model = line(2, 1);
    const two = tfl.sequential({ layers: [...model.layers, tfl.layers.dense({ units: 2 }), tfl.layers.dropout({ rate: 0.5 })] });
    const optimizer = createOptimizer(two, { ...PLAIN, momentum: 0.9 });
    const batch = { x: Float32Array.of(1, 2), shape: [2, 1], labels: Uint16Array.of(0, 1) };
    await trainStep(two, optimizer, batch, options);
    const { numTensors, numBytes } = tf.memory();
    await trainStep(two, optimizer, batch, { ...options, step: 2 });
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
  });

  test('drops different units in each step, and the same in every run', async () => {
    const batch = { x: new Float32Array(64).fill(1), shape: [1, 64], labels: Uint16Array.of(0) };
    // Weights of dropped units have no gradient.
    const dropped = async (step: number): Promise<number[]> => {
      const dense = tfl.layers.dense({ units: 2, useBias: false, kernelInitializer: 'zeros' });
      const model = tfl.sequential({ layers: [tfl.layers.dropout({ inputShape: [64], rate: 0.5 }), dense] });
      await trainStep(model, createOptimizer(model, PLAIN), batch, { ...options, step });
      const changed = Array.from((model.weights[0] as tfl.LayerVariable).read().dataSync()).filter((_, i) => i % 2 === 0);
      return changed.flatMap((value, unit) => (value === 0 ? [unit] : []));
    };
    const first = await dropped(1);
    expect(first.length).toBeGreaterThan(16);
    expect(first.length).toBeLessThan(48);
    expect(await dropped(1)).toEqual(first);
    expect(await dropped(2)).not.toEqual(first);
  });

  test('with a non-finite loss changes no weights', async () => {
    const model = tfl.sequential({ layers: [tfl.layers.dense({ inputShape: [1], units: 2, kernelInitializer: 'ones' })] });
    const optimizer = createOptimizer(model, PLAIN);
    const batch = { x: Float32Array.of(Number.NaN), shape: [1, 1], labels: Uint16Array.of(0) };
    expect(await trainStep(model, optimizer, batch, options)).toEqual({ loss: Number.NaN, correct: 0 });
    expect(Array.from((model.weights[0] as tfl.LayerVariable).read().dataSync())).toEqual([1, 1]);
  });
});
