import { expect, test } from 'vitest';
import { makeProblem, operatorOf } from './problems.ts';
import { forwardBounds, TOLERANCES } from './tolerances.ts';

test('where +∞ has all the shared weight, an output is a mean at it, and may be off relative to that', () => {
  const call = { kind: 'global', dims: 1, options: { spatialDims: 1, weights: 'shared' } } as const;
  const { geometry } = makeProblem(call, [3, 3], 'Float32Array', 'normal', 'normal', 1);
  const x = [-2, -1.5, -Infinity, Infinity, Infinity, 1, 7, Infinity, 7];
  const { plain, tolerance } = forwardBounds(x, geometry, operatorOf(call, 'weights'), 'float32');
  expect(plain[0]).toBeCloseTo(-5 / 3, 15);
  expect(tolerance[0]).toBeCloseTo(TOLERANCES.float32.relative * (5 / 3), 15);
});
