/**
 * `globalSoftPool` with a mask, compared with the definition on examples from which the elements
 * that do not count were removed.
 */
import { dtypeOfTensor, expectForm, expectSame, expectWithin, keeping, numbersOf } from '@softpool/specification/expect';
import { isThere, makeTensor, operatorOf, type Problem, problems, STORAGES, type Storage } from '@softpool/specification/problems';
import { forwardBounds, gradientBounds } from '@softpool/specification/tolerances';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PoolGeometry, poolGeometry } from '../geometry/pool-geometry.ts';
import { globalSoftPool, globalSoftPoolGrad } from '../index.ts';
import { backward, forward } from '../reference/formula.ts';
import * as reference from '../reference.ts';
import * as relaxed from '../relaxed.ts';
import { createThreadedSoftPool } from '../threads.ts';
import type { GlobalPoolOptions, Mask } from './options.ts';
import type { Tensor } from './tensor.ts';

/** The shape of a tensor without its channels. */
function shapeOfMask(shape: readonly number[], { layout, spatialDims }: Pick<PoolGeometry, 'layout' | 'spatialDims'>): number[] {
  const channelAxis = shape.length - 1 - (layout === 'channelsFirst' ? spatialDims : 0);
  return shape.filter((_, axis) => axis !== channelAxis);
}

/** For each example, where its elements are in x: a list for each channel, in order. */
function elementsOf({ batch, channels, layout, inputShape }: PoolGeometry): number[][][] {
  const size = inputShape.reduce((a, b) => a * b, 1) / batch / channels;
  const place = (n: number, c: number, i: number): number =>
    layout === 'channelsFirst' ? (n * channels + c) * size + i : (n * size + i) * channels + c;
  const indices = (length: number): number[] => Array.from({ length }, (_, i) => i);
  return indices(batch).map((n) => indices(channels).map((c) => indices(size).map((i) => place(n, c, i))));
}

function pick(values: ArrayLike<number>, at: readonly number[]): Float64Array {
  return Float64Array.from(at, (i) => values[i] as number);
}

/** Checks one example against the definition on what counts of it. */
function checkExample(
  n: number,
  counts: readonly boolean[],
  { call, geometry, dy }: Problem,
  x: Tensor,
  y: Tensor,
  dx: Record<'weights' | 'exact', Tensor>,
  storage: Storage,
): void {
  const all = elementsOf(geometry)[n] ?? [];
  const counted = all.map((channel) => channel.filter((_, i) => counts[i]));
  const length = counted[0]?.length ?? 0;
  const row = pick(numbersOf(x), counted.flat());
  const alone = poolGeometry([all.length, length], { spatialDims: 1, outputSize: 1 });
  const dtype = dtypeOfTensor(x);
  const outputs = all.map((_, c) => n * all.length + c);
  const expected = forward(row, alone, operatorOf(call, 'weights'));
  const part = (tensor: Tensor, at: readonly number[]): Tensor => makeTensor(storage, [at.length], pick(numbersOf(tensor), at));
  expectWithin('y', part(y, outputs), expected, forwardBounds(row, alone, operatorOf(call, 'weights'), dtype).tolerance);
  const g = pick(numbersOf(dy), outputs);
  for (const gradient of ['weights', 'exact'] as const) {
    const bounds = gradientBounds(row, g, alone, operatorOf(call, gradient), dtype);
    const wanted = backward(row, g, alone, operatorOf(call, gradient), dtype);
    counted.forEach((at, c) => {
      const [from, to] = [c * length, (c + 1) * length];
      expectWithin(`dx (${gradient})`, part(dx[gradient], at), wanted.subarray(from, to), bounds.tolerance.slice(from, to));
    });
    const others = all.flatMap((channel) => channel.filter((_, i) => !counts[i]));
    expect(pick(numbersOf(dx[gradient]), others)).toEqual(new Float64Array(others.length));
  }
}

