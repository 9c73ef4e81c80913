// Each layer against plain loops, or against TensorFlow.js's own layer.
import '@softpool/tfjs/wasm-training';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeEach, describe, expect, test } from 'vitest';
import { adaptivePooling2d } from './adaptive-pooling.ts';
import { batchNormalization } from './batch-normalization.ts';
import { dropout, setDropoutStep } from './dropout.ts';
import { groupedConvolution2d } from './grouped-convolution.ts';
import { zeroPadding3d } from './zero-padding-3d.ts';

const BACKENDS = ['cpu', 'wasm'] as const;

function random(shape: number[], seed: number): tf.Tensor {
  return tf.randomNormal(shape, 0, 1, 'float32', seed);
}

/** The largest difference relative to the largest element. */
function difference(actual: tf.Tensor, expected: tf.Tensor): number {
  expect(actual.shape).toEqual(expected.shape);
  const scale = tf.max(tf.abs(expected)).dataSync()[0]!;
  return tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0]! / scale;
}

describe.each(BACKENDS)('on the %s backend', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  describe('a grouped convolution and its gradients equal a dense one whose kernel is zero between groups', () => {
    for (const [channels, filters, groups, strides, padding] of [
      [8, 16, 4, 1, 'same'], // one block
      [64, 64, 4, 2, 'valid'], // two groups per block
      [96, 48, 6, 1, 'same'], // more inputs than outputs
      [80, 40, 2, 2, 'valid'], // one group per block
      [6, 6, 6, 1, 'same'], // depthwise
    ] as const) {
      test(`${channels} to ${filters} channels in ${groups} groups, ${strides}, ${padding}`, () => {
        const layer = groupedConvolution2d({
          filters,
          groups,
          kernelSize: 3,
          strides,
          padding,
          kernelInitializer: tfl.initializers.randomNormal({ seed: 3, stddev: 1 }),
        });
        const x = random([2, 7, 6, channels], 1) as tf.Tensor4D;
        const y = layer.apply(x) as tf.Tensor4D;
        expect(layer.computeOutputShape(x.shape)).toEqual(y.shape);
        const own = layer.weights[0]!.read().arraySync() as number[][][][];
        const [inputs, outputs] = [channels / groups, filters / groups];
        const isOwn = (input: number, output: number): boolean => Math.floor(input / inputs) === Math.floor(output / outputs);
        const dense = tf.tensor4d(
          own.map((row) =>
            row.map((tap) =>
              Array.from({ length: channels }, (_, i) =>
                Array.from({ length: filters }, (_, o) => (isOwn(i, o) ? tap[i % inputs]![o]! : 0)),
              ),
            ),
          ),
        );
        expect(difference(y, tf.conv2d(x, dense, strides, padding))).toBeLessThan(1e-6);

        const dy = random(y.shape, 2) as tf.Tensor4D;
        const { value, grads } = tf.variableGrads(() => tf.sum(tf.mul(layer.apply(x) as tf.Tensor, dy)) as tf.Scalar);
        value.dispose();
        const [dx, dDense] = tf.grads((x, kernel) => tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, strides, padding))([x, dense], dy);
        const all = dDense!.arraySync() as number[][][][];
        const dKernel = tf.tensor4d(
          all.map((row) =>
            row.map((tap) =>
              Array.from({ length: inputs }, (_, i) =>
                Array.from({ length: filters }, (_, o) => tap[Math.floor(o / outputs) * inputs + i]![o]!),
              ),
            ),
          ),
        );
        expect(difference(Object.values(grads)[0]!, dKernel)).toBeLessThan(1e-5);
        const dxOwn = tf.grad((x) => layer.apply(x) as tf.Tensor)(x, dy);
        expect(difference(dxOwn, dx!)).toBeLessThan(1e-5);
      });
    }
  });

  test('zero padding of clips and its gradient equal tf.pad’s', () => {
    for (const padding of [
      [1, 2, 3],
      [0, 1, 1],
      [2, 0, 0],
    ] as const) {
      const layer = zeroPadding3d({ padding });
      const x = random([2, 3, 4, 5, 2], 1) as tf.Tensor5D;
      const y = layer.apply(x) as tf.Tensor5D;
      const around = [0, ...padding, 0].map((size) => [size, size] as [number, number]);
      expect(y.arraySync()).toEqual(tf.pad(x, around).arraySync());
      expect(layer.computeOutputShape([null, 3, 4, 5, 2])).toEqual([null, ...y.shape.slice(1)]);
      const dy = random(y.shape, 2);
      const dx = tf.slice(dy, [0, ...padding, 0], x.shape);
      expect(
        tf
          .grad((x) => layer.apply(x) as tf.Tensor)(x, dy)
          .arraySync(),
      ).toEqual(dx.arraySync());
    }
  });

  test('batch normalization and its gradients equal TensorFlow.js’s, in training and inference', () => {
    const args = { epsilon: 1e-3, momentum: 0.9 };
    const [ours, theirs] = [batchNormalization(args), tfl.layers.batchNormalization(args)];
    const x = tf.add(tf.mul(random([4, 5, 3, 6], 1), 3), 10);
    for (const layer of [ours, theirs]) {
      layer.apply(x);
      layer.setWeights([random([6], 2), random([6], 3), tf.zeros([6]), tf.ones([6])]);
    }
    const train = (layer: tfl.layers.Layer) => (x: tf.Tensor) => layer.apply(x, { training: true }) as tf.Tensor;
    const dy = random(x.shape, 4);
    expect(difference(train(ours)(x), train(theirs)(x))).toBeLessThan(1e-5);
    expect(difference(tf.grad(train(ours))(x, dy), tf.grad(train(theirs))(x, dy))).toBeLessThan(1e-4);
    const gradients = [ours, theirs].map((layer) => {
      const variables = tf.variableGrads(() => tf.sum(tf.mul(train(layer)(x), dy)) as tf.Scalar).grads;
      return Object.entries(variables)
        .filter(([name]) => name.includes(layer.name))
        .map(([, gradient]) => gradient);
    });
    expect(gradients[0]).toHaveLength(2);
    for (const [index, gradient] of gradients[0]!.entries()) expect(difference(gradient, gradients[1]![index]!)).toBeLessThan(1e-5);
    theirs.setWeights(ours.getWeights());
    expect(difference(ours.apply(x) as tf.Tensor, theirs.apply(x) as tf.Tensor)).toBeLessThan(1e-5);
  });

  test('the moving mean and unbiased variance of 1, 2, 3, 6 move a tenth of the way to 3 and 14 / 3', () => {
    const layer = batchNormalization({ epsilon: 1e-5, momentum: 0.9 });
    const y = layer.apply(tf.tensor5d([1, 2, 3, 6], [2, 1, 2, 1, 1]), { training: true }) as tf.Tensor;
    const [, , mean, variance] = layer.getWeights().map((weight) => weight.dataSync()[0]!);
    expect(mean).toBeCloseTo(0.3, 6);
    expect(variance).toBeCloseTo(0.9 + 14 / 30, 6);
    const deviation = Math.sqrt(14 / 4 + 1e-5);
    expect(Array.from(y.dataSync())).toEqual([-2, -1, 0, 3].map((value) => expect.closeTo(value / deviation, 5)));
  });

  test('adaptive pooling of 5 to 2 has PyTorch’s bins: elements 0 to 2 and 2 to 4', () => {
    const x = tf.tensor4d([1, 2, 3, 4, 5], [1, 1, 5, 1]);
    const mean = adaptivePooling2d({ outputSize: [1, 2], beta: 0 });
    expect(Array.from((mean.apply(x) as tf.Tensor).dataSync())).toEqual([2, 4]);
    const soft = adaptivePooling2d({ outputSize: [1, 2], beta: 1 });
    const e = Math.E;
    const expected = (1 + 2 * e + 3 * e * e) / (1 + e + e * e);
    expect(Array.from((soft.apply(x) as tf.Tensor).dataSync())).toEqual([expect.closeTo(expected, 5), expect.closeTo(expected + 2, 5)]);
    expect(soft.computeOutputShape([null, 5, 5, 3])).toEqual([null, 1, 2, 3]);
  });

  test('adaptive pooling has the gradient that it is given, also once it was saved', () => {
    const x = tf.tensor4d([0, Math.log(3)], [1, 1, 2, 1]);
    // The weights are 1/4 and 3/4, and y = 3/4 ln 3. The derivative is w (1 + x − y).
    const y = 0.75 * Math.log(3);
    for (const [gradient, expected] of [
      ['weights', [0.25, 0.75]],
      ['exact', [0.25 * (1 - y), 0.75 * (1 + Math.log(3) - y)]],
    ] as const) {
      const layer = adaptivePooling2d({ outputSize: [1, 1], beta: 1, gradient });
      for (const each of [layer, adaptivePooling2d(layer.getConfig() as unknown as Parameters<typeof adaptivePooling2d>[0])]) {
        const dx = tf.grad((input) => each.apply(input) as tf.Tensor)(x, tf.ones([1, 1, 1, 1]));
        expect(Array.from(dx.dataSync())).toEqual(expected.map((value) => expect.closeTo(value, 5)));
      }
    }
  });
});

