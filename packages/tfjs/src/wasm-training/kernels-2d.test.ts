import '../wasm-training.ts';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { callKernel, combinations, expectSameAsCpu, onWasm } from '../testing/same-as-cpu.ts';

type Pad = 'valid' | 'same' | [[number, number], [number, number], [number, number], [number, number]];

const GEOMETRIES = combinations({
  strides: [
    [1, 1],
    [2, 2],
    [3, 3],
    [1, 2],
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
  ] as Pad[],
});

/**
 * For images of 7×9: batches smaller and larger than a block, and more channels than are correlated
 * at once.
 */
const TENSORS = [
  { images: 1, channels: 1, outputs: 1 },
  { images: 2, channels: 3, outputs: 4 },
  { images: 3, channels: 9, outputs: 2 },
  { images: 70, channels: 2, outputs: 3 },
];

describe('each kernel gives the same as the cpu backend for all strides, paddings, filters and batches', () => {
  for (const { images, channels, outputs } of TENSORS) {
    test(`${images} images, ${channels} channels, ${outputs} outputs or multiplier`, async () => {
      for (const { strides, kernel, pad } of GEOMETRIES) {
        const inputShape: [number, number, number, number] = [images, 7, 9, channels];
        const filterShape: [number, number, number, number] = [...kernel, channels, outputs];
        const attrs = { strides, pad, dilations: 1, dataFormat: 'NHWC', inputShape, filterShape };
        const what = JSON.stringify({ strides, kernel, pad });
        const dy = tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad).outShape;
        const depthwiseDy = [dy[0], dy[1], dy[2], channels * outputs];
        const calls = {
          Conv2DBackpropFilter: { x: inputShape, dy },
          Conv2DBackpropInput: { dy, filter: filterShape },
          DepthwiseConv2dNativeBackpropFilter: { x: inputShape, dy: depthwiseDy },
          DepthwiseConv2dNativeBackpropInput: { dy: depthwiseDy, filter: filterShape },
        };
        for (const [name, shapes] of Object.entries(calls)) {
          await expectSameAsCpu(() => callKernel(name, shapes, attrs), undefined, `${name} ${what}`);
        }
      }
    });
  }

  test('with a rounding mode', async () => {
    for (const dimRoundingMode of ['floor', 'round', 'ceil'] as const) {
      const attrs = {
        strides: 2,
        pad: 1,
        dilations: 1,
        dataFormat: 'NHWC',
        dimRoundingMode,
        inputShape: [2, 8, 8, 3],
        filterShape: [3, 3, 3, 4],
      };
      const info = tf.backend_util.computeConv2DInfo([2, 8, 8, 3], [3, 3, 3, 4], 2, 1, 1, dimRoundingMode);
      await expectSameAsCpu(() => callKernel('Conv2DBackpropFilter', { x: [2, 8, 8, 3], dy: info.outShape }, attrs));
      const dy = [...info.outShape.slice(0, 3), 12];
      await expectSameAsCpu(() => callKernel('DepthwiseConv2dNativeBackpropInput', { dy, filter: [3, 3, 3, 4] }, attrs));
    }
  });
});

describe('a dilated depthwise convolution has the same gradients as one with zeros between its taps', () => {
  for (const { dilations, kernel, pad } of combinations({
    dilations: [
      [2, 2],
      [3, 1],
      [2, 3],
    ] as [number, number][],
    kernel: [
      [3, 3],
      [2, 1],
    ] as [number, number][],
    pad: [
      'valid',
      'same',
      [
        [0, 0],
        [1, 2],
        [3, 0],
        [0, 0],
      ],
    ] as Pad[],
  })) {
    const [high, wide] = dilations;
    const inputShape: [number, number, number, number] = [2, 9, 8, 3];
    const filterShape: [number, number, number, number] = [...kernel, 3, 2];
    const sparseShape: [number, number, number, number] = [(kernel[0] - 1) * high + 1, (kernel[1] - 1) * wide + 1, 3, 2];
    const dy = tf.backend_util.computeConv2DInfo(inputShape, filterShape, 1, dilations, pad, undefined, true).outShape;

    test(`of the filter ${kernel} with dilations ${dilations} and padding ${JSON.stringify(pad)}`, async () => {
      const gradient = (dilation: [number, number], shape: number[]) =>
        callKernel(
          'DepthwiseConv2dNativeBackpropFilter',
          { x: inputShape, dy },
          { strides: 1, pad, dilations: dilation, filterShape: shape },
        );
      await expectSameAsCpu(
        () => gradient(dilations, filterShape),
        () => tf.stridedSlice(gradient([1, 1], sparseShape), [0, 0, 0, 0], sparseShape, [high, wide, 1, 1]),
      );
    });

    test(`of the input of ${kernel} with dilations ${dilations} and padding ${JSON.stringify(pad)}`, async () => {
      const filter = () => tf.randomNormal<tf.Rank.R4>(filterShape, 0, 1, 'float32', 1);
      const gradient = (dilation: [number, number], withFilter: tf.Tensor4D) => {
        const inputs = { dy: tf.randomNormal(dy, 0, 1, 'float32', 2), filter: withFilter };
        return tf
          .engine()
          .runKernel('DepthwiseConv2dNativeBackpropInput', inputs, { strides: 1, pad, dilations: dilation, inputShape }) as tf.Tensor;
      };
      await expectSameAsCpu(
        () => tf.tidy(() => gradient(dilations, filter())),
        () => gradient([1, 1], withZeros(filter(), high, wide)),
      );
    });
  }

  test('a stride and a dilation along the same axis are refused', async () => {
    const attrs = { strides: 2, pad: 'valid', dilations: 2, inputShape: [1, 7, 7, 1] };
    await expect(
      onWasm(() => callKernel('DepthwiseConv2dNativeBackpropInput', { dy: [1, 2, 2, 1], filter: [3, 3, 1, 1] }, attrs)),
    ).rejects.toThrow('strides or dilations must be 1 along each axis, received strides [2] and dilations [2].');
  });
});

