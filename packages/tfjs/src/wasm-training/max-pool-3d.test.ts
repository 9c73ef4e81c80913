import '../wasm-training.ts';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { callKernel, combinations, expectSameAsCpu, onWasm } from '../testing/same-as-cpu.ts';

type Triple = [number, number, number];

const CLIPS: [number, number, number, number, number] = [2, 4, 5, 6, 2];

/** Every window has more than padding. */
const GEOMETRIES = combinations({
  strides: [
    [1, 1, 1],
    [2, 2, 2],
    [1, 2, 3],
    [3, 1, 1],
  ] as Triple[],
  filterSize: [
    [2, 2, 2],
    [3, 3, 3],
    [1, 3, 2],
    [2, 1, 1],
  ] as Triple[],
  pad: ['valid', 'same', 1] as const,
}).filter(({ filterSize, pad }) => Math.min(...filterSize) > Number(pad === 1));

describe.each(GEOMETRIES)('windows of $filterSize, strides $strides, padding $pad', (geometry) => {
  const attrs = { ...geometry, dimRoundingMode: 'floor' };

  test('have the maxima of the cpu backend', async () => {
    await expectSameAsCpu(() => callKernel('MaxPool3D', { x: CLIPS }, attrs));
  });

  // The cpu backend gives other gradients to windows that are not square.
  test('give the gradient of an output to the maximum of its window', async () => {
    const info = tf.backend_util.computePool3DInfo(CLIPS, geometry.filterSize, geometry.strides, 1, geometry.pad, 'floor');
    const dy = numbers(info.outShape, 1);
    const x = numbers(CLIPS, 2);
    const inputs = () => ({ dy: dy.toTensor(), input: x.toTensor() });
    const { values } = await onWasm(() => tf.tidy(() => tf.engine().runKernel('MaxPool3DGrad', inputs(), attrs) as tf.Tensor));
    expect(values).toEqual(gradientByDefinition(dy, x, info));
  });
});

type Numbers = tf.TensorBuffer<tf.Rank, 'float32'>;

function numbers(shape: number[], seed: number): Numbers {
  const tensor = tf.randomNormal(shape, 0, 1, 'float32', seed);
  const buffer = tensor.bufferSync();
  tensor.dispose();
  return buffer;
}

function gradientByDefinition(dy: Numbers, x: Numbers, info: tf.backend_util.Conv3DInfo): Float32Array {
  const filter = [info.filterDepth, info.filterHeight, info.filterWidth];
  const strides = [info.strideDepth, info.strideHeight, info.strideWidth];
  const padding = [info.padInfo.front, info.padInfo.top, info.padInfo.left];
  const elements = Array.from(x.values, (value, index) => ({ value, index, place: x.indexToLoc(index) }));
  const dx = new Float32Array(x.size);
  for (let output = 0; output < dy.size; output++) {
    const [clip, ...window] = dy.indexToLoc(output);
    const inside = elements.filter(({ place: [itsClip, ...place] }) => {
      const offsets = filter.map((_, axis) => place[axis]! + padding[axis]! - window[axis]! * strides[axis]!);
      return itsClip === clip && place[3] === window[3] && offsets.every((offset, axis) => offset >= 0 && offset < filter[axis]!);
    });
    const [largest] = inside.sort((a, b) => b.value - a.value);
    dx[largest!.index]! += dy.values[output]!;
  }
  return dx;
}

test('numbers that are all negative, or 0, by hand', async () => {
  const attrs = { filterSize: [2, 1, 1], strides: [2, 1, 1], pad: 'valid' };
  const run = async (name: string, inputs: () => tf.NamedTensorMap): Promise<number[]> => {
    const { values } = await onWasm(() => tf.tidy(() => tf.engine().runKernel(name, inputs(), attrs) as tf.Tensor));
    return Array.from(values);
  };
  const clip = (values: number[]): tf.Tensor5D => tf.tensor5d(values, [1, values.length, 1, 1, 1]);
  const input = () => clip([-3, -2, 0, 0, -7, Number.NEGATIVE_INFINITY]);
  expect(await run('MaxPool3D', () => ({ x: input() }))).toEqual([-2, 0, -7]);
  const inputs = () => ({ dy: clip([10, 20, 30]), input: input(), output: clip([-2, 0, -7]) });
  expect(await run('MaxPool3DGrad', inputs)).toEqual([0, 10, 20, 0, 30, 0]);
});
