import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { ssim } from '../ssim.ts';
import {
  COMPARED_METHODS,
  type CompareOptions,
  type ComparisonRow,
  compareMethods,
  METHODS,
  type Pixels,
  poolImage,
  psnr,
  readImage,
} from './index.ts';

type Image = Pixels<Uint8Array | Uint16Array>;

const path = fileURLToPath(new URL('../../../../examples/photographs/chelsea.png', import.meta.url));

/** Squares of 2 × 2 equal pixels: a factor of 2 makes each a pixel, and nearest restores it. */
const blocks: Image = {
  data: Uint8Array.from({ length: 24 * 16 }, (_, i) => ((((i % 24) >> 1) * 5 + (Math.floor(i / 24) >> 1) * 71) * 13) % 256),
  width: 24,
  height: 16,
  channels: 1,
};

describe('compareMethods on a photograph', () => {
  let photograph: Image;
  let rows: ComparisonRow[];
  beforeAll(async () => {
    photograph = await readImage(path);
    rows = await compareMethods(photograph, { factor: 4 });
  });

  test('returns a row for each default method, in order', () => {
    expect(rows.map((row) => row.method)).toEqual(['soft', 'average', 'max', 'nearest', 'lanczos3']);
    expect(COMPARED_METHODS).toEqual(['soft', 'average', 'max', 'nearest', 'lanczos3']);
    for (const { pixels } of rows) expect([pixels.width, pixels.height]).toEqual([113, 75]);
  });

  test('returns the images of poolImage', () => {
    for (const { method, pixels } of rows) {
      if (method === 'soft' || method === 'average' || method === 'max') {
        expect(pixels).toEqual(poolImage(photograph, { factor: 4, method }));
      }
    }
  });

  test('returns times and figures in their ranges', () => {
    for (const row of rows) {
      expect(row.milliseconds).toBeGreaterThan(0);
      expect(row.ssim).toBeGreaterThan(0);
      expect(row.ssim).toBeLessThan(1);
      expect(row.psnr).toBeGreaterThan(10);
      expect(row.psnr).toBeLessThan(50);
    }
  });

  test('ranks average above soft above max by PSNR', () => {
    const figure = (method: string): number => rows.find((row) => row.method === method)!.psnr;
    expect(figure('average')).toBeGreaterThan(figure('soft'));
    expect(figure('soft')).toBeGreaterThan(figure('max'));
  });
});

