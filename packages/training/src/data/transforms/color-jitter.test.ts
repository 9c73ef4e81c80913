// Changes of color, worked out by hand with torchvision's formulas.
import type { Random } from '@softpool/models';
import { randomOf } from '@softpool/models';
import { expect, test } from 'vitest';
import { applyJitter, chooseJitter } from './color-jitter.ts';
import { createTransform } from './transforms.ts';

const closeTo = (values: readonly number[]): number[] => values.map((value) => expect.closeTo(value, 3));

test.each([
  // Halves, and the limits of a byte.
  ['brightness', 0.5, [100, 50, 0, 127.5, 127.5, 127.5]],
  ['brightness', 2, [255, 200, 0, 255, 255, 255]],
  // The grays are 0.299 · 200 + 0.587 · 100 = 118.5 and 255; their mean is 186.75.
  ['contrast', 0.5, [193.375, 143.375, 93.375, 220.875, 220.875, 220.875]],
  ['contrast', 0, [186.75, 186.75, 186.75, 186.75, 186.75, 186.75]],
  ['saturation', 0.5, [159.25, 109.25, 59.25, 255, 255, 255]],
  ['saturation', 2, [255, 81.5, 0, 255, 255, 255]],
] as const)('%s by %f', (change, factor, expected) => {
  const values = Float32Array.of(200, 100, 0, 255, 255, 255);
  applyJitter(values, 3, [{ change, factor }]);
  expect(Array.from(values)).toEqual(closeTo(expected));
});

test('gray pictures have brightness and contrast only', () => {
  const values = Float32Array.of(0, 100);
  applyJitter(values, 1, [
    { change: 'saturation', factor: 0 },
    { change: 'contrast', factor: 2 },
    { change: 'brightness', factor: 0.5 },
  ]);
  expect(Array.from(values)).toEqual([0, 75]); // 2 · 100 − 50, halved
});

test('each change has a factor from 1 − amount to 1 + amount, in random order', () => {
  const jitters = Array.from({ length: 200 }, (_, seed) => chooseJitter(0.4, randomOf(seed)));
  for (const jitter of jitters) expect(jitter.map(({ change }) => change).sort()).toEqual(['brightness', 'contrast', 'saturation']);
  const factors = jitters.flatMap((jitter) => jitter.map(({ factor }) => factor));
  expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.6);
  expect(Math.min(...factors)).toBeLessThan(0.62);
  expect(Math.max(...factors)).toBeLessThanOrEqual(1.4);
  expect(Math.max(...factors)).toBeGreaterThan(1.38);
  expect(new Set(jitters.map((jitter) => jitter.map(({ change }) => change).join())).size).toBe(6);
  // An amount above 1 never makes a factor negative.
  const dark: Random = { uniform: () => 0, integer: () => 0, normal: () => 0 };
  expect(chooseJitter(2, dark).map(({ factor }) => factor)).toEqual([0, 0, 0]);
});

test('a transform changes colors before it normalizes', async () => {
  const normalization = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
  const transform = createTransform({ inputShape: [1, 1, 3], colorJitter: 2, normalization });
  const dark: Random = { uniform: () => 0, integer: () => 0, normal: () => 0 };
  const input = await transform.apply({ data: Uint8Array.of(200, 100, 0), shape: [1, 1, 3] }, dark);
  expect(Array.from(input)).toEqual([-1, -1, -1]); // brightness 0, then values of −1
  expect(() => createTransform({ inputShape: [1, 1, 3], colorJitter: -1 })).toThrow('options.colorJitter must be a number ≥ 0');
});

test('the contrast of each frame of a clip is that of a picture', async () => {
  // Brightness by 1, contrast by 0: each frame becomes its mean gray.
  const factors = [1 / 3, 0];
  const random: Random = { uniform: () => factors.shift() ?? 1 / 3, integer: () => 0, normal: () => 0 };
  const normalization = { mean: [0], std: [1] };
  const transform = createTransform({ inputShape: [2, 1, 2, 1], colorJitter: 2, normalization });
  const input = await transform.apply({ data: Uint8Array.of(0, 102, 51, 255), shape: [2, 1, 2, 1] }, random);
  expect(Array.from(input)).toEqual(closeTo([0.2, 0.2, 0.6, 0.6]));
});