describe('values computed by hand', () => {
  const row = (values: number[], channels = 1): tf.Tensor4D => tf.tensor4d(values, [1, 1, values.length / channels, channels]);
  const run = async (name: string, inputs: () => tf.NamedTensorMap, attrs: object): Promise<number[]> => {
    const { values } = await onWasm(() => tf.tidy(() => tf.engine().runKernel(name, inputs(), attrs as tf.NamedAttrMap) as tf.Tensor));
    return Array.from(values);
  };

  test('for the filter: each tap gets its inputs times dL/dy', async () => {
    const attrs = { strides: 1, pad: 'valid', dataFormat: 'NHWC', filterShape: [1, 2, 1, 1] };
    expect(await run('Conv2DBackpropFilter', () => ({ x: row([1, 2, 3, 4]), dy: row([1, 10, 100]) }), attrs)).toEqual([321, 432]);
  });

  test('for the filter with a stride that skips the last input', async () => {
    const attrs = { strides: [1, 2], pad: 'valid', dataFormat: 'NHWC', filterShape: [1, 2, 1, 1] };
    expect(await run('Conv2DBackpropFilter', () => ({ x: row([1, 2, 3, 4, 5]), dy: row([1, 10]) }), attrs)).toEqual([31, 42]);
  });

  test('for a depthwise filter, whose channels stay apart', async () => {
    const inputs = () => ({ x: row([1, 4, 2, 5, 3, 6], 2), dy: row([1, 100, 10, 1000], 2) });
    const attrs = { strides: 1, pad: 'valid', dilations: 1, filterShape: [1, 2, 2, 1] };
    expect(await run('DepthwiseConv2dNativeBackpropFilter', inputs, attrs)).toEqual([21, 5400, 32, 6500]);
  });

  test('for the input of a depthwise convolution: the sum over its outputs, and 0 where no tap comes', async () => {
    const inputs = () => ({ dy: row([1, 10]), filter: tf.tensor4d([2, 3], [1, 2, 1, 1]) });
    const attrs = { strides: [1, 2], pad: 'valid', dilations: 1, inputShape: [1, 1, 5, 1] };
    expect(await run('DepthwiseConv2dNativeBackpropInput', inputs, attrs)).toEqual([2, 3, 20, 30, 0]);
    const twice = () => ({ dy: row([1, 10], 2), filter: tf.tensor4d([2, 3, 5, 7], [1, 2, 1, 2]) });
    expect(await run('DepthwiseConv2dNativeBackpropInput', twice, { ...attrs, strides: 1, inputShape: [1, 1, 2, 1] })).toEqual([32, 75]);
  });

  test('for images so large that their rows are summed in parts: with ones, how often each tap meets an input', async () => {
    const inputs = () => ({ x: tf.ones([1, 400, 300, 24]), dy: tf.ones([1, 400, 300, 1]) });
    const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape: [3, 3, 24, 1] };
    const values = await run('Conv2DBackpropFilter', inputs, attrs);
    const once = [399 * 299, 399 * 300, 399 * 299, 400 * 299, 400 * 300, 400 * 299, 399 * 299, 399 * 300, 399 * 299];
    expect(values).toEqual(once.flatMap((count) => Array(24).fill(count)));
  });
});

test('an infinity in one channel of a depthwise convolution stays in that channel', async () => {
  const { values } = await onWasm(() =>
    tf.tidy(() => {
      const inputs = { x: tf.tensor4d([Infinity, 1, 2, 3], [1, 1, 2, 2]), dy: tf.tensor4d([1, 0, 1, 1], [1, 1, 2, 2]) };
      const attrs = { strides: 1, pad: 'valid', dilations: 1, filterShape: [1, 1, 2, 1] };
      return tf.engine().runKernel('DepthwiseConv2dNativeBackpropFilter', inputs, attrs) as tf.Tensor;
    }),
  );
  expect(Array.from(values)).toEqual([Infinity, 3]);
});

test('channels first are refused, as in the backend’s forward pass', async () => {
  const attrs = { strides: 1, pad: 'valid', dataFormat: 'NCHW', filterShape: [1, 1, 3, 4] };
  await expect(onWasm(() => callKernel('Conv2DBackpropFilter', { x: [1, 3, 5, 5], dy: [1, 4, 5, 5] }, attrs))).rejects.toThrow(
    "Conv2DBackpropFilter: the wasm backend only supports channels last, received dataFormat 'NCHW'. Use 'NHWC'",
  );
});

/** The filter with `high` − 1 rows and `wide` − 1 columns of zeros between its own. */
function withZeros(filter: tf.Tensor4D, high: number, wide: number): tf.Tensor4D {
  const [height, width, inputs, outputs] = filter.shape;
  const apart = tf.pad(tf.reshape(filter, [height, 1, width, 1, inputs * outputs]) as tf.Tensor5D, [
    [0, 0],
    [0, high - 1],
    [0, 0],
    [0, wide - 1],
    [0, 0],
  ]);
  const whole = tf.reshape(apart, [height * high, width * wide, inputs, outputs]) as tf.Tensor4D;
  return tf.slice(whole, [0, 0, 0, 0], [(height - 1) * high + 1, (width - 1) * wide + 1, inputs, outputs]);
}