describe.each([
  ['softpool', { globalSoftPool, globalSoftPoolGrad }],
  ['softpool/reference', reference],
  ['softpool/relaxed', relaxed],
])('%s pools each example as if only the elements that count were there', (_, calls) => {
  test.each(STORAGES.filter(isThere))('%s', async (storage) => {
    const masked = fc.record({
      problem: problems({ storage }).filter(({ call }) => call.kind === 'global'),
      values: fc.array(fc.constantFrom(0, 1, 1, false, true, 0n, 1n), { minLength: 4, maxLength: 9 }),
      junk: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0, 1e4),
    });
    const follows = async (problem: Problem, values: readonly (number | bigint | boolean)[], junk: number): Promise<void> => {
      const { call, geometry } = problem;
      const options = call.options as GlobalPoolOptions;
      const shape = shapeOfMask(problem.x.shape, geometry);
      const size = shape.reduce((a, b) => a * b, 1) / geometry.batch;
      // The first element of each example counts.
      const data = Array.from({ length: geometry.batch * size }, (_, i) => (i % size === 0 ? 1 : (values[i % values.length] ?? 1)));
      const mask: Mask = { data, shape };
      const countsOf = (n: number): boolean[] => data.slice(n * size, (n + 1) * size).map(Boolean);
      const filled = Float64Array.from(numbersOf(problem.x));
      elementsOf(geometry).forEach((channels, n) => {
        for (const at of channels) for (const [i, counts] of countsOf(n).entries()) if (!counts) filled[at[i] as number] = junk;
      });
      const x = makeTensor(storage, problem.x.shape, filled);
      await keeping([x, problem.dy], async () => {
        const y = calls.globalSoftPool(x, { ...options, mask });
        const grad = (gradient: 'weights' | 'exact'): Tensor => calls.globalSoftPoolGrad(x, problem.dy, { ...options, gradient, mask });
        const dx = { weights: grad('weights'), exact: grad('exact') };
        expectForm('y', y, x, geometry.outputShape);
        expectForm('dx', dx.weights, x, x.shape);
        for (let n = 0; n < geometry.batch; n++) checkExample(n, countsOf(n), problem, x, y, dx, storage);
      });
    };
    await fc.assert(
      fc.asyncProperty(masked, ({ problem, values, junk }) => follows(problem, values, junk)),
      { numRuns: 150 },
    );
  });
});

/** `[N, L, C]`. */
const x = { data: Float32Array.of(0, Math.log(3), Number.NaN, 5, 7, 9), shape: [2, 3, 1] };
const options = { layout: 'channelsLast', keepDims: false } as const;

test('a mask leaves out NaN and what is larger, and tensors of ONNX Runtime have masks of int64', () => {
  const mask = { data: BigInt64Array.of(1n, 1n, 0n, 1n, 0n, 0n), dims: [2, 3] };
  const { data, shape } = globalSoftPool(x, { ...options, mask });
  expect(shape).toEqual([2, 1]);
  expect(data[0]).toBeCloseTo(0.75 * Math.log(3), 6); // weights ¼ and ¾
  expect(data[1]).toBe(5);
  const dy = { data: Float32Array.of(1, 2), shape: [2, 1] };
  expect(Array.from(globalSoftPoolGrad(x, dy, { ...options, mask }).data, (value) => Number(value.toFixed(6)))).toEqual([
    0.25, 0.75, 0, 2, 0, 0,
  ]);
});

test.each(['weights', 'exact'] as const)('what counts shares the gradient (%s) evenly where all of it is −∞', (gradient) => {
  const lowest = Number.NEGATIVE_INFINITY;
  const mask = { data: [1, 1, 0, 0], shape: [1, 4] };
  const dy = { data: Float32Array.of(3, 8), shape: [1, 2, 1] };
  // Alone, the first channel has weights ½ and ½; the second has ¼ and ¾.
  const both = { data: Float32Array.of(lowest, lowest, 5, 6, 0, Math.log(3), 7, Number.NaN), shape: [1, 2, 4] };
  const dx = globalSoftPoolGrad(both, dy, { mask, gradient }).data;
  expect(Array.from(dx.subarray(0, 4))).toEqual([1.5, 1.5, 0, 0]);
  expect((dx[4] as number) + (dx[5] as number)).toBeCloseTo(8, 6);
  // With shared weights they are even only if both channels are −∞.
  const neither = { data: Float32Array.of(lowest, lowest, 5, 6, lowest, lowest, 7, 8), shape: [1, 2, 4] };
  const shared = globalSoftPoolGrad(neither, dy, { mask, gradient, weights: 'shared' }).data;
  expect(Array.from(shared)).toEqual([1.5, 1.5, 0, 0, 4, 4, 0, 0]);
});

test('a mask of ones changes no bit', () => {
  const ones = { data: new Uint8Array(6).fill(1), shape: [2, 3] };
  expectSame('y', globalSoftPool(x, { ...options, mask: ones }), globalSoftPool(x, options));
});

