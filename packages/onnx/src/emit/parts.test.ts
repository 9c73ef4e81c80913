/**
 * How tensors are parted, on ONNX Runtime's cpu provider. The sizes of parts are worked out by
 * hand.
 */
import { modelOf, tensorType } from '@softpool/testing/onnx-models';
import ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { withLeastPart } from '../testing/soft-pool-model.ts';
import { nodeList } from './node-list.ts';
import { inParts } from './parts.ts';

/** A model whose result has, for each element, the number of elements in its part. */
function partSizes(shape: readonly (number | string)[], unit: 'images' | 'planes', opset: number): Uint8Array {
  const list = nodeList(opset, '');
  const rank = shape.length;
  const [sizes = ''] = inParts(list, 'x', { rank, unit }, ({ op, scalar }, x) => [
    op('Add', [op('Mul', [x, scalar('float32', 0)]), op('Cast', [op('Size', [x])], { to: 1 })]),
  ]);
  list.op('Identity', [sizes], {}, 'y');
  return modelOf(list.nodes, tensorType('float32', shape), tensorType('float32', [...shape]), { opset });
}

async function sizesOf(model: Uint8Array, shape: readonly number[]): Promise<{ dims: readonly number[]; sizes: number[] }> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  const x = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const { y } = await session.run({ x: new ort.Tensor('float32', x, shape) });
  await session.release();
  return { dims: y!.dims, sizes: [...new Set(y!.data as Float32Array)] };
}

describe.each([11, 17, 20])('in opset %i', (opset) => {
  test.each<[string, readonly number[], 'images' | 'planes', readonly number[]]>([
    // 6,422,528 elements have 24 times 2^18: of the divisors of 512, 16 is the largest below.
    ['planes of a batch', [8, 64, 112, 112], 'planes', [32 * 112 * 112]],
    ['planes of an image', [1, 64, 112, 112], 'planes', [32 * 112 * 112]],
    // 24 times 2^18 again: all 8 images.
    ['images', [8, 64, 112, 112], 'images', [64 * 112 * 112]],
    ['planes of two images together', [6, 4, 128, 256], 'planes', [8 * 128 * 256]],
    ['exactly two parts', [1, 2, 512, 512], 'planes', [2 ** 18]],
    ['two elements too few for two', [1, 2, 1, 2 ** 18 - 1], 'planes', [2 ** 19 - 2]],
    ['a prime number of planes', [1, 17, 128, 256], 'planes', [17 * 128 * 256]],
    ['one image', [1, 64, 112, 112], 'images', [64 * 112 * 112]],
    ['rows', [4, 8, 2 ** 14], 'planes', [2 ** 18]],
    ['volumes', [2, 2, 16, 128, 128], 'planes', [2 ** 18]],
    ['an empty batch', [0, 64, 112, 112], 'planes', []],
    ['no channels', [2, 0, 112, 112], 'planes', []],
  ])('%s: %j in %s', async (_, shape, unit, sizes) => {
    const open = ['N', 'C', 'D', 'H', 'W'].slice(0, shape.length);
    for (const stated of [shape, open]) expect(await sizesOf(partSizes(stated, unit, opset), shape)).toEqual({ dims: shape, sizes });
  });
});

test.each<[number, readonly number[], number]>([
  [1, [3, 5, 2, 2], 4], // each plane
  [12, [3, 5, 2, 2], 12], // 5 parts of 3 planes: parts span images
  [13, [3, 5, 2, 2], 20], // 60 / 13 is 4.6: 3 parts
  [31, [3, 5, 2, 2], 60], // fewer than two
  [1, [2, 512, 1, 1], 4], // 256 parts are the most
])('with at least %i elements, %j has parts of %i', async (least, shape, size) => {
  const model = withLeastPart(partSizes(shape, 'planes', 17), least);
  expect(await sizesOf(model, shape)).toEqual({ dims: shape, sizes: [size] });
});
