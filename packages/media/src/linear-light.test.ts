import { expect, test } from 'vitest';
import { poolImage } from './index.ts';

/** IEC 61966-2-1 for samples above its linear part. */
const light = (sample: number): number => ((sample / 255 + 0.055) / 1.055) ** 2.4;
const encoded = (value: number): number => Math.round((1.055 * value ** (1 / 2.4) - 0.055) * 255);

const grays = { data: Uint8Array.of(51, 203), width: 2, height: 1, channels: 1 as const };

test('the mean of linear light is brighter than the mean of samples', () => {
  expect([...poolImage(grays, { factor: 2, method: 'average', linear: true }).data]).toEqual([encoded((light(51) + light(203)) / 2)]);
  expect([...poolImage(grays, { factor: 2, method: 'average' }).data]).toEqual([127]);
  // Black and white: half the light is level 188, as any table of sRGB says.
  const halves = { ...grays, data: Uint8Array.of(0, 255) };
  expect([...poolImage(halves, { factor: 2, method: 'average', linear: true }).data]).toEqual([188]);
});

test('SoftPool in linear light computes weights from linear light', () => {
  const [dark, bright] = [light(51), light(203)];
  const [w, v] = [Math.exp(dark / 0.225), Math.exp(bright / 0.225)];
  expect([...poolImage(grays, { factor: 2, linear: true }).data]).toEqual([encoded((dark * w + bright * v) / (w + v))]);
});

test('the transfer function is linear near black', () => {
  // Up to 0.04045 · 255 = 10.3 the mean of samples is the mean of light.
  const dark = { ...grays, data: Uint8Array.of(2, 8) };
  expect([...poolImage(dark, { factor: 2, method: 'average', linear: true }).data]).toEqual([5]);
});

test('every 8-bit level and every 16-bit level survives decoding and encoding', () => {
  const bytes = { data: Uint8Array.from({ length: 256 }, (_, i) => i), width: 256, height: 1, channels: 1 as const };
  expect(poolImage(bytes, { factor: 1, linear: true }).data).toEqual(bytes.data);
  const words = { data: Uint16Array.from({ length: 65536 }, (_, i) => i), width: 256, height: 256, channels: 1 as const };
  expect(poolImage(words, { factor: 1, linear: true }).data).toEqual(words.data);
});

test('floating-point samples are converted by the formula', () => {
  const { data } = poolImage({ ...grays, data: Float32Array.of(0.5, 0.02) }, { factor: 2, method: 'max', linear: true });
  expect(data[0]).toBeCloseTo(0.5, 6);
});

test('alpha is not converted', () => {
  const half = { data: Uint8Array.of(100, 0, 100, 128), width: 2, height: 1, channels: 2 as const };
  // Alpha averages to 64; the transparent pixel contributes no gray.
  expect([...poolImage(half, { factor: 2, method: 'average', linear: true }).data]).toEqual([100, 64]);
});