test('a mask without a batch belongs to a tensor without one, and the result may go into another', () => {
  const into = { data: new Float32Array(1), shape: [1] };
  const one = { data: Float32Array.of(1, 2, 3, 4), shape: [1, 2, 2] };
  const mask = { data: [false, true, false, false], shape: [2, 2] };
  expect(globalSoftPool(one, { spatialDims: 2, keepDims: false, mask, into })).toBe(into);
  expect(into.data[0]).toBe(2);
});

test('a batch of 0 has an empty mask', () => {
  const empty = { data: new Float32Array(0), shape: [0, 3, 1] };
  expect(globalSoftPool(empty, { ...options, mask: { data: [], shape: [0, 3] } }).shape).toEqual([0, 1]);
});

test('the tensors of transformers.js are accepted, whose strides are a method', () => {
  class TransformersTensor {
    readonly data = Float32Array.of(1, 2, 3);
    readonly dims = [1, 3, 1];
    stride(): number[] {
      return [3, 1, 1];
    }
  }
  const tensor = new TransformersTensor();
  expect(Array.from(globalSoftPool(tensor, { ...options, mask: { data: [0, 1, 0], dims: [1, 3] } }).data)).toEqual([2]);
});

test.each<[string, unknown, string]>([
  [
    'another shape',
    { data: new Array(6).fill(1), shape: [3, 2] },
    'options.mask must be a tensor of shape [2, 3], received [3, 2] with 6 elements',
  ],
  ['too few elements', { data: [1, 1], shape: [2, 3] }, 'options.mask must be a tensor of shape [2, 3], received [2, 3] with 2 elements'],
  ['a plain list', [1, 1, 1], 'options.mask must be a tensor of shape [2, 3], received undefined with 0 elements'],
  ['null', null, 'options.mask must be a tensor of shape [2, 3], received undefined with 0 elements'],
  [
    'a shape as text',
    { data: [1, 1, 1, 1, 1, 1], shape: '2,3' },
    "options.mask must be a tensor of shape [2, 3], received '2,3' with 6 elements",
  ],
  [
    'a nested shape',
    { data: [1, 1, 1, 1, 1, 1], shape: [[2, 3]] },
    'options.mask must be a tensor of shape [2, 3], received [[2, 3]] with 6 elements',
  ],
  ['without data', { data: null, shape: [2, 3] }, 'options.mask must be a tensor of shape [2, 3], received [2, 3] with 0 elements'],
  [
    'a transposed view',
    { data: [1, 1, 1, 1, 1, 1], shape: [2, 3], stride: [1, 2] },
    'options.mask must be contiguous, in row-major order, received [1, 2] as stride, 0 as offset: copy it first',
  ],
  [
    'a view that begins later',
    { data: [1, 1, 1, 1, 1, 1], shape: [2, 3], offset: 2 },
    'options.mask must be contiguous, in row-major order, received undefined as stride, 2 as offset: copy it first',
  ],
  ['a fraction', { data: [1, 1, 0.5, 1, 1, 1], shape: [2, 3] }, 'options.mask.data[2] must be 0, 1, true or false, received 0.5'],
  [
    'what is added to logits',
    { data: [0, 0, -Infinity, 0, 0, 0], shape: [2, 3] },
    'options.mask.data[2] must be 0, 1, true or false, received -Infinity',
  ],
  ['text', { data: ['1', '1', '1', '1', '1', '1'], shape: [2, 3] }, "options.mask.data[0] must be 0, 1, true or false, received '1'"],
  [
    'an example without elements',
    { data: [1, 1, 1, 0, 0, 0], shape: [2, 3] },
    'options.mask.data must be 1 for an element of each example, received 0 for all of example 1',
  ],
])('as a mask, %s is an error, and nothing is written', (_, mask, message) => {
  const into = { data: new Float32Array(2), shape: [2, 1] };
  expect(() => globalSoftPool(x, { ...options, mask: mask as Mask, into })).toThrow(new RangeError(`globalSoftPool: ${message}`));
  expect(Array.from(into.data)).toEqual([0, 0]);
});

test('threads refuse a mask instead of ignoring it', async () => {
  const threads = await createThreadedSoftPool({ threads: 1 });
  const given = { ...options, mask: { data: new Uint8Array(6).fill(1), shape: [2, 3] } } as GlobalPoolOptions;
  await expect(threads.globalSoftPool(x, given)).rejects.toThrow('globalSoftPool: options.mask is not an option of this call');
  threads.dispose();
});
