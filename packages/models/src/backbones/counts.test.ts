import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BackboneName } from './catalogue.ts';
import { countModel } from './count.ts';
import { type BackboneOptions, describeBackbone } from './create.ts';

/** torchvision's published parameters and GFLOPS (10⁹ multiply-adds), with three decimals. */
const PUBLISHED: readonly [BackboneName, BackboneOptions, parameters: number, gflops?: number][] = [
  ['resnet18', {}, 11_689_512, 1.814],
  ['resnet34', {}, 21_797_672, 3.664],
  ['resnet50', {}, 25_557_032, 4.089],
  ['resnet101', {}, 44_549_160, 7.801],
  ['resnet152', {}, 60_192_808, 11.514],
  ['resnext50_32x4d', {}, 25_028_904, 4.23],
  ['wide_resnet50_2', {}, 68_883_240, 11.398],
  ['densenet121', {}, 7_978_856, 2.834],
  ['densenet161', {}, 28_681_000, 7.728],
  ['densenet169', {}, 14_149_480, 3.36],
  ['resnext101_32x8d', {}, 88_791_336, 16.414],
  ['resnext101_64x4d', {}, 83_455_272, 15.46],
  ['wide_resnet101_2', {}, 126_886_696, 22.753],
  ['densenet201', {}, 20_013_928, 4.291],
  ['googlenet', {}, 6_624_904, 1.498],
  ['googlenet', { auxiliary: true }, 13_004_888],
  // Without the auxiliary head, whose parameters are added below.
  ['inception_v3', {}, 27_161_264 - 3_326_696, 5.713],
  ['inception_v3', { auxiliary: true }, 27_161_264],
  ['r3d_18', {}, 33_371_472, 40.697],
  ['r2plus1d_18', {}, 31_505_325, 40.519],
  ['resnext101_32x4d', {}, 44_177_704], // timm's; torchvision lacks it
  ['resnet20', {}, 272_474], // with projection shortcuts
];

/** Keras's published moving means and variances. */
const STATISTICS: readonly [BackboneName, number][] = [
  ['resnet50', 53_120],
  ['densenet121', 83_648],
  ['densenet169', 158_400],
  ['inception_v3', 34_432],
];

/** A backend without memory: kernels of zeros are never read. */
beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('the original networks have the published parameters and multiply-adds', () => {
  for (const [name, options, parameters, gflops] of PUBLISHED) {
    const work = gflops === undefined ? '' : `, ${gflops} · 10⁹`;
    test(`${name}${options.auxiliary ? ' with auxiliary heads' : ''}: ${parameters}${work}`, () => {
      const before = tf.memory().numTensors;
      const original = describeBackbone(name, { ...options, pool: 'max' });
      expect(original.parameters).toBe(parameters);
      if (gflops !== undefined) expect(Number((original.multiplyAdds / 1e9).toFixed(3))).toBe(gflops);
      expect(tf.memory().numTensors).toBe(before);
    });
  }
});

test('non-trainable parameters are the statistics of batch normalization', () => {
  for (const [name, statistics] of STATISTICS) expect([name, describeBackbone(name).nonTrainable]).toEqual([name, statistics]);
});

test('soft pools do not change parameters', () => {
  const withWeights = (name: BackboneName, options: BackboneOptions): unknown[] =>
    describeBackbone(name, options).layers.filter(({ parameters }) => parameters > 0);
  for (const name of ['resnet18', 'densenet121', 'googlenet', 'inception_v3', 'r3d_50', 'small2d', 'small3d'] as const) {
    expect(withWeights(name, { positions: 'all' })).toEqual(withWeights(name, { pool: 'max' }));
  }
});

test('r3d_50 is resnet50 with 3 × 3 × 3 kernels, a 7 × 7 × 7 stem and 400 classes', () => {
  const squares = 3 * 64 ** 2 + 4 * 128 ** 2 + 6 * 256 ** 2 + 3 * 512 ** 2;
  const expected = 25_557_032 + squares * (27 - 9) + 3 * 64 * (343 - 49) - 2049 * 600;
  expect(describeBackbone('r3d_50').parameters).toBe(expected);
});

