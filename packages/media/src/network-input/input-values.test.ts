// Inputs of networks, by the rules of torchvision, Python and Pillow.
import { expect, test } from 'vitest';
import { halfOf, normalizeInPlace, resizedSize, windowInto } from './input-values.ts';

test('the longer side of a resized picture is rounded down, and exact quotients are kept', () => {
  // int(224 · 45 / 20) = 504 in Python; 45 · (224 / 20) is a little less in floating point.
  expect(resizedSize(224, [20, 45], [1, 1])).toEqual([224, 504]);
  expect(resizedSize(224, [333, 200], [1, 1])).toEqual([372, 224]); // 372.96
  expect(resizedSize(undefined, [100, 200], [50, 60])).toEqual([50, 100]);
  expect(resizedSize([30, 40], [100, 200], [10, 10])).toEqual([30, 40]);
});

test('half of a crop is rounded as Python rounds: halves to even', () => {
  expect([0, 1, 2, 3, 4, 5, 7].map(halfOf)).toEqual([0, 0, 1, 2, 2, 2, 4]);
});

test('colors become gray by the luma of Rec. 601, flipped, and are 0 outside the picture', () => {
  const picture = { data: Uint8Array.of(100, 50, 200, 10, 20, 30), width: 2, height: 1, channels: 3 } as const;
  const target = new Float32Array(3);
  windowInto(target, picture, { top: 0, left: 0, height: 1, width: 3, channels: 1, isFlipped: true });
  // 0.299 · 10 + 0.587 · 20 + 0.114 · 30, and 0.299 · 100 + 0.587 · 50 + 0.114 · 200
  expect(Array.from(target)).toEqual([0, expect.closeTo(18.15, 4), expect.closeTo(82.05, 4)]);
});

test('values are divided, then the mean is subtracted, then they are divided by the deviation', () => {
  const values = Float32Array.of(255, 51, 0, 255);
  normalizeInPlace(values, { divisor: 255, mean: [0.5, 0.1], std: [0.25, 0.5] });
  expect(Array.from(values)).toEqual([2, expect.closeTo(0.2, 6), -2, expect.closeTo(1.8, 6)]);
});
