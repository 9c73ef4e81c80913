import { expect, test } from 'vitest';
import { quartiles } from './quartiles.ts';

// numpy.percentile(values, [25, 50, 75])
test.each([
  [[7], [7, 7, 7]],
  [
    [100, 1],
    [25.75, 50.5, 75.25],
  ],
  [
    [3, 100, 1, 2],
    [1.75, 2.5, 27.25],
  ],
  [
    [10, 9, 2, 4, 7],
    [4, 7, 9],
  ],
])('the quartiles of %j are those of NumPy', (values, expected) => {
  const { firstQuartile, median, thirdQuartile } = quartiles(values);
  expect([firstQuartile, median, thirdQuartile]).toEqual(expected);
});
