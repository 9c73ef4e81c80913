/**
 * Tensors larger than any cache, block, tile or staging area of a backend, with every element
 * checked. The expected values are the formula in plain loops, since the definition would take
 * minutes; the grid compares the two on small tensors.
 */
import type { Layout, Weights } from 'softpool/internal';
import { describe, test } from 'vitest';
import type { Amount } from './amount.ts';
import { type Backend, type Call, pool, poolGrad } from './backend.ts';
import { dtypeOfTensor, expectForm, expectWithin, numbersOf } from './expect.ts';
import { makeProblem, operatorOf, type Storage } from './problems.ts';
import { allBounds } from './tolerances.ts';

const WINDOWS: readonly [string, Call['kind'], object][] = [
  ['2/2', 'pool', { kernelSize: 2 }],
  ['3/2 padded by 1', 'pool', { kernelSize: 3, stride: 2, padding: 1 }],
  ['7/1', 'pool', { kernelSize: 7, stride: 1 }],
  ['adaptive to 9', 'adaptive', { outputSize: 9 }],
  ['global', 'global', {}],
];

/** Shapes `[N, C, …spatial]`. 7/1 has 49 or 343 inputs per window, and gets smaller ones. */
const SHAPES: readonly (readonly number[])[] = [
  [1, 2, 300_000],
  [1, 3, 700, 900],
  [2, 5, 40, 60, 70],
];
const SMALLER_SHAPES_OF: Readonly<Record<Amount, readonly (readonly number[])[]>> = {
  all: [
    [1, 2, 300_000],
    [1, 2, 300, 401],
    [1, 3, 14, 40, 50],
  ],
  some: [[1, 2, 12, 16, 20]],
  few: [[1, 2, 60, 70]],
};

/** For brief backends, and for `npm test`. */
const BRIEF_SHAPES: readonly (readonly number[])[] = [
  [1, 2, 100_000],
  [1, 2, 200, 301],
  [1, 2, 12, 16, 20],
];

function shapesOf(window: string, amount: Amount): readonly (readonly number[])[] {
  if (window === '7/1') return SMALLER_SHAPES_OF[amount];
  return amount === 'all' ? SHAPES : BRIEF_SHAPES;
}

export function specifyLargeTensors(backend: () => Backend, amount: Amount, isBrief: boolean): void {
  describe.each<Layout>(['channelsFirst', 'channelsLast'])('a large tensor, %s', (layout) => {
    for (const [i, [name, kind, window]] of WINDOWS.entries()) {
      for (const [j, shape] of shapesOf(name, amount).entries()) {
        const weights: Weights = layout === 'channelsLast' && name === '3/2 padded by 1' ? 'shared' : 'perChannel';
        const isOfHalf = (i + j) % 2 === (layout === 'channelsFirst' ? 0 : 1);
        test(`[${shape.join(', ')}], ${name}, ${weights}`, { tags: isBrief && !isOfHalf ? 'long' : 'sampled' }, async () => {
          const storage: Storage = 'Float32Array';
          const [n, c, ...spatial] = shape as [number, number, ...number[]];
          const dims = spatial.length as 1 | 2 | 3;
          const call = { kind, dims, options: { ...window, layout, weights, ...(kind === 'global' && { spatialDims: dims }) } } as Call;
          const ordered = layout === 'channelsFirst' ? shape : [n, ...spatial, c];
          const { x, dy, geometry } = makeProblem(call, ordered, storage, 'normal', 'normal', shape.length);
          const [input, outputGradient] = [numbersOf(x), numbersOf(dy)];
          const gradient = kind === 'adaptive' || dims === 2 ? 'exact' : 'weights';
          const bounds = allBounds(input, outputGradient, geometry, operatorOf(call, gradient), [gradient], dtypeOfTensor(x));
          const y = await pool(backend(), call, x);
          expectForm('y', y, x, geometry.outputShape);
          expectWithin('y', y, bounds.forward.plain, bounds.forward.tolerance);
          const dx = await poolGrad(backend(), call, x, dy, gradient);
          expectForm('dx', dx, x, geometry.inputShape);
          for (const { plain, tolerance } of bounds.gradients) expectWithin(`dx (${gradient})`, dx, plain, tolerance);
        });
      }
    }
  });
}
