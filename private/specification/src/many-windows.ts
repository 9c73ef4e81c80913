/** Enough windows to meet the largest errors. */
import { test } from 'vitest';
import type { Amount } from './amount.ts';
import { type Backend, type Call, pool, poolGrad } from './backend.ts';
import { dtypeOfTensor, expectWithin, numbersOf } from './expect.ts';
import { makeProblem, operatorOf, type Storage } from './problems.ts';
import { allBounds } from './tolerances.ts';

/** Kernel size, stride and dimensions. */
const FEW_WINDOWS = [
  [2, 2, 2],
  [3, 2, 2],
  [7, 1, 2],
] as const;
const SOME_WINDOWS = [...FEW_WINDOWS, [2, 1, 2], [3, 1, 2], [5, 5, 2]] as const;
const WINDOWS = { few: FEW_WINDOWS, some: SOME_WINDOWS, all: [...SOME_WINDOWS, [3, 3, 3]] } as const;
const BETAS = { few: [4], some: [1, 4, 30], all: [1, 4, 30] } as const;

export function specifyManyWindows(backend: () => Backend, storage: Storage, amount: Amount): void {
  test('is within the tolerance in each of many windows', { tags: 'sampled' }, async () => {
    for (const [kernelSize, stride, dims] of WINDOWS[amount]) {
      for (const beta of BETAS[amount]) {
        for (const layout of ['channelsFirst', 'channelsLast'] as const) {
          const call: Call = { kind: 'pool', dims, options: { kernelSize, stride, beta, layout } };
          // Float16 is computed in float32; float64 is summed by plain loops.
          const spatial = dims === 2 ? [33, 42] : storage === 'Float32Array' ? [36, 33, 42] : [12, 18, 22];
          const shape = layout === 'channelsFirst' ? [4, ...spatial] : [...spatial, 4];
          const { x, dy, geometry } = makeProblem(call, shape, storage, 'normal', 'normal', kernelSize);
          const [input, outputGradient, dtype] = [numbersOf(x), numbersOf(dy), dtypeOfTensor(x)];
          const what = `${kernelSize}/${stride}, beta ${beta}, ${layout}:`;
          const gradients = ['weights', 'exact'] as const;
          const bounds = allBounds(input, outputGradient, geometry, operatorOf(call, 'weights'), gradients, dtype);
          expectWithin(`${what} y`, await pool(backend(), call, x), bounds.forward.plain, bounds.forward.tolerance);
          for (const [i, { plain, tolerance }] of bounds.gradients.entries()) {
            const dx = await poolGrad(backend(), call, x, dy, gradients[i]);
            expectWithin(`${what} dx (${gradients[i]})`, dx, plain, tolerance);
          }
        }
      }
    }
  });
}
