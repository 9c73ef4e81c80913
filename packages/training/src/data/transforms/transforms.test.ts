import { type Random, randomOf } from '@softpool/models';
import { describe, expect, test } from 'vitest';
import { type Batch, batches } from '../batches.ts';
import { CorruptSampleError, type Sample, type Transform } from '../data-set.ts';
import { texturedShapes } from '../generators/textured-shapes.ts';
import { transformsOf } from './recipes.ts';
import { createTransform, type TransformOptions } from './transforms.ts';

/** Unchanged values, 0 to 255. */
const BYTES = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] };
const BYTE = { mean: [0], std: [1 / 255] };

function sampleOf(shape: readonly number[], valueAt: (index: number) => number): Sample {
  const size = shape.reduce((product, length) => product * length, 1);
  return { data: Uint8Array.from({ length: size }, (_, index) => valueAt(index)), shape };
}

async function values(transform: Transform, sample: Sample, random: Random = randomOf(1)): Promise<number[]> {
  return Array.from(await transform.apply(sample, random), (value) => Math.round(value * 1000) / 1000);
}

const gray = (options: TransformOptions): Transform => createTransform({ normalization: BYTE, ...options });

test('values are divided by 255 and normalized', async () => {
  const transform = createTransform({ inputShape: [1, 2, 3] });
  const [red, green, blue] = [(0.2 - 0.485) / 0.229, (0.4 - 0.456) / 0.224, (1 - 0.406) / 0.225];
  const input = await transform.apply({ data: Uint8Array.of(51, 102, 255, 51, 102, 255), shape: [1, 2, 3] }, randomOf(1));
  expect(input).toEqual(Float32Array.of(red, green, blue, red, green, blue));
});

test('gray becomes color, and color becomes gray by luma', async () => {
  const toColors = createTransform({ inputShape: [1, 2, 3], normalization: BYTES });
  expect(
    await values(
      toColors,
      sampleOf([1, 2, 1], (i) => 7 + i),
    ),
  ).toEqual([7, 7, 7, 8, 8, 8]);
  expect(await values(gray({ inputShape: [1, 1, 1] }), { data: Uint8Array.of(100, 200, 50), shape: [1, 1, 3] })).toEqual([
    29.9 + 117.4 + 5.7,
  ]);
});

test('flips have the given probability', async () => {
  const row = sampleOf([1, 3, 1], (i) => i);
  expect(await values(gray({ inputShape: [1, 3, 1], flip: 1 }), row)).toEqual([2, 1, 0]);
  expect(await values(gray({ inputShape: [1, 3, 1] }), row)).toEqual([0, 1, 2]);
  const [half, paper] = [gray({ inputShape: [1, 3, 1], flip: 0.5 }), gray({ inputShape: [1, 3, 1], flip: 0.3, applied: 0.6 })];
  let [halves, papers] = [0, 0];
  for (let i = 0; i < 3000; i++) {
    if ((await half.apply(row, randomOf(3, i)))[0] !== 0) halves++;
    if ((await paper.apply(row, randomOf(4, i)))[0] !== 0) papers++;
  }
  // Within four standard deviations of 3000 draws with p = 0.5, and p = 0.6 · 0.3.
  expect(Math.abs(halves - 1500)).toBeLessThan(4 * Math.sqrt(750));
  expect(Math.abs(papers - 540)).toBeLessThan(4 * Math.sqrt(540 * 0.82));
});

test('padding of a random crop is black', async () => {
  const picture = sampleOf([4, 4, 1], (i) => 1 + i);
  const transform = gray({ inputShape: [4, 4, 1], crop: { kind: 'random', padding: 2 } });
  const padded = (row: number, column: number): number => (row >= 0 && row < 4 && column >= 0 && column < 4 ? 1 + 4 * row + column : 0);
  const found = new Set<string>();
  for (let i = 0; i < 60; i++) {
    const crop = await values(transform, picture, randomOf(5, i));
    const places = [...Array(25).keys()].map((place) => [Math.floor(place / 5) - 2, (place % 5) - 2] as const);
    const place = places.find(([top, left]) => crop.every((value, at) => value === padded(top + Math.floor(at / 4), left + (at % 4))));
    expect(place).toBeDefined();
    found.add(String(place));
  }
  expect(found.size).toBeGreaterThan(15);
});

