// Random numbers against the distributions that they promise.
import { expect, test } from 'vitest';
import { checkSeed, randomOf, shuffled } from './random.ts';

test('each order of three is as likely as the others', () => {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < 6000; seed++) {
    const order = shuffled(3, randomOf(seed)).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual(['012', '021', '102', '120', '201', '210']);
  // 5 standard deviations of a count: √(6000 · 1/6 · 5/6) = 29.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(145);
});

test('normal numbers have mean 0, variance 1, and 68.3 % of them within a deviation', () => {
  const random = randomOf(1, 2);
  const values = Array.from({ length: 40_000 }, () => random.normal());
  const meanOf = (of: (value: number) => number): number => values.reduce((sum, value) => sum + of(value), 0) / values.length;
  // 5 standard errors: 1, √2 and √(0.683 · 0.317) over √40000.
  expect(Math.abs(meanOf((value) => value))).toBeLessThan(0.025);
  expect(Math.abs(meanOf((value) => value ** 2) - 1)).toBeLessThan(0.036);
  expect(Math.abs(meanOf((value) => Number(Math.abs(value) < 1)) - 0.6827)).toBeLessThan(0.012);
});

test('a seed is an integer of 32 bits, with or without a sign', () => {
  for (const seed of [0, -(2 ** 31), 2 ** 32 - 1]) checkSeed('call', seed);
  for (const seed of [2 ** 32, -(2 ** 31) - 1, 0.5, Number.NaN]) {
    expect(() => checkSeed('call', seed)).toThrow('call: options.seed must be a 32-bit integer');
  }
});
