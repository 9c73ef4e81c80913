import { describe, expect, test } from 'vitest';
import { type Pixels, pooledSize, RESAMPLERS, type ResizeImageOptions, resizeImage } from './index.ts';

type Samples = Uint8Array | Uint16Array;

function image<S extends Samples>(data: S, width: number, channels: 1 | 2 | 3 | 4): Pixels<S> {
  return { data, width, height: data.length / width / channels, channels };
}

const colors = image(
  Uint8Array.from({ length: 12 * 8 * 3 }, (_, i) => (i * 37) % 256),
  12,
  3,
);

describe.each(RESAMPLERS)('resizing by %s', (method) => {
  test.each([
    [Uint8Array, 1],
    [Uint8Array, 2],
    [Uint8Array, 3],
    [Uint8Array, 4],
    [Uint16Array, 1],
    [Uint16Array, 2],
    [Uint16Array, 3],
    [Uint16Array, 4],
  ] as const)('keeps the color of a plain %o of %i channels, its type, and the size of pooling', async (Type, channels) => {
    const scale = Type === Uint16Array ? 257 : 1;
    const pixel = [60, 204, 120, 204].slice(0, channels).map((level) => level * scale);
    const plain = image(
      new Type(10 * 7 * channels).map((_, i) => pixel[i % channels]!),
      10,
      channels,
    );
    const small = await resizeImage(plain, { factor: 3, method });
    expect([small.width, small.height, small.channels]).toEqual([4, 3, channels]);
    expect(small.data).toBeInstanceOf(Type);
    expect(small.data.length).toBe(4 * 3 * channels);
    // One level of 8 bits for multiplying by alpha and dividing by it in whole numbers.
    for (const [i, sample] of small.data.entries()) expect(Math.abs(sample - pixel[i % channels]!)).toBeLessThanOrEqual(scale);
  });

  test('keeps a plain image of 16 bits to the last bit, with alpha to one level', async () => {
    for (const [pixel, tolerance] of [
      [[12345], 0],
      [[12345, 1, 65535], 0],
      [[12345, 54321, 3, 40000], 1],
    ] as const) {
      const channels = pixel.length;
      const data = new Uint16Array(61 * 43 * channels).map((_, i) => pixel[i % channels]!);
      const { data: small } = await resizeImage(image(data, 61, channels), { width: 17, height: 29, fit: 'fill', method });
      for (const [i, sample] of small.entries()) expect(Math.abs(sample - pixel[i % channels]!)).toBeLessThanOrEqual(tolerance);
    }
  });

  test('reduces a ramp of 16 bits to the ramp between its samples', async () => {
    const data = Uint16Array.from({ length: 200 * 4 }, (_, i) => 1000 + 300 * (i % 200));
    const { data: small } = await resizeImage(image(data, 200, 1), { width: 50, height: 4, fit: 'fill', method });
    // Pixels 4x to 4x + 3, whose center lies at 4x + 1.5; nearest takes the one after it.
    const center = method === 'nearest' ? 2 : 1.5;
    for (let x = 10; x < 40; x++) expect(small[x]).toBe(1000 + 300 * (4 * x + center));
  });

  test('takes no color from transparent pixels', async () => {
    // Red and transparent on the left, blue and opaque on the right.
    const half = image(
      Uint8Array.from({ length: 16 * 4 * 4 }, (_, i) => ((i >> 2) % 16 < 8 ? [255, 0, 0, 0] : [0, 0, 255, 255])[i % 4]!),
      16,
      4,
    );
    const { data } = await resizeImage(half, { factor: 4, method });
    for (let pixel = 0; pixel < data.length; pixel += 4) if (data[pixel + 3]! > 0) expect(data[pixel]).toBe(0);
  });

  test('makes a row of 10000 pixels 100 wide, and leaves one pixel as it is', async () => {
    const row = await resizeImage(image(new Uint8Array(10000).fill(77), 10000, 1), { factor: 100, method });
    expect([row.width, row.height]).toEqual([100, 1]);
    expect(new Set(row.data)).toEqual(new Set([77]));
    const one = await resizeImage(image(Uint8Array.of(1, 2, 3), 1, 3), { factor: 1, method });
    expect([...one.data]).toEqual([1, 2, 3]);
  });

  test('does not write to the image', async () => {
    const copy = colors.data.slice();
    await resizeImage(colors, { width: 5, method });
    expect(colors.data).toEqual(copy);
  });
});