describe('dropout', () => {
  let x: tf.Tensor;
  beforeEach(async () => {
    await tf.setBackend('cpu');
    x = tf.ones([4, 1000]);
  });

  const model = (seed: number): tfl.LayersModel => {
    const input = tfl.input({ shape: [1000] });
    return tfl.model({ inputs: input, outputs: dropout({ rate: 0.25, seed }).apply(input) as tfl.SymbolicTensor });
  };
  const masks = (network: tfl.LayersModel, steps: number): number[][] =>
    Array.from({ length: steps }, () => Array.from((network.apply(x, { training: true }) as tf.Tensor).dataSync()));

  test('drops its share of the elements in training, preserves the mean, and is inactive otherwise', () => {
    const network = model(1);
    expect(Array.from((network.predict(x) as tf.Tensor).dataSync())).toEqual(Array.from(x.dataSync()));
    const [mask] = masks(network, 1);
    expect(new Set(mask)).toEqual(new Set([0, Math.fround(4 / 3)]));
    const dropped = mask!.filter((value) => value === 0).length / 4000;
    expect(Math.abs(dropped - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / 4000));
  });

  test('has a mask that depends on seed and step only', () => {
    const [first, second, third] = masks(model(1), 3);
    expect(second).not.toEqual(first);
    expect(masks(model(2), 1)[0]).not.toEqual(first);
    const resumed = model(1);
    setDropoutStep(resumed, 2);
    expect(masks(resumed, 1)).toEqual([third]);
    expect(() => setDropoutStep(resumed, -1)).toThrow('setDropoutStep: step must be an integer ≥ 0, received -1');
  });
});
