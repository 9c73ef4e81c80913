import { poolGeometry } from 'softpool';
import { describe, expect, test } from 'vitest';
import { type Pixels, poolImage } from '../index.ts';
import { RESAMPLERS, type Resampler, resizeImage } from '../node/index.ts';
import { type Axis, evenAxis, windowAxis } from './axis.ts';
import { FILTERS } from './filters.ts';
import { resample } from './resample.ts';

type Image = Pixels<Uint8Array | Uint16Array>;

/** A gray image of 16 bits whose levels depend on the column and the row. */
function gray(width: number, height: number, level: (x: number, y: number) => number): Pixels<Uint16Array> {
  const data = Uint16Array.from({ length: width * height }, (_, i) => Math.round(level(i % width, Math.floor(i / width))));
  return { data, width, height, channels: 1 };
}

/** The center of mass of a gray image. */
function centerOf({ data, width }: Image): [x: number, y: number] {
  let [sum, x, y] = [0, 0, 0];
  for (const [i, level] of data.entries()) {
    sum += level;
    x += level * (i % width);
    y += level * Math.floor(i / width);
  }
  return [x / sum, y / sum];
}

/** Turned by half a turn. */
function turned<I extends Image>(image: I): I {
  const { width, height, channels } = image;
  const data = image.data.map((_, i) => {
    const pixel = width * height - 1 - Math.floor(i / channels);
    return image.data[pixel * channels + (i % channels)]!;
  });
  return { ...image, data };
}

const noise: Pixels<Uint8Array> = {
  data: Uint8Array.from({ length: 24 * 24 * 3 }, (_, i) => (i * i * 31 + i * 17 + (i >> 3) * 5) % 256),
  width: 24,
  height: 24,
  channels: 3,
};

const FACTORS = [2, 3, 4, 8];

describe.each(RESAMPLERS)('enlarging by %s', (method) => {
  test.each(FACTORS)('and %i keeps an impulse where it was', async (factor) => {
    const impulse = gray(16, 12, (x, y) => (x === 8 && y === 5 ? 60000 : 0));
    const large = await resizeImage(impulse, { width: 16 * factor, method });
    // Pixel i covers the pixels i f to i f + f − 1 of the large image.
    const [x, y] = centerOf(large);
    expect(x).toBeCloseTo(8.5 * factor - 0.5, 6); // by 4: 33.5
    expect(y).toBeCloseTo(5.5 * factor - 0.5, 6);
  });

  test.each(FACTORS)('and %i keeps a slope of 20 levels a pixel', async (factor) => {
    const slope: Image = { data: Uint8Array.from({ length: 13 * 13 }, (_, i) => 20 * (i % 13)), width: 13, height: 13, channels: 1 };
    const { data, width } = await resizeImage(slope, { width: 13 * factor, method });
    const radius = method === 'nearest' ? 0 : FILTERS[method].radius;
    for (let x = 0; x < width; x++) {
      const position = (x + 0.5) / factor - 0.5;
      // Where the filter reaches beyond an edge there is no slope.
      if (position < radius - 1 || position > 13 - radius) continue;
      const expected = 20 * (method === 'nearest' ? Math.round(position) : position);
      // Rounding; Lanczos filters keep a slope only nearly. Half a pixel is 10 levels.
      expect(Math.abs(data[6 * factor * width + x]! - expected)).toBeLessThanOrEqual(method.startsWith('lanczos') ? 1 : 0.5);
    }
  });

  test.each(FACTORS)('and %i treats all edges alike: of a turned image it is the turned result', async (factor) => {
    const size = { width: 24 * factor, method };
    expect(await resizeImage(turned(noise), size)).toEqual(turned(await resizeImage(noise, size)));
  });

  test('repeats the outermost pixels beyond the edges', async () => {
    // A row of 5 pixels equals the middle of a row that repeats its ends.
    const row = [10, 200, 90, 250, 30];
    const long = [...Array<number>(4).fill(10), ...row, ...Array<number>(4).fill(30)];
    const enlarge = async (levels: number[]): Promise<number[]> => {
      const image: Image = { data: Uint8Array.from(levels), width: levels.length, height: 1, channels: 1 };
      return [...(await resizeImage(image, { width: 4 * levels.length, height: 1, fit: 'fill', method })).data];
    };
    expect(await enlarge(row)).toEqual((await enlarge(long)).slice(16, -16));
  });
});