test('multiply-adds of small networks equal counts by hand', () => {
  const kernels = [3 * 8 * 27, 8 * 16 * 27, 16 * 32 * 27, 32 * 64 * 27] as const;
  const small3d = describeBackbone('small3d');
  expect(small3d.parameters).toBe(kernels.reduce((sum, size) => sum + size, 2 * (8 + 16 + 32 + 64) + 650));
  expect(small3d.multiplyAdds).toBe(
    kernels[0] * 8 * 32 ** 2 + kernels[1] * 8 * 16 ** 2 + kernels[2] * 4 * 8 ** 2 + kernels[3] * 2 * 4 ** 2 + 640,
  );

  const small2d = describeBackbone('small2d');
  expect(small2d.parameters).toBe(3 * 8 * 9 + 8 * 16 * 9 + 16 * 32 * 9 + 2 * (8 + 16 + 32) + 330);
  expect(small2d.multiplyAdds).toBe(3 * 8 * 9 * 32 ** 2 + 8 * 16 * 9 * 16 ** 2 + 16 * 32 * 9 * 8 ** 2 + 320);

  const stage2 = 16 * 32 * 9 + 5 * 32 * 32 * 9 + 16 * 32;
  const stage3 = 32 * 64 * 9 + 5 * 64 * 64 * 9 + 32 * 64;
  const work = 3 * 16 * 9 * 32 ** 2 + 6 * 16 * 16 * 9 * 16 ** 2 + stage2 * 8 ** 2 + stage3 * 4 ** 2 + 640;
  expect(describeBackbone('resnet20').multiplyAdds).toBe(work);
});

describe('other models', () => {
  test('count layers called twice, depthwise and transposed convolutions, nested models and frozen layers', () => {
    const inner = tfl.sequential({ name: 'inner' });
    inner.add(tfl.layers.depthwiseConv2d({ name: 'depthwise', inputShape: [6, 6, 4], kernelSize: 3, depthMultiplier: 2 }));
    const input = tfl.input({ shape: [6, 6, 4] });
    const frozen = tfl.layers.conv2d({ name: 'twice', filters: 4, kernelSize: 1, trainable: false });
    const twice = frozen.apply(frozen.apply(input)) as tfl.SymbolicTensor;
    const features = inner.apply(twice) as tfl.SymbolicTensor; // 4 × 4 × 8
    const outputs = tfl.layers.conv2dTranspose({ name: 'up', filters: 3, kernelSize: 2, strides: 2 }).apply(features) as tfl.SymbolicTensor;
    const { layers, ...total } = countModel(tfl.model({ inputs: input, outputs }));
    const counted = layers.map(({ name, parameters, nonTrainable, multiplyAdds }) => [name, parameters, nonTrainable, multiplyAdds]);
    expect(counted.slice(1)).toEqual([
      ['twice', 0, 20, 2 * 36 * 16],
      ['inner/depthwise', 9 * 8 + 8, 0, 16 * 9 * 8],
      ['up', 4 * 8 * 3 + 3, 0, 16 * 4 * 8 * 3],
    ]);
    expect(total).toEqual({ parameters: 80 + 99, nonTrainable: 20, multiplyAdds: 1152 + 1152 + 1536 });
    tf.disposeVariables();
  });

  test('count the positions of images with the channels first', () => {
    const model = tfl.sequential();
    model.add(tfl.layers.conv2d({ inputShape: [4, 6, 5], filters: 2, kernelSize: 3, dataFormat: 'channelsFirst' }));
    expect(countModel(model).multiplyAdds).toBe(4 * 3 * (9 * 4 * 2)); // 4 × 3 positions
    tf.disposeVariables();
  });

  test('with unknown sizes are an error', () => {
    const model = tfl.sequential();
    model.add(tfl.layers.conv2d({ name: 'conv', inputShape: [null, 8, 1], filters: 2, kernelSize: 3 }));
    expect(() => countModel(model)).toThrow('countModel: the shape of conv is not fixed: [null, null, 6, 2]');
    tf.disposeVariables();
  });
});
