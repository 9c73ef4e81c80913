import { describe, expect, test } from 'vitest';
import { IMAGE_BETA, type Pixels, type PoolImageOptions, pooledSize, poolImage, poolImageAsync } from './index.ts';

/**
 * An image with increasing samples: the maximum of a window is its last pixel, which shows where
 * the window ends.
 */
function counting(width: number, height: number): Pixels<Uint8Array> {
  return { data: Uint8Array.from({ length: width * height }, (_, i) => i), width, height, channels: 1 };
}

function pooled(width: number, height: number, options: PoolImageOptions): { size: string; samples: number[] } {
  const result = poolImage(counting(width, height), { method: 'max', ...options });
  return { size: `${result.width} × ${result.height}`, samples: [...result.data] };
}

describe('with a factor', () => {
  test('windows are adjacent squares', () => {
    // 0 1 2 3
    // 4 5 6 7
    expect(pooled(4, 2, { factor: 2 })).toEqual({ size: '2 × 1', samples: [5, 7] });
  });

  test('the last windows end with the image where the factor does not divide a side', () => {
    // 0 1 2 | 3 4
    // 5 6 7 | 8 9
    expect(pooled(5, 2, { factor: 3 })).toEqual({ size: '2 × 1', samples: [7, 9] });
    const even = { ...counting(5, 2), data: Uint8Array.of(0, 2, 4, 6, 8, 10, 12, 14, 16, 18) };
    expect([...poolImage(even, { factor: 3, method: 'average' }).data]).toEqual([(0 + 2 + 4 + 10 + 12 + 14) / 6, (6 + 8 + 16 + 18) / 4]);
  });

  test('1 leaves the image as it is', () => {
    expect(pooled(3, 2, { factor: 1 })).toEqual({ size: '3 × 2', samples: [0, 1, 2, 3, 4, 5] });
  });

  test('a side shorter than the factor becomes one pixel', () => {
    expect(pooled(6, 1, { factor: 3 })).toEqual({ size: '2 × 1', samples: [2, 5] });
    expect(pooled(1, 1, { factor: 1 })).toEqual({ size: '1 × 1', samples: [0] });
  });

  test('a wide image of one row is pooled along its row', () => {
    const line = { data: Uint16Array.from({ length: 10000 }, (_, i) => i), width: 10000, height: 1, channels: 1 as const };
    const { data, width, height } = poolImage(line, { factor: 100, method: 'max' });
    expect([width, height]).toEqual([100, 1]);
    expect([...data]).toEqual(Array.from({ length: 100 }, (_, i) => 100 * i + 99));
  });
});

describe('with kernelSize', () => {
  test('the stride is kernelSize by default', () => {
    expect(pooled(4, 4, { kernelSize: 2 })).toEqual({ size: '2 × 2', samples: [5, 7, 13, 15] });
  });

  test('two numbers are height and width', () => {
    expect(pooled(4, 2, { kernelSize: [1, 2] })).toEqual({ size: '2 × 2', samples: [1, 3, 5, 7] });
    expect(pooled(3, 3, { kernelSize: [2, 1], stride: [1, 2] })).toEqual({ size: '2 × 2', samples: [3, 5, 6, 8] });
  });

  test('a smaller stride makes windows overlap', () => {
    expect(pooled(4, 1, { kernelSize: [1, 2], stride: 1 })).toEqual({ size: '3 × 1', samples: [1, 2, 3] });
  });

  test('pixels that do not fill a window are dropped', () => {
    expect(pooled(5, 1, { kernelSize: [1, 2] })).toEqual({ size: '2 × 1', samples: [1, 3] });
  });

  test('padding has no weight: a window at the edge pools only pixels of the image', () => {
    // Windows of 2 with a padding of 1 on 10 20 30: (10), (20 30).
    const gray = { data: Uint8Array.of(10, 20, 30), width: 3, height: 1, channels: 1 as const };
    const options = { kernelSize: [1, 2], padding: [0, 1] } as const;
    expect([...poolImage(gray, { ...options, method: 'average' }).data]).toEqual([10, 25]);
    expect([...poolImage(gray, { ...options, beta: 0 }).data]).toEqual([10, 25]);
    expect([...poolImage(gray, { ...options, method: 'max' }).data]).toEqual([10, 30]);
  });
});