describe.each(RESAMPLERS)('making smaller by %s', (method) => {
  test.each([
    [120, 60],
    [120, 40],
    [240, 60],
    [480, 60],
    [451, 151],
    [451, 113],
    [452, 300],
  ])('keeps a spot where it was, from %i pixels to %i', async (size, to) => {
    const ratio = size / to;
    // A wide spot, so that even nearest sees its shape, off the middle.
    const [left, top] = [0.45 * size, 0.55 * size];
    const spot = gray(size, size, (x, y) => 60000 * Math.exp(-((x - left) ** 2 + (y - top) ** 2) / (2 * (4 * ratio) ** 2)));
    const [x, y] = centerOf(await resizeImage(spot, { width: to, method }));
    const center = [(x + 0.5) * ratio - 0.5, (y + 0.5) * ratio - 0.5];
    // At even factors nearest has no pixel in the middle of an area.
    const tolerance = method === 'nearest' ? 0.51 : 0.05;
    expect(Math.abs(center[0]! - left)).toBeLessThan(tolerance);
    expect(Math.abs(center[1]! - top)).toBeLessThan(tolerance);
  });

  test('treats all edges alike: of a turned image it is the turned result', async () => {
    const options = { factor: 3, method };
    const [straight, back] = [await resizeImage(noise, options), turned(await resizeImage(turned(noise), options))];
    // sharp computes in whole numbers.
    for (const [i, level] of straight.data.entries()) expect(Math.abs(level - back.data[i]!)).toBeLessThanOrEqual(1);
  });
});

// By hand; Pillow 9.4 and PyTorch's nearest-exact take the same.
test.each([
  [12, 6, [1, 3, 5, 7, 9, 11]],
  [12, 4, [1, 4, 7, 10]],
  [12, 3, [2, 6, 10]],
  [20, 4, [2, 7, 12, 17]],
  [13, 5, [1, 3, 6, 9, 11]],
  [100, 7, [7, 21, 35, 50, 64, 78, 92]],
  [2, 5, [0, 0, 1, 1, 1]],
])('nearest makes of %i pixels %i: those in the middle of each area', async (from, to, expected) => {
  const image: Image = { data: Uint8Array.from({ length: from }, (_, i) => i), width: from, height: 1, channels: 1 };
  expect([...(await resizeImage(image, { width: to, height: 1, fit: 'fill', method: 'nearest' })).data]).toEqual(expected);
});

test('one side gets longer and the other shorter, and nothing shifts', async () => {
  for (const method of RESAMPLERS) {
    const spot = gray(60, 20, (x, y) => 60000 * Math.exp(-(((x - 31) / 9) ** 2) - ((y - 9) / 3) ** 2));
    const [x, y] = centerOf(await resizeImage(spot, { width: 20, height: 60, fit: 'fill', method }));
    expect((x + 0.5) * 3 - 0.5).toBeCloseTo(31, 1);
    expect((y + 0.5) / 3 - 0.5).toBeCloseTo(9, 1);
  }
});

describe('filters', () => {
  const weights = (method: Exclude<Resampler, 'nearest'>, distances: number[]): number[] => distances.map(FILTERS[method].weight);

  test('have the weights of their definitions', () => {
    expect(weights('linear', [0, 0.25, 1, 2])).toEqual([1, 0.75, 0, 0]);
    // Catmull-Rom.
    expect(weights('cubic', [0, 0.5, 1, 1.5, 2])).toEqual([1, 9 / 16, 0, -1 / 16, 0]);
    const mitchell = [8 / 9, 1 / 18, 0];
    for (const [i, weight] of weights('mitchell', [0, 1, 2]).entries()) expect(weight).toBeCloseTo(mitchell[i]!, 14);
    // sinc(1/2) = 2/π, sinc(1/4) = 2√2/π, sinc(1/6) = 3/π.
    expect(weights('lanczos2', [0.5])[0]).toBeCloseTo((2 / Math.PI) * ((2 * Math.SQRT2) / Math.PI), 14);
    expect(weights('lanczos3', [0.5])[0]).toBeCloseTo((2 / Math.PI) * (3 / Math.PI), 14);
    for (const method of ['lanczos2', 'lanczos3'] as const) {
      for (const weight of weights(method, [1, 2, 3])) expect(weight).toBeCloseTo(0, 14);
    }
  });
});

