import { expect, test } from 'vitest';
import { flattenImage } from './flatten-image.ts';

test('samples outside 0–1 become black and white', () => {
  const data = Float32Array.of(-1, -0.001, 0, 0.5, 1, 1.002, 1.5, Number.POSITIVE_INFINITY);
  const { data: flat } = flattenImage({ data, width: data.length, height: 1, channels: 1 });
  expect(flat).toEqual(Uint8Array.of(0, 0, 0, 128, 255, 255, 255, 255));
});

test('alpha above 1 is opaque', () => {
  expect(flattenImage({ data: Float32Array.of(0, 1.01), width: 1, height: 1, channels: 2 }).data).toEqual(Uint8Array.of(0));
});
