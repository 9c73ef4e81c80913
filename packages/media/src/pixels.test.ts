import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { type Pixels, poolImage, psnr } from './index.ts';
import { ssim } from './ssim.ts';

const gray = { data: new Uint8Array(6), width: 3, height: 2, channels: 1 };
const arrays = 'pixels.data must be a Uint8Array, Uint8ClampedArray, Uint16Array or Float32Array';

test.each<[what: string, pixels: unknown, error: Error]>([
  ['no image', undefined, new TypeError('poolImage: pixels must be { data, width, height, channels }, received undefined')],
  ['null', null, new TypeError('poolImage: pixels must be { data, width, height, channels }, received null')],
  ['a string', 'cat.png', new TypeError("poolImage: pixels must be { data, width, height, channels }, received 'cat.png'")],
  [
    'a promise of one',
    Promise.resolve(gray),
    new TypeError('poolImage: pixels must be { data, width, height, channels }, received Promise'),
  ],
  ['its samples alone', gray.data, new TypeError('poolImage: pixels must be { data, width, height, channels }, received Uint8Array')],
  ['no samples', { ...gray, data: undefined }, new TypeError(`poolImage: ${arrays}, received undefined`)],
  ['samples in an array', { ...gray, data: [0, 0, 0, 0, 0, 0] }, new TypeError(`poolImage: ${arrays}, received [0, 0, 0, 0, 0, 0]`)],
  ['samples in a bare buffer', { ...gray, data: new ArrayBuffer(6) }, new TypeError(`poolImage: ${arrays}, received ArrayBuffer`)],
  ['signed samples', { ...gray, data: new Int8Array(6) }, new TypeError(`poolImage: ${arrays}, received Int8Array`)],
  ['float64 samples', { ...gray, data: new Float64Array(6) }, new TypeError(`poolImage: ${arrays}, received Float64Array`)],
  ['no width', { ...gray, width: undefined }, new RangeError('poolImage: pixels.width must be a positive integer, received undefined')],
  ['a width of 0', { ...gray, width: 0 }, new RangeError('poolImage: pixels.width must be a positive integer, received 0')],
  ['a negative width', { ...gray, width: -3 }, new RangeError('poolImage: pixels.width must be a positive integer, received -3')],
  ['a fraction of a row', { ...gray, height: 1.5 }, new RangeError('poolImage: pixels.height must be a positive integer, received 1.5')],
  ['a height of NaN', { ...gray, height: Number.NaN }, new RangeError('poolImage: pixels.height must be a positive integer, received NaN')],
  [
    'samples for no number of channels',
    { data: new Uint8Array(7), width: 3, height: 2 },
    new RangeError('poolImage: pixels.data must hold 1, 2, 3 or 4 samples for each of its 3 × 2 pixels, received 7'),
  ],
  [
    'the fields that a spread ImageData keeps',
    { data: new Uint8ClampedArray(24), channels: 4 },
    new RangeError(
      'poolImage: pixels.width must be a positive integer, received undefined; pass an ImageData itself, since a spread of it has no size',
    ),
  ],
  ['5 channels', { ...gray, channels: 5 }, new RangeError('poolImage: pixels.channels must be 1, 2, 3 or 4, received 5')],
  ['too few samples', { ...gray, channels: 3 }, new RangeError('poolImage: pixels.data must hold 18 samples (3 × 2 × 3), received 6')],
  ['too many samples', { ...gray, width: 2 }, new RangeError('poolImage: pixels.data must hold 4 samples (2 × 2 × 1), received 6')],
])('refuses an image with %s, naming the field, what is expected and what was received', (_, pixels, error) => {
  expect(() => poolImage(pixels as Pixels, { factor: 2 })).toThrow(error);
});

test('psnr and ssim name the wrong image', () => {
  const good = gray as Pixels;
  const short = { ...good, data: new Uint8Array(5) };
  expect(() => psnr(good, short)).toThrow(new RangeError('psnr: b.data must hold 6 samples (3 × 2 × 1), received 5'));
  expect(() => ssim(short, good)).toThrow(new RangeError('ssim: a.data must hold 6 samples (3 × 2 × 1), received 5'));
});

test('channels that are missing follow from the number of samples', () => {
  for (const channels of [1, 2, 3, 4]) {
    const data = new Uint8Array(6 * channels).fill(255);
    const pooled = poolImage({ data, width: 3, height: 2 }, { factor: 3 });
    expect(pooled).toEqual({ data: new Uint8Array(channels).fill(255), width: 1, height: 1, channels });
  }
});

test.each([Uint8Array, Uint8ClampedArray, Uint16Array, Float32Array])('samples of another context are pooled: %o', (Class) => {
  const foreign = runInNewContext(`new ${Class.name}([1, 0, 0, 1, 0, 0, 1, 1])`);
  expect(foreign).not.toBeInstanceOf(Class);
  const result = poolImage({ data: foreign, width: 4, height: 2 }, { factor: 2, method: 'max' });
  expect(result).toEqual({ data: Class.of(1, 1), width: 2, height: 1, channels: 1 });
});