test('colors are multiplied by alpha, and alpha itself is not', () => {
  // Opaque red beside transparent blue: only red is seen.
  const image: Pixels<Uint8Array> = { data: Uint8Array.of(200, 0, 0, 255, 0, 0, 255, 0), width: 2, height: 1, channels: 4 };
  const { data } = resample(image, evenAxis(2, 4), evenAxis(1, 1), 'linear');
  // Alpha at the positions −¼, ¼, ¾ and 1¼: 255, ¾ · 255, ¼ · 255 and 0.
  expect([...data]).toEqual([200, 0, 0, 255, 200, 0, 0, 191, 200, 0, 0, 64, 0, 0, 0, 0]);
});

test('nearest takes pixels as they are, transparent ones too', async () => {
  const image: Pixels<Uint8Array> = { data: Uint8Array.of(9, 8, 7, 0, 200, 100, 50, 1), width: 2, height: 1, channels: 4 };
  expect([...(await resizeImage(image, { width: 4, height: 1, fit: 'fill', method: 'nearest' })).data]).toEqual([
    ...[9, 8, 7, 0, 9, 8, 7, 0],
    ...[200, 100, 50, 1, 200, 100, 50, 1],
  ]);
});

describe('pooled pixels lie at the centers of their windows', () => {
  const axisOf = (size: number, options: object): Axis =>
    windowAxis(
      poolGeometry([size, size, 1], { layout: 'channelsLast', spatialDims: 2, ...options } as Parameters<typeof poolGeometry>[1]).axes[0]!,
    );

  test.each([
    ['full windows', 320, { kernelSize: 8 }, { kernelSize: 8 }],
    ['a smaller last window', 317, { factor: 8 }, { kernelSize: 8, ceilMode: true }],
    ['windows that end before the image', 319, { kernelSize: 8 }, { kernelSize: 8 }],
    ['overlapping windows', 317, { kernelSize: 9, stride: 5 }, { kernelSize: 9, stride: 5 }],
    ['windows of an even size with an odd step', 320, { kernelSize: 4, stride: 3 }, { kernelSize: 4, stride: 3 }],
    ['padded windows', 316, { kernelSize: 9, stride: 9, padding: 4 }, { kernelSize: 9, stride: 9, padding: 4 }],
    ['padded, overlapping windows', 316, { kernelSize: 7, stride: 2, padding: 3 }, { kernelSize: 7, stride: 2, padding: 3 }],
    ['windows of different sizes', 251, { width: 60, height: 60 }, { outputSize: 60 }],
  ] as const)('%s restore a slope of 200 levels a pixel', (_, size, pooling, windows) => {
    const slope = gray(size, size, (x, y) => 200 * x + 3 * y);
    const small = poolImage(slope, { ...pooling, method: 'average' });
    const axis = axisOf(size, windows);
    const { data } = resample(small, axis, axis, 'linear');
    const inside = [...axis.positions.keys()].filter((x) => axis.positions[x]! >= 0 && axis.positions[x]! <= small.width - 1);
    expect(inside.length).toBeGreaterThan(0.9 * size);
    // Two roundings. Half a pixel would be 100 levels.
    for (const x of inside) expect(Math.abs(data[100 * size + x]! - (200 * x + 300))).toBeLessThanOrEqual(1);
  });

  test('full windows lie where those of a resampler do', () => {
    for (const factor of FACTORS)
      expect(axisOf(24 * factor, { kernelSize: factor }).positions).toEqual(evenAxis(24, 24 * factor).positions);
  });

  test('windows with one center, and a single window, are spread over the image', () => {
    expect([...axisOf(3, { kernelSize: 5, stride: 1, padding: 2 }).positions]).toEqual([0, 2, 2]);
    expect([...axisOf(5, { kernelSize: 5 }).positions]).toEqual([0, 0, 0, 0, 0]);
  });
});