describe('resizing', () => {
  test('to half the size averages over a triangle of two pixels to each side, with extended edges', async () => {
    // (0·¼ + 0·¾ + 100·¾ + 200·¼) / 2 = 62.5, (100·¼ + 200·¾ + 50·¾ + 50·¼) / 2 = 112.5
    const square = sampleOf([4, 4, 1], (i) => [0, 100, 200, 50][i % 4]!);
    expect(await values(gray({ inputShape: [2, 2, 1] }), square)).toEqual([63, 113, 63, 113]);
  });

  test('keeps channels separate', async () => {
    const transform = createTransform({ inputShape: [2, 2, 3], normalization: BYTES });
    const square = sampleOf([8, 8, 3], (i) => [10, 120, 250][i % 3]!);
    expect(await values(transform, square)).toEqual([10, 120, 250, 10, 120, 250, 10, 120, 250, 10, 120, 250]);
  });

  test('and center-cropping a ramp gives the ramp at the right place', async () => {
    // 128 × 160 becomes 64 × 80, whose center of 56 × 56 starts at row 4 and column 12; a pixel of
    // the small picture is between two of the large one.
    const ramp = sampleOf([128, 160, 3], (i) => [Math.floor(i / 3) % 160, Math.floor(i / 480), 0][i % 3]!);
    const transform = createTransform({ inputShape: [56, 56, 3], crop: { kind: 'center', resize: 64 }, normalization: BYTES });
    const input = await transform.apply(ramp, randomOf(1));
    for (const [row, column] of [
      [0, 0],
      [0, 55],
      [55, 0],
      [30, 41],
    ] as const) {
      const at = 3 * (56 * row + column);
      expect(Math.abs(input[at]! - (2 * (12 + column) + 0.5))).toBeLessThanOrEqual(0.51);
      expect(Math.abs(input[at + 1]! - (2 * (4 + row) + 0.5))).toBeLessThanOrEqual(0.51);
    }
  });
});

test('enlarging keeps a picture where it is', async () => {
  // Four times: the samples lie at 1.5, 5.5, 9.5 … of the large picture, and slopes between them.
  const slope = sampleOf([12, 12, 3], (i) => [20 * (Math.floor(i / 3) % 12), 20 * Math.floor(i / 36), 7][i % 3]!);
  const input = await createTransform({ inputShape: [48, 48, 3], normalization: BYTES }).apply(slope, randomOf(1));
  for (let y = 2; y < 46; y++) {
    for (let x = 2; x < 46; x++) {
      const at = 3 * (48 * y + x);
      expect(Math.abs(input[at]! - 20 * ((x + 0.5) / 4 - 0.5))).toBeLessThanOrEqual(0.51);
      expect(Math.abs(input[at + 1]! - 20 * ((y + 0.5) / 4 - 0.5))).toBeLessThanOrEqual(0.51);
      expect(input[at + 2]).toBeCloseTo(7, 3);
    }
  }
});

test('rotation by half a turn turns a picture exactly, and by a quarter one of odd sides', async () => {
  const turnedBy = (degrees: number, sample: Sample): Promise<number[]> =>
    values(gray({ inputShape: sample.shape, rotation: 180 }), sample, {
      uniform: () => (degrees / 180 + 1) / 2,
      integer: () => 0,
      normal: () => 0,
    });
  expect(
    await turnedBy(
      180,
      sampleOf([2, 3, 1], (i) => 10 * i),
    ),
  ).toEqual([50, 40, 30, 20, 10, 0]);
  // Clockwise: the first column becomes the first row, from below.
  expect(
    await turnedBy(
      90,
      sampleOf([3, 3, 1], (i) => i),
    ),
  ).toEqual([6, 3, 0, 7, 4, 1, 8, 5, 2]);
  expect(
    await turnedBy(
      -90,
      sampleOf([2, 2, 1], (i) => i),
    ),
  ).toEqual([1, 3, 0, 2]);
});

test('rotation is about the center by up to the angle, with black corners and the same size', async () => {
  const side = 101;
  const dot = sampleOf([side, side, 1], (i) => (Math.hypot((i % side) - 90, Math.floor(i / side) - 50) < 4 ? 255 : 40));
  const transform = gray({ inputShape: [side, side, 1], rotation: 10 });
  for (const share of [0, 0.25, 1 - 1e-9]) {
    const random: Random = { uniform: () => share, integer: () => 0, normal: () => 0 };
    const input = await transform.apply(dot, random);
    let [mass, x, y] = [0, 0, 0];
    for (const [i, value] of input.entries()) {
      if (value < 150) continue;
      mass += value;
      x += value * ((i % side) - 50);
      y += value * (Math.floor(i / side) - 50);
    }
    expect(Math.hypot(x, y) / mass).toBeCloseTo(40, 1);
    // Within 0.2 degrees: pixels above 150 count whole.
    expect(Math.abs((Math.atan2(y, x) * 180) / Math.PI - 10 * (2 * share - 1))).toBeLessThan(0.2);
    expect(input[0]).toBe(0);
    expect(input[50 * side + 50]).toBe(40);
  }
});

