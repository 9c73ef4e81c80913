import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BackboneName } from './catalogue.ts';
import { type BackboneOptions, describeBackbone } from './create.ts';

/** As torchvision publishes them: parameters, and GFLOPS, which are 10⁹ multiply-adds, rounded to three decimals. */
const PUBLISHED: readonly [BackboneName, BackboneOptions, parameters: number, gflops: number | undefined][] = [
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
  ['googlenet', {}, 6_624_904, 1.498],
  ['googlenet', { auxiliary: true }, 13_004_888, undefined],
  ['inception_v3', {}, 27_161_264 - 3_326_696, 5.713], // without the head, whose parameters are added up below
  ['inception_v3', { auxiliary: true }, 27_161_264, undefined],
  ['r3d_18', {}, 33_371_472, 40.697],
  ['r2plus1d_18', {}, 31_505_325, 40.519],
];

/** Of TensorFlow.js's backend nothing is needed but memory, and not even that: kernels of zeros are never read. */
beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('parameters and multiply-adds of the original networks are the published ones, and SoftPool changes neither parameters nor names', () => {
  for (const [name, options, parameters, gflops] of PUBLISHED) {
    test(`${name}${options.auxiliary ? ' with its auxiliary heads' : ''}: ${parameters}${gflops === undefined ? '' : `, ${gflops} · 10⁹`}`, () => {
      const original = describeBackbone(name, { ...options, pool: 'max' });
      expect(original.parameters).toBe(parameters);
      if (gflops !== undefined) expect(Number((original.multiplyAdds / 1e9).toFixed(3))).toBe(gflops);
      expect(tf.memory().numTensors).toBe(0);
    });
  }
});
