import '../wasm-training.ts';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { callKernel, combinations, expectSameAsCpu, onWasm } from '../testing/same-as-cpu.ts';

type Triple = [number, number, number];

/** For clips of 5×6×7. A stride longer than the filter makes 'same' padding negative. */
const GEOMETRIES = combinations({
  strides: [
    [1, 1, 1],
    [2, 2, 2],
    [1, 2, 3],
    [3, 1, 1],
  ] as Triple[],
  kernel: [
    [1, 1, 1],
    [3, 3, 3],
    [2, 3, 1],
    [1, 2, 2],
  ] as Triple[],
  pad: ['valid', 'same'] as const,
});

describe('each kernel gives the same as the cpu backend for all strides, paddings, filters and batches', () => {
  for (const { images, channels, outputs } of [
    { images: 1, channels: 1, outputs: 1 },
    { images: 2, channels: 3, outputs: 4 },
    { images: 2, channels: 8, outputs: 16 },
  ]) {
    test(`${images} clips, ${channels} channels, ${outputs} outputs`, async () => {
      for (const { strides, kernel, pad } of GEOMETRIES) {
        const inputShape: [number, number, number, number, number] = [images, 5, 6, 7, channels];
        const filterShape: [number, number, number, number, number] = [...kernel, channels, outputs];
        const dy = tf.backend_util.computeConv3DInfo(inputShape, filterShape, strides, 1, pad).outShape;
        const attrs = { strides, pad, dilations: 1, inputShape, filterShape };
        const calls = {
          Conv3D: { x: inputShape, filter: filterShape },
          Conv3DBackpropFilterV2: { x: inputShape, dy },
          Conv3DBackpropInputV2: { dy, filter: filterShape },
        };
        for (const [name, shapes] of Object.entries(calls)) {
          await expectSameAsCpu(() => callKernel(name, shapes, attrs), undefined, `${name} ${JSON.stringify({ strides, kernel, pad })}`);
        }
      }
    });
  }

  test('the forward pass with dilations', async () => {
    for (const dilations of [2, [1, 2, 1], [2, 1, 3]]) {
      const attrs = { strides: 1, pad: 'same', dilations };
      await expectSameAsCpu(() => callKernel('Conv3D', { x: [2, 5, 6, 7, 8], filter: [3, 3, 2, 8, 16] }, attrs));
    }
  });
});

describe('values computed by hand, along the depth', () => {
  const clip = (values: number[]): tf.Tensor5D => tf.tensor5d(values, [1, values.length, 1, 1, 1]);
  const run = async (name: string, inputs: () => tf.NamedTensorMap, attrs: object): Promise<number[]> => {
    const { values } = await onWasm(() => tf.tidy(() => tf.engine().runKernel(name, inputs(), attrs as tf.NamedAttrMap) as tf.Tensor));
    return Array.from(values);
  };

  test('for the filter', async () => {
    const attrs = { strides: [2, 1, 1], pad: 'valid', filterShape: [2, 1, 1, 1, 1] };
    expect(await run('Conv3DBackpropFilterV2', () => ({ x: clip([1, 2, 3, 4, 5]), dy: clip([1, 10]) }), attrs)).toEqual([31, 42]);
  });

  test('for the input', async () => {
    const inputs = () => ({ dy: clip([1, 10]), filter: clip([2, 3]) });
    const filter = () => ({ ...inputs(), filter: tf.tensor5d([2, 3], [2, 1, 1, 1, 1]) });
    const attrs = { strides: [2, 1, 1], pad: 'valid', inputShape: [1, 5, 1, 1, 1] };
    expect(await run('Conv3DBackpropInputV2', filter, attrs)).toEqual([2, 3, 20, 30, 0]);
    const overlapping = { ...attrs, strides: 1, inputShape: [1, 3, 1, 1, 1] };
    expect(await run('Conv3DBackpropInputV2', filter, overlapping)).toEqual([2, 23, 30]);
  });

  test('a filter longer than the clip gives gradients of 0', async () => {
    const dy = () => tf.zeros([1, 0, 1, 1, 1]);
    const filterShape = [3, 1, 1, 1, 1];
    const attrs = { strides: 1, pad: 'valid', filterShape, inputShape: [1, 2, 1, 1, 1] };
    expect(await run('Conv3DBackpropInputV2', () => ({ dy: dy(), filter: tf.ones(filterShape) }), attrs)).toEqual([0, 0]);
    expect(await run('Conv3DBackpropFilterV2', () => ({ x: clip([1, 2]), dy: dy() }), attrs)).toEqual([0, 0, 0]);
  });
});
