import { describe, expect, test } from 'vitest';
import { type Pixels, psnr, type Samples } from './index.ts';
import { ssim } from './ssim.ts';

function gray<S extends Samples>(width: number, height: number, data: S): Pixels<S> {
  return { data, width, height, channels: 1 };
}

/** 16 × 16 levels without a pattern. */
const texture = Uint8Array.from({ length: 256 }, (_, i) => (i * i * 31 + i * 17) % 256);

describe('PSNR', () => {
  test('of equal images is infinite', () => {
    expect(psnr(gray(16, 16, texture), gray(16, 16, texture.slice()))).toBe(Number.POSITIVE_INFINITY);
  });

  test('is 20 dB for a difference of 0.1 in every sample', () => {
    // The mean squared difference is 0.01: 10 log10(1 / 0.01) = 20.
    expect(psnr(gray(2, 1, Float32Array.of(0.5, 0.25)), gray(2, 1, Float32Array.of(0.6, 0.15)))).toBeCloseTo(20, 5);
  });

  test('averages the squared differences of all samples', () => {
    // 51 of 255 is 0.2: 0.04 / 4 = 0.01.
    expect(psnr(gray(2, 2, new Uint8Array(4)), gray(2, 2, Uint8Array.of(0, 51, 0, 0)))).toBeCloseTo(20, 10);
  });

  test('of black and white is 0 dB', () => {
    expect(psnr(gray(1, 1, Uint16Array.of(0)), gray(1, 1, Uint16Array.of(65535)))).toBe(0);
  });

  test('uses all colors and ignores alpha', () => {
    const black = { data: Uint8Array.of(0, 0, 0, 255), width: 1, height: 1, channels: 4 as const };
    const other = { ...black, data: Uint8Array.of(51, 0, 102, 7) };
    // (0.04 + 0 + 0.16) / 3
    expect(psnr(black, other)).toBeCloseTo(10 * Math.log10(3 / 0.2), 10);
    const clear = { data: Uint8Array.of(10, 0), width: 1, height: 1, channels: 2 as const };
    expect(psnr(clear, { ...clear, data: Uint8Array.of(10, 255) })).toBe(Number.POSITIVE_INFINITY);
  });

  test('compares 8 bits with 16 on one scale', () => {
    expect(psnr(gray(2, 1, Uint8Array.of(0, 100)), gray(2, 1, Uint16Array.of(0, 25700)))).toBeGreaterThan(250);
  });
});

describe('SSIM', () => {
  test('of equal images is 1', () => {
    expect(ssim(gray(16, 16, texture), gray(16, 16, texture.slice()))).toBeCloseTo(1, 12);
  });

  test('of two flat images is the luminance term', () => {
    // Without variance the paper's formula is (2ab + C1) / (a² + b² + C1) with C1 = (0.01 · 255)².
    const [a, b, c1] = [100, 150, 2.55 ** 2];
    const flat = (level: number): Pixels => gray(16, 16, new Uint8Array(256).fill(level));
    expect(ssim(flat(a), flat(b))).toBeCloseTo((2 * a * b + c1) / (a * a + b * b + c1), 6);
  });

  test('of colors is that of their luma', () => {
    // 0.299 · 194, 0.587 · 138 and 0.114 · 228 are 58, 81 and 26.
    const flat = (color: readonly number[]): Pixels => {
      return { data: Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => color[i % 3]!), width: 16, height: 16, channels: 3 };
    };
    const [red, green, blue] = [flat([194, 0, 0]), flat([0, 138, 0]), flat([0, 0, 228])];
    const luminance = (a: number, b: number): number => (2 * a * b + 2.55 ** 2) / (a * a + b * b + 2.55 ** 2);
    expect(ssim(red, green)).toBeCloseTo(luminance(58, 81), 3);
    expect(ssim(red, blue)).toBeCloseTo(luminance(58, 26), 3);
  });

  test('of large images is that of their pixels, which are not reduced first', () => {
    // Gray and a checkerboard of the same mean: C2 / (σ² + C2) with C2 = (0.03 · 255)² and σ = 50.
    const side = 512;
    const board = Uint8Array.from({ length: side * side }, (_, i) => (((i % side) + Math.floor(i / side)) % 2 === 0 ? 50 : 150));
    const plain = new Uint8Array(side * side).fill(100);
    expect(ssim(gray(side, side, plain), gray(side, side, board))).toBeCloseTo(7.65 ** 2 / (50 ** 2 + 7.65 ** 2), 3);
  });

  test('of a texture and its negative is below 0', () => {
    const negative = texture.map((sample) => 255 - sample);
    expect(ssim(gray(16, 16, texture), gray(16, 16, negative))).toBeLessThan(-0.5);
  });

  test('of gray equals that of equal red, green and blue, in 8 and 16 bits', () => {
    const noisy = texture.map((sample, i) => (i % 3 === 0 ? sample ^ 64 : sample));
    const expected = ssim(gray(16, 16, texture), gray(16, 16, noisy));
    const rgb = (data: Uint8Array): Pixels => {
      const triple = Uint8Array.from({ length: 3 * data.length }, (_, i) => data[Math.floor(i / 3)]!);
      return { data: triple, width: 16, height: 16, channels: 3 };
    };
    expect(ssim(rgb(texture), rgb(noisy))).toBeCloseTo(expected, 12);
    const wide = (data: Uint8Array): Pixels =>
      gray(
        16,
        16,
        Uint16Array.from(data, (sample) => sample * 257),
      );
    expect(ssim(wide(texture), wide(noisy))).toBeCloseTo(expected, 12);
    expect(expected).toBeGreaterThan(0);
    expect(expected).toBeLessThan(0.95);
  });

  test('is refused for sides below 11 pixels, the size of its window', () => {
    const small = gray(20, 10, new Uint8Array(200));
    expect(() => ssim(small, small)).toThrow(new RangeError('ssim: both sides must have at least 11 pixels, received 20 × 10'));
    const enough = gray(11, 11, new Uint8Array(121));
    expect(ssim(enough, enough)).toBe(1);
  });
});

test.each([
  ['psnr', psnr],
  ['ssim', ssim],
] as const)('%s refuses images of different sizes or channels', (name, figure) => {
  const square = gray(16, 16, texture);
  const both = `${name}: both images must have the same size and channels, received 16 × 16 × 1 and`;
  expect(() => figure(square, gray(32, 8, texture))).toThrow(new RangeError(`${both} 32 × 8 × 1`));
  const wide = { data: new Uint8Array(512), width: 16, height: 16, channels: 2 as const };
  expect(() => figure(square, wide)).toThrow(new RangeError(`${both} 16 × 16 × 2`));
});