test('nearest takes samples of the image, and lanczos3 differs from linear', async () => {
  const nearest = await resizeImage(colors, { factor: 4, method: 'nearest' });
  const all = new Set(colors.data);
  for (const sample of nearest.data) expect(all.has(sample)).toBe(true);
  const [linear, lanczos] = await Promise.all(
    (['linear', 'lanczos3'] as const).map((method) => resizeImage(colors, { factor: 2, method })),
  );
  expect(linear!.data).not.toEqual(lanczos!.data);
});

test('the default method is lanczos3', async () => {
  expect(await resizeImage(colors, { factor: 4 })).toEqual(await resizeImage(colors, { factor: 4, method: 'lanczos3' }));
});

test.each([
  { options: { factor: 5 }, size: [3, 2] },
  { options: { width: 6 }, size: [6, 4] },
  { options: { height: 2 }, size: [3, 2] },
  { options: { width: 5, height: 7 }, size: [5, 3] },
  { options: { width: 5, height: 7, fit: 'fill' }, size: [5, 7] },
  { options: { width: 5, height: 7, fit: 'cover', position: 'right top' }, size: [5, 7] },
] as const)('12 × 8 pixels with $options become $size, as by poolImage', async ({ options, size }) => {
  const { width, height } = await resizeImage(colors, options);
  expect([width, height]).toEqual(size);
  expect(pooledSize(colors, options)).toEqual({ width, height });
});

test('an image is enlarged too', async () => {
  const { width, height, data } = await resizeImage(image(new Uint8Array(6).fill(9), 3, 1), { width: 9, method: 'nearest' });
  expect([width, height]).toEqual([9, 6]);
  expect(new Set(data)).toEqual(new Set([9]));
});

const eitherOr = new TypeError('resizeImage: options must have either factor, or width or height or both');

test.each<[options: unknown, error: Error]>([
  [undefined, new TypeError('resizeImage: options must be an object, received undefined')],
  [
    { factor: 2, method: 'soft' },
    new TypeError(`resizeImage: options.method must be ${RESAMPLERS.map((name) => `'${name}'`).join(' or ')}, received 'soft'`),
  ],
  [{}, eitherOr],
  [{ factor: 2, width: 3 }, eitherOr],
  [{ factor: 0 }, new RangeError('resizeImage: options.factor must be a positive integer, received 0')],
  [{ factor: 13 }, new RangeError('resizeImage: options.factor must be at most the longer side, 12, received 13')],
  [{ width: 2.5 }, new RangeError('resizeImage: options.width must be a positive integer, received 2.5')],
  [
    { kernelSize: 2 },
    new TypeError('resizeImage: options.kernelSize is not an option of this call; it takes factor, width, height, fit, position, method'),
  ],
])('refuses the options %o, naming the wrong one', async (options, error) => {
  await expect(resizeImage(colors, options as ResizeImageOptions)).rejects.toThrow(error);
});

test('refuses samples that do not fit the size or the decoder', async () => {
  const short: Pixels<Uint8Array> = { data: new Uint8Array(10), width: 2, height: 2, channels: 3 };
  const error = new RangeError('resizeImage: pixels.data must hold 12 samples (2 × 2 × 3), received 10');
  await expect(resizeImage(short, { factor: 2 })).rejects.toThrow(error);
  const float = { data: new Float32Array(4), width: 2, height: 2, channels: 1 } as unknown as Pixels<Uint8Array>;
  const type = new TypeError('resizeImage: pixels.data must be a Uint8Array or Uint16Array, received Float32Array');
  await expect(resizeImage(float, { factor: 2 })).rejects.toThrow(type);
});

test('cover resamples only the part at its position', async () => {
  // Black, white, black: the middle 2 × 2 of 6 × 2 are white.
  const row = [0, 0, 255, 255, 0, 0];
  const bars = { data: Uint8Array.from([...row, ...row]), width: 6, height: 2, channels: 1 as const };
  for (const [position, gray] of [
    ['left', 0],
    ['center', 255],
  ] as const) {
    const { data } = await resizeImage(bars, { width: 1, height: 1, fit: 'cover', position, method: 'linear' });
    expect([...data]).toEqual([gray]);
  }
});