describe('a clip', () => {
  /** Frame f is a texture, 10 f brighter. */
  const clip = sampleOf([6, 12, 12, 3], (i) => 10 * Math.floor(i / 432) + ((Math.floor((i % 432) / 3) * 37) % 100));

  test('has the same crop, flip and rotation in all frames, which are consecutive', async () => {
    const transform = createTransform({
      inputShape: [3, 12, 12, 3],
      crop: { kind: 'random', padding: 0 },
      flip: 0.5,
      normalization: BYTES,
    });
    const starts = new Set<number>();
    for (let i = 0; i < 40; i++) {
      const input = await transform.apply(clip, randomOf(6, i));
      const brighter = (frame: number): Set<number> =>
        new Set(Array.from({ length: 432 }, (_, at) => Math.round(input[432 * frame + at]! - input[at]!)));
      expect([brighter(1), brighter(2)]).toEqual([new Set([10]), new Set([20])]);
      starts.add(Math.round(Math.min(...input.subarray(0, 432)) / 10));
    }
    expect([...starts].sort()).toEqual([0, 1, 2, 3]);
  });

  test('is cropped and resized equally in all frames', async () => {
    const transform = createTransform({ inputShape: [6, 5, 5, 3], crop: { kind: 'randomResized' }, rotation: 10, normalization: BYTES });
    const still = sampleOf([6, 12, 12, 3], (i) => (Math.floor((i % 432) / 3) * 37) % 256);
    const input = await transform.apply(still, randomOf(7));
    for (let frame = 1; frame < 6; frame++) expect(input.subarray(75 * frame, 75 * (frame + 1))).toEqual(input.subarray(0, 75));
    expect(new Set(input).size).toBeGreaterThan(20);
  });

  test('without augmentation gives its middle frames', async () => {
    const input = await createTransform({ inputShape: [3, 12, 12, 3], normalization: BYTES }).apply(clip, randomOf(1));
    expect(Math.min(...input.subarray(0, 432))).toBeCloseTo(10, 4); // frames 1, 2 and 3 of 6
  });

  test('with too few frames is a corrupt sample, and a clip in place of a picture is an error', async () => {
    const error = createTransform({ inputShape: [7, 12, 12, 3] }).apply(clip, randomOf(1));
    await expect(error).rejects.toThrow(new CorruptSampleError('a clip of 6 frames is too short for an input of 7'));
    await expect(error).rejects.toBeInstanceOf(CorruptSampleError);
    await expect(createTransform({ inputShape: [12, 12, 3] }).apply(clip, randomOf(1))).rejects.toThrow(
      new RangeError('a transform for pictures [12, 12, 3] cannot take a clip [6, 12, 12, 3]'),
    );
  });
});

describe('recipes', () => {
  const picture = sampleOf([40, 50, 3], (i) => (i * 7919 + ((i * i) >> 3)) % 256);
  const clip = sampleOf([5, 40, 50, 3], (i) => (i * 7919 + ((i * i) >> 3)) % 256);

  test.each(['imagenet', 'paper', 'cifar', 'video', 'none'] as const)(
    '%s: chance in training only, and the same by the same seed',
    async (recipe) => {
      const isVideo = recipe === 'video';
      const { training, evaluation } = transformsOf(recipe, { inputShape: isVideo ? [4, 24, 24, 3] : [24, 24, 3] });
      const sample = isVideo ? clip : picture;
      const seeds = [1, 2, 3, 4];
      const trained = await Promise.all(seeds.map((seed) => values(training, sample, randomOf(seed))));
      const again = await Promise.all(seeds.map((seed) => values(training, sample, randomOf(seed))));
      expect(trained).toEqual(again);
      const different = new Set(trained.map(String)).size;
      expect(different).toBe(recipe === 'none' ? 1 : 4);
      const evaluated = await Promise.all(seeds.map((seed) => values(evaluation, sample, randomOf(seed))));
      expect(new Set(evaluated.map(String)).size).toBe(1);
      expect(evaluated[0]).toHaveLength(isVideo ? 4 * 24 * 24 * 3 : 24 * 24 * 3);
    },
  );

  test('give the same batches at any concurrency', async () => {
    const { training } = transformsOf('paper', { inputShape: [16, 16, 3] });
    const epochOf = async (concurrency: number): Promise<Batch[]> => {
      const found: Batch[] = [];
      const shapes = texturedShapes({ samples: 24, size: 24 });
      for await (const batch of batches(shapes, training, { batchSize: 5, seed: 3, epoch: 1, concurrency })) found.push(batch);
      return found;
    };
    expect(await epochOf(8)).toEqual(await epochOf(1));
  });

  test.each([
    ['imagenet', 224, 256],
    ['paper', 299, 324],
    ['paper', 224, 243], // 224 · 324 / 299 = 242.7
    ['video', 112, 128],
    ['cifar', 32, undefined],
    ['none', 32, undefined],
  ] as const)('%s for %i pixels resizes to %s before the evaluation', (recipe, side, resize) => {
    expect(transformsOf(recipe, { inputShape: [side, side, 3] }).resize).toBe(resize);
  });

  test('can disable flips', async () => {
    const ramp = sampleOf([24, 24, 3], (i) => 10 * (Math.floor(i / 3) % 24));
    const { training } = transformsOf('imagenet', { inputShape: [8, 8, 3], flip: false, normalization: BYTES });
    for (let i = 0; i < 30; i++) {
      const input = await training.apply(ramp, randomOf(8, i));
      expect(input[21]! - input[0]!).toBeGreaterThan(5);
    }
  });

  test('with unknown names are rejected', () => {
    expect(() => transformsOf('vgg' as 'none', { inputShape: [8, 8, 3] })).toThrow(
      new TypeError("transformsOf: recipe must be 'imagenet' or 'paper' or 'cifar' or 'video' or 'none', received 'vgg'"),
    );
  });
});

