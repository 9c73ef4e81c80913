import { expect, test } from 'vitest';
import { driftMeter } from './drift.ts';

/** How many rows of `[N, 3]` have the same top-1. */
function same(was: readonly number[], is: readonly number[]): object | null | undefined {
  const meter = driftMeter();
  const tensor = (numbers: readonly number[]) => ({
    y: { type: 'float32', shape: [numbers.length / 3, 3], data: Float32Array.from(numbers) } as const,
  });
  meter.add(tensor(was), tensor(is));
  return meter.drifts()[0]?.sameTop1;
}

test.each<[string, readonly number[], readonly number[], number]>([
  ['equal rows', [1, 5, 2], [3, 4, 0], 1],
  ['rows with another largest number', [1, 5, 2], [9, 4, 0], 0],
  ['the first of equal numbers', [5, 5, 2], [7, 6, 0], 1],
  ['NaN alone against numbers', [Number.NaN, Number.NaN, Number.NaN], [5, 1, 1], 0],
  ['numbers against NaN', [5, 1, 1], [Number.NaN, 1, 1], 0],
  ['a NaN beside the same largest number', [1, 9, Number.NaN], [1, 9, 1], 0],
  ['NaN in both', [1, 9, Number.NaN], [1, 9, Number.NaN], 0],
  ['−∞ in both', [-Infinity, 0, -Infinity], [-Infinity, 0, -Infinity], 1],
])('top-1 of %s', (_, was, is, count) => {
  expect(same(was, is)).toEqual({ rows: 1, same: count });
  expect(same([...was, 0, 0, 1], [...is, 0, 0, 1])).toEqual({ rows: 2, same: count + 1 });
});

test.each([
  ['NaN', Number.NaN],
  ['−∞', -Infinity],
])('what both models have alike, such as %s, does not change the relative difference', (_, mask) => {
  const meter = driftMeter();
  const tensor = (numbers: readonly number[]) => ({ type: 'float32', shape: [numbers.length], data: Float32Array.from(numbers) }) as const;
  meter.add({ y: tensor([3, mask, 4]) }, { y: tensor([3, mask, 5]) });
  // √(1² / 2) divided by √((3² + 4²) / 2)
  expect(meter.drifts()[0]).toMatchObject({ largest: 1, relative: 0.2 });
});
