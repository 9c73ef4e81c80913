import { expect, test } from 'vitest';
import { frameRateOf, quotient } from './frame-rate.ts';

test.each([
  [29.97, [30000, 1001]],
  [25, [25, 1]],
  [12.5, [25, 2]],
  [0.75, [3, 4]],
  [0.25, [1, 4]],
  [0.0001, [1, 10_000]],
])('%d frames a second are %j', (fps, ratio) => {
  expect(frameRateOf(fps)).toEqual(ratio);
});

test.each([300, 3600, 86_400])('a frame every %i seconds keeps its rate to a thousandth', (seconds) => {
  expect(quotient(frameRateOf(1 / seconds)) * seconds).toBeCloseTo(1, 3);
});
