import { describe, expect, test } from 'vitest';
import { differenceCell, intervalCell, meanCell, probabilityCell, signed } from '../report/cells.ts';
import { holm, pairedDifference, summaryOf, verdictOf } from './paired.ts';

test('mean and deviation of a sample', () => {
  expect(summaryOf([2, 4, 9])).toEqual({ n: 3, mean: 5, deviation: Math.sqrt((9 + 1 + 16) / 2) });
  expect(summaryOf([1, Number.POSITIVE_INFINITY])).toEqual({ n: 2, mean: Number.POSITIVE_INFINITY, deviation: null });
  expect(summaryOf([7])).toEqual({ n: 1, mean: 7, deviation: null });
});

describe('a paired difference', () => {
  test('equals a calculation by hand: differences 1, 3, 5, two degrees of freedom', () => {
    const { n, mean, standardError, interval, p } = pairedDifference([11, 13, 25], [10, 10, 20]);
    expect([n, mean]).toEqual([3, 3]);
    expect(standardError).toBeCloseTo(2 / Math.sqrt(3), 12);
    const t = 3 / (2 / Math.sqrt(3));
    // The closed form for two degrees of freedom.
    expect(p).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 8);
    const reach = (4.30265272991 * 2) / Math.sqrt(3); // from a table of Student's distribution
    expect(interval?.[0]).toBeCloseTo(3 - reach, 8);
    expect(interval?.[1]).toBeCloseTo(3 + reach, 8);
  });

  test('changes its sign when the lists are swapped', () => {
    const [one, other] = [pairedDifference([1, 2, 4], [3, 3, 3]), pairedDifference([3, 3, 3], [1, 2, 4])];
    expect(other.mean).toBeCloseTo(-one.mean, 14);
    expect(other.p).toBeCloseTo(one.p as number, 14);
  });

  test('is not tested for a single pair or equal differences', () => {
    expect(pairedDifference([3], [1])).toEqual({ n: 1, mean: 2, standardError: null, interval: null, p: null });
    expect(pairedDifference([3, 4], [1, 2])).toMatchObject({ mean: 2, standardError: 0, p: null });
    expect(pairedDifference([3, 4], [3, 4])).toMatchObject({ mean: 0, p: 1 });
  });

  test('is not tested for differences that rounding alone makes unequal', () => {
    // 0.4 − 0.3 and 0.3 − 0.2 differ in the last bit.
    const { mean, standardError, interval, p } = pairedDifference([0.4, 0.3], [0.3, 0.2]);
    expect([mean.toFixed(15), standardError, p]).toEqual(['0.100000000000000', 0, null]);
    expect(interval?.map((end) => end.toFixed(15))).toEqual(['0.100000000000000', '0.100000000000000']);
    // 0.1 + 0.2 is a little more than 0.3; equal values show no difference.
    expect(pairedDifference([0.1 + 0.2, 0.5], [0.3, 0.5])).toMatchObject({ standardError: 0, p: 1 });
    // Small, but larger than rounding: 1e-9 and 3e-9 have mean 2e-9 and standard error 1e-9.
    const small = pairedDifference([1 + 1e-9, 1 + 3e-9], [1, 1]);
    expect((small.standardError as number) / 1e-9).toBeCloseTo(1, 5);
    // One degree of freedom is Cauchy's distribution: p = 1 − (2/π) arctan(t), here with t = 2.
    expect(small.p).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(2), 5);
  });

  test('needs pairs', () => {
    expect(() => pairedDifference([1, 2], [1])).toThrow('others must be 2 numbers, received [1]');
    expect(() => pairedDifference([], [])).toThrow('others must be 1 numbers, received []');
  });
});

test('Holm’s adjustment multiplies the smallest of three by 3 and the next by 2, and is monotonic', () => {
  const [a, b, c, d] = holm([0.01, 0.04, null, 0.03]) as [number, number, null, number];
  expect(a).toBeCloseTo(0.03, 14);
  expect(b).toBeCloseTo(0.06, 14);
  expect(c).toBeNull();
  expect(d).toBeCloseTo(0.06, 14);
  expect(holm([0.6, 0.9])).toEqual([1, 1]);
});

test('verdicts of differences', () => {
  const up = pairedDifference([2, 3.1, 4], [1, 2, 3]);
  expect([verdictOf(up, 0.049), verdictOf(up, 0.05), verdictOf(up, null)]).toEqual(['higher', 'no difference seen', 'not tested']);
  expect(verdictOf(pairedDifference([1, 2, 3], [2, 3.1, 4]), 0.01)).toBe('lower');
});

test('numbers as table cells', () => {
  expect(meanCell(summaryOf([90, 92]), 2)).toBe('91.00 ± 1.41');
  expect(meanCell(summaryOf([90]), 1)).toBe('90.0');
  expect(differenceCell(pairedDifference([1, 3], [2, 5]), 2)).toBe('−1.50 ± 0.50');
  expect(intervalCell(pairedDifference([1], [2]), 2)).toBe('–');
  // 3 ± 4.97, as above
  expect(intervalCell(pairedDifference([11, 13, 25], [10, 10, 20]), 2)).toBe('−1.97 … +7.97');
  expect([Number.NaN, Number.POSITIVE_INFINITY].map((value) => meanCell(summaryOf([1, value]), 2))).toEqual(['–', '∞']);
  expect([signed(0.001, 2), signed(-0.001, 2), signed(0.005, 3), signed(-3, 0)]).toEqual(['0.00', '0.00', '+0.005', '−3']);
  expect([0.0004, 0.001, 0.0306, null].map(probabilityCell)).toEqual(['< 0.001', '0.001', '0.031', '–']);
});