test.each<[Partial<TransformOptions>, string]>([
  [
    { inputShape: [8, 8] },
    'inputShape must be [height, width, channels] or [frames, height, width, channels] with 1 or 3 channels, received [8, 8]',
  ],
  [
    { inputShape: [8, 8, 4] },
    'inputShape must be [height, width, channels] or [frames, height, width, channels] with 1 or 3 channels, received [8, 8, 4]',
  ],
  [
    { inputShape: undefined as never },
    'inputShape must be [height, width, channels] or [frames, height, width, channels] with 1 or 3 channels, received undefined',
  ],
  [{ flip: 1.5 }, 'flip must be a number from 0 to 1, received 1.5'],
  [{ applied: Number.NaN }, 'applied must be a number from 0 to 1, received NaN'],
  [{ rotation: -1 }, 'rotation must be a number of degrees from 0 to 180, received -1'],
  [{ crop: { kind: 'center', resize: 7 } }, "crop.resize must be an integer, at least the input's 8 × 8, received 7"],
  [{ crop: { kind: 'random', resize: [9, 7] } }, "crop.resize must be an integer, at least the input's 8 × 8, received [9, 7]"],
  [{ crop: { kind: 'random', padding: -1 } }, 'crop.padding must be an integer ≥ 0, received -1'],
  [{ crop: { kind: 'randomResized', scale: [0, 1] } }, 'crop.scale must be two increasing numbers above 0 and up to 1, received [0, 1]'],
  [{ crop: { kind: 'randomResized', ratio: [2, 1] } }, 'crop.ratio must be two increasing numbers above 0, received [2, 1]'],
  [{ normalization: { mean: [0.5], std: [0.5] } }, 'normalization.mean must be 3 numbers, received [0.5]'],
  [{ normalization: { mean: [0, 0, 0], std: [1, 0, 1] } }, 'normalization.std must be 3 numbers above 0, received [1, 0, 1]'],
])('%o is rejected', (options, message) => {
  expect(() => createTransform({ inputShape: [8, 8, 3], ...options })).toThrow(new RangeError(`createTransform: options.${message}`));
});

test.each<[object, string]>([
  [
    { flips: 1 },
    'options.flips is not an option of this call; it takes inputShape, crop, flip, rotation, applied, colorJitter, normalization',
  ],
  [{ crop: { kind: 'center', padding: 1 } }, 'options.crop.padding is not an option of this call; it takes kind, resize'],
  [{ crop: { kind: 'random', scale: [0, 1] } }, 'options.crop.scale is not an option of this call; it takes kind, resize, padding'],
])('%o is rejected: it would mean the default', (options, message) => {
  expect(() => createTransform({ inputShape: [8, 8, 3], ...options })).toThrow(new TypeError(`createTransform: ${message}`));
});

test.each<[object, string]>([
  [{ flips: false }, 'flips is not an option of this call; it takes inputShape, flip, colorJitter, normalization'],
  [{ flip: 'no' }, "flip must be true or false, received 'no'"],
  [{ inputShape: 8 }, 'inputShape must be a list of lengths, received 8'],
])('a recipe refuses %o', (options, message) => {
  expect(() => transformsOf('none', { inputShape: [8, 8, 3], ...options })).toThrow(`transformsOf: options.${message}`);
});

test('an unknown crop is rejected', () => {
  const crop = { kind: 'middle' as 'center' } as const;
  expect(() => createTransform({ inputShape: [8, 8, 3], crop })).toThrow(
    new TypeError("createTransform: options.crop.kind must be 'randomResized' or 'random' or 'center', received 'middle'"),
  );
});