describe('with width and height', () => {
  test('windows cover ⌊i · in / out⌋ to ⌈(i + 1) · in / out⌉, sharing pixels where out does not divide in', () => {
    // 5 to 3: 0–1, 1–3, 3–4.
    expect(pooled(5, 1, { width: 3, height: 1 })).toEqual({ size: '3 × 1', samples: [1, 3, 4] });
    const even = { ...counting(5, 1), data: Uint8Array.of(0, 2, 4, 6, 8) };
    expect([...poolImage(even, { width: 3, height: 1, method: 'average' }).data]).toEqual([(0 + 2) / 2, (2 + 4 + 6) / 3, (6 + 8) / 2]);
  });

  test.each([
    { options: { width: 50 }, size: '50 × 25' },
    { options: { height: 10 }, size: '20 × 10' },
    { options: { width: 7, height: 40 }, size: '7 × 4' }, // 3.5, within 7 × 40
    { options: { width: 40, height: 7 }, size: '14 × 7' },
    { options: { width: 200, height: 25 }, size: '50 × 25' }, // the width of 200 limits nothing
    { options: { width: 7, height: 40, fit: 'fill' }, size: '7 × 40' },
    { options: { width: 7, height: 40, fit: 'cover' }, size: '7 × 40' },
    { options: { width: 33 }, size: '33 × 17' }, // 16.5
    { options: { width: 1 }, size: '1 × 1' }, // 0.5, but at least 1
    { options: { height: 1 }, size: '2 × 1' },
    { options: { width: 100, height: 50 }, size: '100 × 50' },
  ] as const)('100 × 50 with $options becomes $size; the aspect ratio is kept unless fit is fill', ({ options, size }) => {
    const image = { data: new Uint8Array(5000), width: 100, height: 50, channels: 1 as const };
    const { width, height, data } = poolImage(image, options);
    expect(`${width} × ${height}`).toBe(size);
    expect(data.length).toBe(width * height);
  });
});

describe('with fit cover', () => {
  // 0  1  2  3  4  5  6
  // 7  8  9 10 11 12 13
  test.each([
    ['left', [0, 1, 7, 8]],
    ['left top', [0, 1, 7, 8]],
    ['left bottom', [0, 1, 7, 8]],
    ['center', [2, 3, 9, 10]],
    ['top', [2, 3, 9, 10]],
    ['bottom', [2, 3, 9, 10]],
    ['right', [5, 6, 12, 13]],
    ['right top', [5, 6, 12, 13]],
    ['right bottom', [5, 6, 12, 13]],
  ] as const)('a square of 7 × 2 at %s has the pixels %j', (position, samples) => {
    expect(pooled(7, 2, { width: 2, height: 2, fit: 'cover', position }).samples).toEqual(samples);
  });

  test('the height is cropped where the image is too high', () => {
    // 0 1 | 2 3 | 4 5 | 6 7 | 8 9
    expect(pooled(2, 5, { width: 2, height: 1, fit: 'cover', position: 'top' }).samples).toEqual([0, 1]);
    expect(pooled(2, 5, { width: 2, height: 1, fit: 'cover' }).samples).toEqual([4, 5]);
    expect(pooled(2, 5, { width: 2, height: 1, fit: 'cover', position: 'left bottom' }).samples).toEqual([8, 9]);
  });

  test('only pixels of the part are pooled, and poolImageAsync pools the same', async () => {
    // Of 8 × 2, the middle 4 × 2 become 2 × 1: 2 3 10 11, and 4 5 12 13.
    const options = { width: 2, height: 1, fit: 'cover', method: 'max' } as const;
    expect(pooled(8, 2, options)).toEqual({ size: '2 × 1', samples: [11, 13] });
    expect([...(await poolImageAsync(counting(8, 2), options)).data]).toEqual([11, 13]);
    expect(pooledSize({ width: 8, height: 2 }, options)).toEqual({ width: 2, height: 1 });
  });
});

test('a side that follows from the other has at least a pixel', () => {
  expect(pooledSize({ width: 1000, height: 1 }, { width: 100 })).toEqual({ width: 100, height: 1 });
  expect(pooledSize({ width: 1, height: 1000 }, { height: 100 })).toEqual({ width: 1, height: 100 });
});

test('undefined options are ignored', () => {
  const options = { factor: 2, kernelSize: undefined, stride: undefined, padding: undefined, width: undefined, height: undefined };
  const fit = { fit: undefined, position: undefined };
  const more = { method: undefined, beta: undefined, weights: undefined, linear: undefined };
  expect(poolImage(counting(4, 4), { ...options, ...fit, ...more })).toEqual(poolImage(counting(4, 4), { factor: 2 }));
});

test('the default β is 1/0.225', () => {
  expect(IMAGE_BETA).toBeCloseTo(4.4444, 4);
  expect(poolImage(counting(4, 4), { factor: 2, beta: 1 / 0.225 })).toEqual(poolImage(counting(4, 4), { factor: 2 }));
});

