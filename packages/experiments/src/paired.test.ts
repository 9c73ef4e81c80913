import { describe, expect, test } from 'vitest';
import { differenceCell, intervalCell, meanCell, probabilityCell, signed } from './cells.ts';
import { holm, pairedDifference, summaryOf, verdictOf } from './paired.ts';

test('mean and deviation of a sample', () => {
  expect(summaryOf([2, 4, 9])).toEqual({ n: 3, mean: 5, deviation: Math.sqrt((9 + 1 + 16) / 2) });
  expect(summaryOf([1, Number.POSITIVE_INFINITY])).toEqual({ n: 2, mean: Number.POSITIVE_INFINITY, deviation: null });
  expect(summaryOf([7])).toEqual({ n: 1, mean: 7, deviation: null });
});

describe('a paired difference', () => {
  test('by hand: differences 1, 3, 5, with two degrees of freedom', () => {
    const { n, mean, standardError, interval, p } = pairedDifference([11, 13, 25], [10, 10, 20]);
    expect([n, mean]).toEqual([3, 3]);
    expect(standardError).toBeCloseTo(2 / Math.sqrt(3), 12);
    const t = 3 / (2 / Math.sqrt(3));
    expect(p).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 8); // Student's distribution has a closed form there
    const reach = (4.30265272991 * 2) / Math.sqrt(3); // from a table of Student's distribution
    expect(interval?.[0]).toBeCloseTo(3 - reach, 8);
    expect(interval?.[1]).toBeCloseTo(3 + reach, 8);
  });

  test('the same the other way round, with the other sign', () => {
    const [one, other] = [pairedDifference([1, 2, 4], [3, 3, 3]), pairedDifference([3, 3, 3], [1, 2, 4])];
    expect(other.mean).toBeCloseTo(-one.mean, 14);
    expect(other.p).toBeCloseTo(one.p as number, 14);
  });

  test('of one pair is not tested; nor are differences that are all the same', () => {
    expect(pairedDifference([3], [1])).toEqual({ n: 1, mean: 2, standardError: null, interval: null, p: null });
    expect(pairedDifference([3, 4], [1, 2])).toMatchObject({ mean: 2, standardError: 0, p: null });
    expect(pairedDifference([3, 4], [3, 4])).toMatchObject({ mean: 0, p: 1 });
  });

  test('needs pairs', () => {
    expect(() => pairedDifference([1, 2], [1])).toThrow('as many of either are needed, at least one, received 2 and 1');
    expect(() => pairedDifference([], [])).toThrow('received 0 and 0');
  });
});

test('Holm’s adjustment: the smallest of three times 3, the next times 2, never below one before', () => {
  const [a, b, c, d] = holm([0.01, 0.04, null, 0.03]) as [number, number, null, number];
  expect(a).toBeCloseTo(0.03, 14);
  expect(b).toBeCloseTo(0.06, 14);
  expect(c).toBeNull();
  expect(d).toBeCloseTo(0.06, 14);
  expect(holm([0.6, 0.9])).toEqual([1, 1]);
});

test('a difference in words', () => {
  const up = pairedDifference([2, 3.1, 4], [1, 2, 3]);
  expect([verdictOf(up, 0.049), verdictOf(up, 0.05), verdictOf(up, null)]).toEqual(['higher', 'no difference seen', 'not tested']);
  expect(verdictOf(pairedDifference([1, 2, 3], [2, 3.1, 4]), 0.01)).toBe('lower');
});

test('numbers in cells', () => {
  expect(meanCell(summaryOf([90, 92]), 2)).toBe('91.00 ± 1.41');
  expect(meanCell(summaryOf([90]), 1)).toBe('90.0');
  expect(differenceCell(pairedDifference([1, 3], [2, 5]), 2)).toBe('−1.50 ± 0.50');
  expect(intervalCell(pairedDifference([1], [2]), 2)).toBe('–');
  expect([signed(0.001, 2), signed(-0.001, 2), signed(0.005, 3), signed(-3, 0)]).toEqual(['0.00', '0.00', '+0.005', '−3']);
  expect([probabilityCell(0.0004), probabilityCell(0.0306), probabilityCell(null)]).toEqual(['< 0.001', '0.031', '–']);
});
