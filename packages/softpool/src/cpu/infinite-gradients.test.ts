/**
 * A dL/dy that is infinite or NaN reaches every finite input of its window, whatever the kernel,
 * and no other.
 */
import { isThere, type Problem, problems, STORAGES, type Storage } from '@softpool/specification/problems';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { windows } from '../geometry/window-taps.ts';
import type { FloatArray, Tensor } from '../index.ts';
import * as softpool from '../index.ts';
import * as reference from '../reference.ts';

type Gradient = (x: Tensor, dy: Tensor, options: object) => Tensor;

/** The gradient's call of a problem. */
function gradientOf(calls: object, { call, geometry }: Problem): Gradient {
  const dims = `${geometry.spatialDims}d`;
  const name = { pool: `softPool${dims}Grad`, adaptive: `adaptiveSoftPool${dims}Grad`, global: 'globalSoftPoolGrad' }[call.kind];
  return (calls as Record<string, Gradient>)[name] as Gradient;
}

/** The elements that an output's dL/dy reaches. */
function reached({ geometry, call }: Problem, output: number): Set<number> {
  const inputs = new Set<number>();
  for (const { taps, channels } of windows(geometry, call.options.weights ?? 'perChannel')) {
    if (!channels.some((channel) => channel.output === output)) continue;
    for (const { input } of channels) for (const tap of taps) inputs.add(input + tap);
  }
  return inputs;
}

describe.each([
  ['softpool', softpool],
  ['softpool/reference', reference],
])('%s', (_, calls) => {
  test.each(STORAGES.filter(isThere).filter((storage) => storage.startsWith('Float')))('%s', (storage: Storage) => {
    const cases = fc.record({
      problem: problems({ storage, weights: 'perChannel', distributions: ['normal'], dyDistributions: ['normal'] }).filter(
        ({ call, geometry, dy }) => geometry.zeros === undefined && dy.data.length > 0 && (call.options.beta ?? 1) <= 4.44,
      ),
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      value: fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN),
      gradient: fc.constantFrom('weights', 'exact'),
    });
    fc.assert(
      fc.property(cases, ({ problem, at, value, gradient }) => {
        const output = Math.floor(at * problem.dy.data.length);
        const run = (g: number): FloatArray => {
          const dy = { ...problem.dy, data: problem.dy.data.slice() };
          dy.data[output] = g;
          return gradientOf(calls, problem)(problem.x, dy, { ...problem.call.options, gradient }).data;
        };
        const [without, infinite] = [run(0), run(value)];
        const inputs = reached(problem, output);
        const wrong = Array.from(infinite.keys()).filter((i) =>
          inputs.has(i) ? Number.isFinite(infinite[i]) : !Object.is(infinite[i], without[i]),
        );
        expect(wrong).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