describe('a wrong option is refused with its name, what is expected and what was received', () => {
  const known = 'factor, kernelSize, stride, padding, width, height, fit, position, method, beta, weights, linear';
  const oneWay = new TypeError('poolImage: options must have exactly one of factor, kernelSize, and width or height or both');
  const together = new TypeError('poolImage: options.stride and options.padding need options.kernelSize');

  test.each<[options: unknown, error: Error]>([
    [undefined, new TypeError('poolImage: options must be an object, received undefined')],
    [null, new TypeError('poolImage: options must be an object, received null')],
    [2, new TypeError('poolImage: options must be an object, received 2')],
    [{}, oneWay],
    [{ factor: 2, width: 2 }, oneWay],
    [{ factor: 2, kernelSize: 2 }, oneWay],
    [{ kernelSize: 2, height: 2 }, oneWay],
    [{ factor: 2, stride: 1 }, together],
    [{ width: 2, padding: 1 }, together],
    [{ factor: 2, size: 3 }, new TypeError(`poolImage: options.size is not an option of this call; it takes ${known}`)],
    [{ factor: 0 }, new RangeError('poolImage: options.factor must be a positive integer, received 0')],
    [{ factor: -2 }, new RangeError('poolImage: options.factor must be a positive integer, received -2')],
    [{ factor: 1.5 }, new RangeError('poolImage: options.factor must be a positive integer, received 1.5')],
    [{ factor: Number.NaN }, new RangeError('poolImage: options.factor must be a positive integer, received NaN')],
    [{ factor: Number.POSITIVE_INFINITY }, new RangeError('poolImage: options.factor must be a positive integer, received Infinity')],
    [{ factor: 9 }, new RangeError('poolImage: options.factor must be at most the longer side, 8, received 9')],
    [{ width: 0 }, new RangeError('poolImage: options.width must be a positive integer, received 0')],
    [{ width: 2.5, height: 2 }, new RangeError('poolImage: options.width must be a positive integer, received 2.5')],
    [{ height: Number.NaN }, new RangeError('poolImage: options.height must be a positive integer, received NaN')],
    [
      { width: 9 },
      new RangeError("poolImage: options.width must be at most the image's width, 8, received 9; pooling only makes images smaller"),
    ],
    [
      { height: 5 },
      new RangeError("poolImage: options.height must be at most the image's height, 4, received 5; pooling only makes images smaller"),
    ],
    [
      { width: 9, height: 9 },
      new RangeError("poolImage: options.width must be at most the image's width, 8, received 9; pooling only makes images smaller"),
    ],
    [
      { width: 2, height: 5, fit: 'cover' },
      new RangeError("poolImage: options.height must be at most the image's height, 4, received 5; pooling only makes images smaller"),
    ],
    [
      { width: 2, height: 2, fit: 'contain' },
      new TypeError("poolImage: options.fit must be 'inside' or 'cover' or 'fill', received 'contain'"),
    ],
    [{ width: 2, fit: 'fill' }, new TypeError('poolImage: options.fit needs options.width and options.height')],
    [{ factor: 2, fit: 'fill' }, new TypeError('poolImage: options.fit needs options.width and options.height')],
    [{ width: 2, height: 2, position: 'top' }, new TypeError("poolImage: options.position needs options.fit 'cover'")],
    [{ kernelSize: 0 }, new RangeError('poolImage: options.kernelSize must be a positive integer, received 0')],
    [{ kernelSize: [2, 0] }, new RangeError('poolImage: options.kernelSize[1] must be a positive integer, received 0')],
    [
      { kernelSize: 5 },
      new RangeError("poolImage: options.kernelSize must be at most 4, the padded input's size, received 5 along spatial axis 0"),
    ],
    [{ kernelSize: 2, stride: 0 }, new RangeError('poolImage: options.stride must be a positive integer, received 0')],
    [{ kernelSize: 2, padding: -1 }, new RangeError('poolImage: options.padding must be an integer ≥ 0, received -1')],
    [{ factor: 2, method: 'median' }, new TypeError("poolImage: options.method must be 'soft' or 'average' or 'max', received 'median'")],
    [{ factor: 2, weights: 'own' }, new TypeError("poolImage: options.weights must be 'shared' or 'perChannel', received 'own'")],
    [{ factor: 2, linear: 1 }, new TypeError('poolImage: options.linear must be true or false, received 1')],
    [{ factor: 2, beta: Number.NaN }, new RangeError('poolImage: options.beta must be a finite number ≥ 0, received NaN')],
    [{ factor: 2, beta: -1 }, new RangeError('poolImage: options.beta must be a finite number ≥ 0, received -1')],
    [
      { factor: 2, beta: Number.POSITIVE_INFINITY },
      new RangeError('poolImage: options.beta must be a finite number ≥ 0, received Infinity'),
    ],
  ])('%o', (options, error) => {
    expect(() => poolImage(counting(8, 4), options as PoolImageOptions)).toThrow(error);
  });
});
