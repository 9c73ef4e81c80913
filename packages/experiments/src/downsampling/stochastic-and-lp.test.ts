import { type Random, randomOf } from '@softpool/models';
import { expect, test } from 'vitest';
import { type Bytes, lpPool, stochasticPool } from './stochastic-and-lp.ts';

const picture = (rows: number[][], channels: 1 | 3 = 1): Bytes => {
  const data = Uint8Array.from(rows.flat());
  return { data, width: (rows[0]?.length ?? 0) / channels, height: rows.length, channels };
};

test('Lp pooling equals calculations by hand', () => {
  const two = picture([
    [0, 3, 255, 255],
    [4, 5, 255, 255],
  ]);
  // √12.5 = 3.54
  expect(lpPool(two, 2, 2)).toEqual({ data: Uint8Array.of(4, 255), width: 2, height: 1, channels: 1 });
  expect(lpPool(two, 2, 1).data).toEqual(Uint8Array.of(3, 255)); // the mean
  expect(lpPool(two, 2, 60).data[0]).toBe(5); // nearly the maximum
});

test('channels are pooled separately', () => {
  const colors = picture(
    [
      [0, 10, 20, 0, 10, 20],
      [0, 10, 20, 0, 10, 60],
    ],
    3,
  );
  expect(lpPool(colors, 2, 1)).toEqual({ data: Uint8Array.of(0, 10, 30), width: 1, height: 1, channels: 3 });
});

/** Returns these numbers in order. */
function drawing(...numbers: number[]): Random {
  return { ...randomOf(0), uniform: () => numbers.shift() as number };
}

test('stochastic pooling picks the sample at the drawn share of the sum', () => {
  const window = picture([
    [10, 0],
    [30, 60],
  ]);
  // Shares of the sum 100: 10 up to 0.1, 30 up to 0.4, 60 up to 1.
  const drawn = [0, 0.09, 0.1, 0.39, 0.4, 0.999].map((share) => stochasticPool(window, 2, drawing(share)).data[0]);
  expect(drawn).toEqual([10, 10, 30, 30, 60, 60]);
  expect(
    stochasticPool(
      picture([
        [0, 0],
        [0, 0],
      ]),
      2,
      drawing(0.7),
    ).data[0],
  ).toBe(0);
});

test('samples are drawn in proportion to their values', () => {
  const random = randomOf(5);
  const window = picture([
    [20, 20],
    [0, 60],
  ]);
  const draws = 4000;
  let bright = 0;
  for (let i = 0; i < draws; i++) if (stochasticPool(window, 2, random).data[0] === 60) bright++;
  const deviation = Math.sqrt(0.6 * 0.4 * draws);
  expect(Math.abs(bright - 0.6 * draws)).toBeLessThan(4 * deviation);
});

test('a side not divisible by the factor is an error', () => {
  expect(() => lpPool(picture([[1, 2, 3]]), 2, 2)).toThrow('the sides of a picture must be multiples of 2, received 3 × 1');
});
