import { type PoolGeometryOptions, poolGeometry } from 'softpool';
import { expect, test } from 'vitest';
import { isThreeByTwo, paperWindow } from './paper-window.ts';
import type { PoolingWindow } from './pooling.ts';

const SIZES = Array.from({ length: 19 }, (_, i) => i + 2);

/** How many windows there are for an input of n elements; `undefined` if there cannot be any. */
function outputs(n: number, { kernelSize, stride, dilation, padding, ceilMode }: PoolingWindow): number | undefined {
  const spatialDims = kernelSize.length as PoolGeometryOptions['spatialDims'];
  const options = {
    spatialDims,
    kernelSize,
    stride,
    dilation,
    ceilMode,
    padding: typeof padding === 'string' ? ('same' as const) : padding,
  };
  try {
    return poolGeometry([1, 1, n], options).outputShape[2];
  } catch {
    return undefined;
  }
}

function window(padding: PoolingWindow['padding'], ceilMode = false, dilation = 1): PoolingWindow {
  return { kernelSize: [3], stride: [2], dilation: [dilation], padding, ceilMode };
}

const PADDINGS: PoolingWindow['padding'][] = ['same', 'sameLower', ...[0, 1, 2].flatMap((a) => [0, 1, 2].map((b) => [[a, b] as const]))];

const WINDOWS = PADDINGS.flatMap((padding) =>
  [false, true].flatMap((ceilMode) => [1, 2].map((dilation) => window(padding, ceilMode, dilation))),
).filter(({ padding, ceilMode }) => !(typeof padding === 'string' && ceilMode));

test('a window of 2 with stride 2 replaces 3 only where every output size stays', () => {
  for (const before of WINDOWS) {
    const paper = paperWindow(before);
    if (paper === undefined) continue;
    const after = { ...window([[0, 0]], paper.rounding === 'up'), kernelSize: paper.kernelSize };
    const sizes = SIZES.filter((n) => outputs(n, before) !== undefined);
    expect(sizes.map((n) => outputs(n, after))).toEqual(sizes.map((n) => outputs(n, before)));
  }
});

test('it does so with the padding of ResNets, TensorFlow and Caffe', () => {
  const replaced = WINDOWS.flatMap((each) => {
    const { padding, ceilMode, dilation } = each;
    const paper = paperWindow(each);
    return paper === undefined ? [] : [[JSON.stringify(padding), ceilMode, dilation[0], paper.rounding]];
  });
  expect(replaced).toEqual([
    ['"same"', false, 1, 'up'],
    ['"sameLower"', false, 1, 'up'],
    ['[[0,0]]', true, 1, 'down'],
    ['[[0,1]]', false, 1, 'down'],
    ['[[0,2]]', false, 1, 'up'],
    ['[[1,0]]', false, 1, 'down'],
    ['[[1,1]]', false, 1, 'up'],
    ['[[2,0]]', false, 1, 'up'],
  ]);
});

test('axes must agree in rounding, and the others must have a window of 1 with stride 1 and no padding', () => {
  const two = (padding: PoolingWindow['padding'], kernelSize = [3, 3], stride = [2, 2]): PoolingWindow => ({
    ...{ kernelSize, stride, dilation: [1, 1], padding, ceilMode: false },
  });
  expect(
    paperWindow(
      two([
        [1, 1],
        [1, 1],
      ]),
    ),
  ).toEqual({ kernelSize: [2, 2], rounding: 'up' });
  expect(paperWindow(two([[1, 1], [0, 1]]))).toBeUndefined(); // biome-ignore format: short
  expect(paperWindow(two('same', [1, 3], [1, 2]))).toEqual({ kernelSize: [1, 2], rounding: 'up' });
  expect(paperWindow(two('same', [1, 3], [2, 2]))).toBeUndefined();
  expect(
    paperWindow(
      two(
        [
          [1, 0],
          [1, 1],
        ],
        [1, 3],
        [1, 2],
      ),
    ),
  ).toBeUndefined();
  expect([two('same', [3, 2]), two('same', [3, 3], [2, 1]), two('same', [1, 1], [1, 1])].map(isThreeByTwo)).toEqual([false, false, false]);
});
