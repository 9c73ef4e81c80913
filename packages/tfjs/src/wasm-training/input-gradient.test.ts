import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { combinations, expectSameAsCpu } from '../testing/same-as-cpu.ts';
import { planeOf, quotientsOf } from './axis.ts';
import { inputGradient } from './input-gradient.ts';

type Pad = 'valid' | 'same' | [[number, number], [number, number], [number, number], [number, number]];

/** The kernel leaves so little work to the backend's own kernel. */
test('dL/dx of small convolutions equals that of the cpu backend', async () => {
  for (const { strides, kernel, pad, channels } of combinations({
    strides: [
      [1, 1],
      [2, 2],
      [3, 1],
      [4, 5],
    ] as [number, number][],
    kernel: [
      [1, 1],
      [3, 3],
      [2, 5],
      [4, 1],
    ] as [number, number][],
    pad: [
      'valid',
      'same',
      [
        [0, 0],
        [2, 1],
        [0, 3],
        [0, 0],
      ],
      [
        [0, 0],
        [6, 7],
        [9, 0],
        [0, 0],
      ],
    ] as Pad[],
    channels: [1, 3],
  })) {
    const info = tf.backend_util.computeConv2DInfo([2, 7, 9, channels], [...kernel, channels, 4], strides, 1, pad);
    const dy = () => tf.randomNormal<tf.Rank.R4>(info.outShape, 0, 1, 'float32', 1);
    const filter = () => tf.randomNormal<tf.Rank.R4>(info.filterShape, 0, 1, 'float32', 2);
    const attrs = { strides, pad, dataFormat: 'NHWC', inputShape: info.inShape };
    await expectSameAsCpu(
      () => tf.tidy(() => inputGradient(dy(), filter(), planeOf(info))),
      () => tf.engine().runKernel('Conv2DBackpropInput', { dy: dy(), filter: filter() }, attrs),
      JSON.stringify({ strides, kernel, pad, channels }),
    );
  }
});

test('with stride 1 every result is an input', () => {
  const axis = { input: 10, output: 10, kernel: 3, stride: 1, dilation: 1, before: 1 };
  expect(quotientsOf(axis)).toEqual({ input: 10, stride: 1, taps: 3, pad: [1, 1], length: 10, skip: 0 });
});

test('with a stride each remainder has the taps that it meets', () => {
  // Inputs 0 to 8 after a padding of 1. Those with remainder 0 are 1, 3, 5 and 7 and meet only tap
  // 1; the others meet taps 0 and 2.
  const axis = { input: 9, output: 5, kernel: 3, stride: 2, dilation: 1, before: 1 };
  expect(quotientsOf(axis)).toEqual({ input: 9, stride: 2, taps: 2, pad: [1, 0], length: 5, skip: 1 });
});