describe('figures', () => {
  /** Enlarges by nearest: each pixel becomes a square of 2 × 2. */
  function doubled(pixels: Image): Image {
    const [width, height] = [2 * pixels.width, 2 * pixels.height];
    const data = Uint8Array.from(
      { length: width * height },
      (_, i) => pixels.data[(Math.floor(i / width) >> 1) * pixels.width + ((i % width) >> 1)]!,
    );
    return { data, width, height, channels: 1 };
  }

  test('compare the enlarged image with the original', async () => {
    const uneven: Image = { ...blocks, data: blocks.data.map((level, i) => level ^ (i % 32)) };
    const rows = await compareMethods(uneven, { factor: 2, methods: ['max', 'soft', 'nearest'], enlargeBy: 'nearest' });
    expect(rows.map((row) => row.method)).toEqual(['max', 'soft', 'nearest']);
    for (const row of rows) {
      const enlarged = doubled(row.pixels);
      expect(row.psnr).toBeCloseTo(psnr(uneven, enlarged), 10);
      expect(row.ssim).toBeCloseTo(ssim(uneven, enlarged), 10);
      expect(row.psnr).toBeLessThan(50);
    }
  });

  test.each<[options: CompareOptions, width: number, height: number]>([
    [{ factor: 8 }, 251, 150], // windows reach past the image
    [{ kernelSize: 8 }, 255, 151], // windows end before it
    [{ kernelSize: 9, stride: 5 }, 251, 151], // and start two pixels into it
    [{ kernelSize: 9, stride: 9, padding: 4 }, 253, 151],
    [{ width: 60 }, 240, 160],
  ])('place pixels at the centers of their windows: %o restores a slope of %i × %i except at its edges', async (options, width, height) => {
    const data = Uint8Array.from({ length: width * height }, (_, i) => (i % width) >> 1);
    const slope: Image = { data, width, height, channels: 1 };
    const [row] = await compareMethods(slope, { ...options, methods: ['average'], enlargeBy: 'linear' });
    // Rounding of the mean and of the enlarged image: within one level. A shift by one pixel
    // would add half a level, stretching by 2 % two levels.
    expect(row!.psnr).toBeGreaterThan(47);
  });

  test('are perfect where enlarging restores the original', async () => {
    for (const row of await compareMethods(blocks, { factor: 2, methods: ['soft', 'average', 'max', 'nearest'], enlargeBy: 'nearest' })) {
      expect(row.psnr).toBe(Number.POSITIVE_INFINITY);
      expect(row.ssim).toBeCloseTo(1, 12);
    }
  });

  test('are measured in 8 bits for 16-bit images', async () => {
    const wide: Image = { ...blocks, data: Uint16Array.from(blocks.data, (level) => level * 257) };
    const options: CompareOptions = { factor: 4, methods: ['average'] };
    const [narrow, same] = [await compareMethods(blocks, options), await compareMethods(wide, options)];
    // The results are rounded to 16 bits and to 8: half a level apart.
    expect(Math.abs(same[0]!.psnr - narrow[0]!.psnr)).toBeLessThan(0.1);
    expect(same[0]!.pixels.data).toBeInstanceOf(Uint16Array);
  });

  test('have no SSIM for an image with a side below 11 pixels', async () => {
    const small: Image = { data: Uint8Array.from({ length: 80 }, (_, i) => i), width: 8, height: 10, channels: 1 };
    const [row] = await compareMethods(small, { factor: 2, methods: ['average'] });
    expect(row!.ssim).toBeNaN();
    expect(row!.psnr).toBeGreaterThan(10);
  });
});

test('an empty list of methods gives no rows', async () => {
  expect(await compareMethods(blocks, { factor: 2, methods: [] })).toEqual([]);
});

test.each<[options: unknown, error: Error]>([
  [undefined, new TypeError('compareMethods: options must be an object, received undefined')],
  [
    { factor: 2, methods: ['soft', 'median'] },
    new TypeError(`compareMethods: options.methods[1] must be ${METHODS.map((name) => `'${name}'`).join(' or ')}, received 'median'`),
  ],
  [
    { factor: 2, enlargeBy: 'soft' },
    new TypeError(
      "compareMethods: options.enlargeBy must be 'nearest' or 'linear' or 'cubic' or 'mitchell' or 'lanczos2' or 'lanczos3', received 'soft'",
    ),
  ],
  [
    { factor: 2, method: 'max' },
    new TypeError(
      'compareMethods: options.method is not an option of this call; it takes factor, kernelSize, stride, padding, width, height, fit, position, beta, weights, linear, methods, enlargeBy',
    ),
  ],
  [{ factor: 2, methods: 'soft' }, new TypeError("compareMethods: options.methods must be a list of methods, received 'soft'")],
  [{ factor: 0 }, new RangeError('compareMethods: options.factor must be a positive integer, received 0')],
])('refuses the options %o, naming the wrong one', async (options, error) => {
  await expect(compareMethods(blocks, options as CompareOptions)).rejects.toThrow(error);
});

test('with fit cover the results are compared with the part of the image that they show', async () => {
  // Noise on the left, one gray on the right: only the gray comes back unchanged.
  const data = Uint8Array.from({ length: 64 * 32 }, (_, i) => (i % 64 < 32 ? (i * 97) % 256 : 128));
  const image = { data, width: 64, height: 32, channels: 1 as const };
  for (const method of ['soft', 'lanczos3'] as const) {
    const options = { width: 8, height: 8, fit: 'cover', methods: [method] } as const;
    const [right] = await compareMethods(image, { ...options, position: 'right' });
    const [left] = await compareMethods(image, { ...options, position: 'left' });
    expect([right?.psnr, right?.pixels.width]).toEqual([Number.POSITIVE_INFINITY, 8]);
    expect(left?.psnr).toBeLessThan(30);
  }
});
