import { expect, test } from 'vitest';
import { decodeSrgb, encodeSrgb } from '../linear-light.ts';
import { exponential } from './exponential.ts';
import { levelValues, linearLevel, linearLevels } from './levels.ts';

test('exponentials are right to their last bits', () => {
  let worst = 0;
  for (let x = 0; x > -708; x -= 0.000917) worst = Math.max(worst, Math.abs(exponential(x) / Math.exp(x) - 1));
  expect(worst).toBeLessThan(2 ** -51);
  expect([0, -0, -708.5, -1e308, Number.NEGATIVE_INFINITY, Number.NaN].map(exponential)).toEqual([1, 1, 0, 0, 0, Number.NaN]);
});

test.each([255, 65535])('values of linear light are those of the formula for levels up to %i', (maximum) => {
  levelValues(maximum, true).forEach((value, level) => {
    expect(Math.abs(value / maximum - decodeSrgb(level / maximum))).toBeLessThan(1e-15);
  });
});

test.each([255, 65535])('values of linear light become the level that the formula rounds to, up to %i', (maximum) => {
  const levels = linearLevels(maximum);
  for (let i = 0; i <= 200_000; i++) {
    const light = (i / 200_000) ** 2;
    const exact = encodeSrgb(light) * maximum;
    if (Math.abs(Math.abs(exact - Math.floor(exact)) - 0.5) < 1e-6) continue; // halfway between two
    expect(linearLevel(levels, light * maximum)).toBe(Math.round(exact));
  }
});
