/** Which batches are taken image by image, on ONNX Runtime's cpu provider. */
import { modelOf, tensorType } from '@softpool/testing/onnx-models';
import ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { withImagesApart } from '../testing/soft-pool-model.ts';
import { imageByImage } from './images.ts';
import { nodeList } from './node-list.ts';

/** A model whose result has, for each element, how many elements were taken together. */
function countingModel(shape: readonly (number | string)[], opset: number): Uint8Array {
  const list = nodeList(opset, '');
  const addCount: Parameters<typeof imageByImage>[3] = ({ op, scalar }, x) =>
    op('Add', [op('Mul', [x, scalar('float32', 0)]), op('Cast', [op('Size', [x])], { to: 1 })]);
  imageByImage(list, 'x', { rank: shape.length, elementType: 'float32' }, addCount, 'y');
  return modelOf(list.nodes, tensorType('float32', shape), tensorType('float32', shape), { opset });
}

async function countsOf(model: Uint8Array, shape: readonly number[]): Promise<{ dims: readonly number[]; counts: number[] }> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  const x = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const { y } = await session.run({ x: new ort.Tensor('float32', x, shape) });
  await session.release();
  return { dims: y!.dims, counts: [...new Set(y!.data as Float32Array)] };
}

describe.each([11, 17, 20])('in opset %i', (opset) => {
  test.each<[string, readonly number[], number[]]>([
    ['large images', [8, 64, 112, 112], [64 * 112 * 112]],
    ['one large image', [1, 64, 128, 128], [2 ** 20]],
    ['no more than fits the cache', [4, 64, 64, 64], [2 ** 18]],
    ['a little less', [5, 209_715], [5 * 209_715]],
    ['the smallest images', [32, 2 ** 15], [2 ** 15]],
    ['smaller ones', [33, 2 ** 15 - 1], [33 * (2 ** 15 - 1)]],
    ['rows', [2, 32, 2 ** 15], [2 ** 20]],
    ['volumes', [2, 2, 16, 256, 64], [2 ** 19]],
    ['an empty batch', [0, 64, 112, 112], []],
    ['no channels', [2, 0, 112, 112], []],
  ])('%s: %j', async (_, shape, counts) => {
    const open = ['N', 'C', 'D', 'H', 'W'].slice(0, shape.length);
    for (const stated of [shape, open]) expect(await countsOf(countingModel(stated, opset), shape)).toEqual({ dims: shape, counts });
  });
});

test.each([
  [[3, 2, 2, 2], 8],
  [[1, 2, 2, 2], 8],
  [[2, 5], 5],
])('in tests, %j has %i elements in each image', async (shape, count) => {
  const model = countingModel(shape, 17);
  expect((await countsOf(model, shape)).counts).toEqual([shape[0]! * count]);
  expect((await countsOf(withImagesApart(model), shape)).counts).toEqual([count]);
});
