import { describe, expect, test } from 'vitest';
import { METHODS, type Picture, type PictureShrinkOptions, poolImage, RESAMPLERS, shrinkImage } from './index.ts';

type Samples = Uint8Array | Uint16Array;

function picture(data: Samples, width: number, channels: 1 | 2 | 3 | 4): Picture {
  return { pixels: { data, width, height: data.length / width / channels, channels }, format: 'webp' };
}

const colours = picture(
  Uint8Array.from({ length: 12 * 8 * 3 }, (_, i) => (i * 37) % 256),
  12,
  3,
);

describe('pooling a picture', () => {
  test.each(['soft', 'average', 'max'] as const)('by %s is poolImage on its pixels', async (method) => {
    const { pixels, format } = await shrinkImage(colours, { factor: 4, method });
    expect(pixels).toEqual(poolImage(colours.pixels, { factor: 4, method }));
    expect(format).toBe('webp');
  });

  test('is by SoftPool if no method is named', async () => {
    expect(await shrinkImage(colours, { factor: 4 })).toEqual(await shrinkImage(colours, { factor: 4, method: 'soft' }));
  });

  test('of 16 bits gives 16 bits', async () => {
    const wide = picture(Uint16Array.of(1000, 3000, 1001, 2999), 2, 1);
    expect([...(await shrinkImage(wide, { factor: 2, beta: 0 })).pixels.data]).toEqual([2000]);
  });
});

describe.each(RESAMPLERS)('resampling by %s', (method) => {
  test.each([
    [Uint8Array, 1],
    [Uint8Array, 2],
    [Uint8Array, 3],
    [Uint8Array, 4],
    [Uint16Array, 1],
    [Uint16Array, 2],
    [Uint16Array, 3],
    [Uint16Array, 4],
  ] as const)('keeps the colour of a plain %o of %i channels, its kind, and the size that pooling has', async (Type, channels) => {
    const scale = Type === Uint16Array ? 257 : 1;
    const pixel = [60, 204, 120, 204].slice(0, channels).map((level) => level * scale);
    const plain = picture(
      new Type(10 * 7 * channels).map((_, i) => pixel[i % channels]!),
      10,
      channels,
    );
    const { pixels } = await shrinkImage(plain, { factor: 3, method });
    expect([pixels.width, pixels.height, pixels.channels]).toEqual([4, 3, channels]);
    expect(pixels.data).toBeInstanceOf(Type);
    expect(pixels.data.length).toBe(4 * 3 * channels);
    // One level of 8 bits for multiplying by alpha and dividing by it in whole numbers.
    for (const [i, sample] of pixels.data.entries()) expect(Math.abs(sample - pixel[i % channels]!)).toBeLessThanOrEqual(scale);
  });

  test('brings no colour from transparent pixels', async () => {
    // Red and transparent to the left, blue and opaque to the right.
    const half = picture(
      Uint8Array.from({ length: 16 * 4 * 4 }, (_, i) => ((i >> 2) % 16 < 8 ? [255, 0, 0, 0] : [0, 0, 255, 255])[i % 4]!),
      16,
      4,
    );
    const { data } = (await shrinkImage(half, { factor: 4, method })).pixels;
    for (let pixel = 0; pixel < data.length; pixel += 4) if (data[pixel + 3]! > 0) expect(data[pixel]).toBe(0);
  });
});

test('nearest takes samples that are there, and lanczos3 differs from linear', async () => {
  const nearest = await shrinkImage(colours, { factor: 4, method: 'nearest' });
  const all = new Set(colours.pixels.data);
  for (const sample of nearest.pixels.data) expect(all.has(sample)).toBe(true);
  const [linear, lanczos] = await Promise.all(
    (['linear', 'lanczos3'] as const).map((method) => shrinkImage(colours, { factor: 2, method })),
  );
  expect(linear!.pixels.data).not.toEqual(lanczos!.pixels.data);
});

test('every method makes a row of 10000 pixels 100 wide, and leaves one pixel as it is', async () => {
  for (const method of METHODS) {
    const row = await shrinkImage(picture(new Uint8Array(10000).fill(77), 10000, 1), { factor: 100, method });
    expect([row.pixels.width, row.pixels.height]).toEqual([100, 1]);
    expect(new Set(row.pixels.data)).toEqual(new Set([77]));
    const one = await shrinkImage(picture(Uint8Array.of(1, 2, 3), 1, 3), { factor: 1, method });
    expect([...one.pixels.data]).toEqual([1, 2, 3]);
  }
});

test('the picture is never written to', async () => {
  const copy = colours.pixels.data.slice();
  for (const method of METHODS) await shrinkImage(colours, { width: 5, method });
  expect(colours.pixels.data).toEqual(copy);
});

const methods = 'soft, average, max, nearest, linear, cubic, mitchell, lanczos2, lanczos3';

test.each<[options: unknown, error: Error]>([
  [undefined, new TypeError('shrinkImage: options must be an object, received undefined')],
  [{ factor: 2, method: 'median' }, new TypeError(`shrinkImage: options.method must be one of ${methods}, received median`)],
  [{ factor: 0 }, new RangeError('shrinkImage: options.factor must be a positive integer, received 0')],
  [{ factor: 0, method: 'cubic' }, new RangeError('shrinkImage: options.factor must be a positive integer, received 0')],
  [{ kernelSize: 0, method: 'max' }, new RangeError('shrinkImage: options.kernelSize must be a positive integer, received 0')],
  [{ width: 13 }, new RangeError("shrinkImage: options.width must be at most the image's 12 (pooling only shrinks), received 13")],
  [{ factor: 2, beta: -1, method: 'linear' }, new RangeError('shrinkImage: options.beta must be a finite number ≥ 0, received -1')],
])('options %o are refused by name', async (options, error) => {
  await expect(shrinkImage(colours, options as PictureShrinkOptions)).rejects.toThrow(error);
});

test.each(['soft', 'lanczos3'] as const)('samples that do not fit the size are refused by %s', async (method) => {
  const short: Picture = { format: 'png', pixels: { data: new Uint8Array(10), width: 2, height: 2, channels: 3 } };
  const error = new RangeError('shrinkImage: picture.pixels.data must hold 12 samples (2 × 2 × 3), received 10');
  await expect(shrinkImage(short, { factor: 2, method })).rejects.toThrow(error);
});
