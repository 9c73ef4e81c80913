import { expect, test } from 'vitest';
import { type Pixels, poolImage, psnr, ssim } from './index.ts';

const grey = { data: new Uint8Array(6), width: 3, height: 2, channels: 1 };
const arrays = 'pixels.data must be a Uint8Array, Uint8ClampedArray, Uint16Array or Float32Array';

test.each<[what: string, pixels: unknown, error: Error]>([
  ['no image', undefined, new TypeError('poolImage: pixels must be { data, width, height, channels }')],
  ['null', null, new TypeError('poolImage: pixels must be { data, width, height, channels }')],
  ['a string', 'cat.png', new TypeError('poolImage: pixels must be { data, width, height, channels }')],
  ['no samples', { ...grey, data: undefined }, new TypeError(`poolImage: ${arrays}`)],
  ['samples in an array', { ...grey, data: [0, 0, 0, 0, 0, 0] }, new TypeError(`poolImage: ${arrays}`)],
  ['samples in a bare buffer', { ...grey, data: new ArrayBuffer(6) }, new TypeError(`poolImage: ${arrays}`)],
  ['signed samples', { ...grey, data: new Int8Array(6) }, new TypeError(`poolImage: ${arrays}`)],
  ['float64 samples', { ...grey, data: new Float64Array(6) }, new TypeError(`poolImage: ${arrays}`)],
  ['no width', { ...grey, width: undefined }, new RangeError('poolImage: pixels.width must be a positive integer, received undefined')],
  ['a width of 0', { ...grey, width: 0 }, new RangeError('poolImage: pixels.width must be a positive integer, received 0')],
  ['a negative width', { ...grey, width: -3 }, new RangeError('poolImage: pixels.width must be a positive integer, received -3')],
  ['a fraction of a row', { ...grey, height: 1.5 }, new RangeError('poolImage: pixels.height must be a positive integer, received 1.5')],
  ['a height of NaN', { ...grey, height: Number.NaN }, new RangeError('poolImage: pixels.height must be a positive integer, received NaN')],
  ['no channels', { ...grey, channels: undefined }, new RangeError('poolImage: pixels.channels must be 1, 2, 3 or 4, received undefined')],
  ['5 channels', { ...grey, channels: 5 }, new RangeError('poolImage: pixels.channels must be 1, 2, 3 or 4, received 5')],
  ['too few samples', { ...grey, channels: 3 }, new RangeError('poolImage: pixels.data must hold 18 samples (3 × 2 × 3), received 6')],
  ['too many samples', { ...grey, width: 2 }, new RangeError('poolImage: pixels.data must hold 4 samples (2 × 2 × 1), received 6')],
])('an image with %s is refused, with the field, what was expected and what came', (_, pixels, error) => {
  expect(() => poolImage(pixels as Pixels, { factor: 2 })).toThrow(error);
});

test('figures name the image that is wrong', () => {
  const good = grey as Pixels;
  const short = { ...good, data: new Uint8Array(5) };
  expect(() => psnr(good, short)).toThrow(new RangeError('psnr: b.data must hold 6 samples (3 × 2 × 1), received 5'));
  expect(() => ssim(short, good)).toThrow(new RangeError('ssim: a.data must hold 6 samples (3 × 2 × 1), received 5'));
});
