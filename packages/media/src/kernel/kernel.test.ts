/** The kernel is the definition in JavaScript bit for bit, and both are softpool/reference. */
import fc from 'fast-check';
import { adaptiveSoftPool2d, softPool2d } from 'softpool/reference';
import { describe, expect, test, vi } from 'vitest';
import type { Pixels, PoolImageOptions, Samples } from '../index.ts';
import { poolImage } from '../index.ts';
import { emptySamples } from '../pixels.ts';
import { poolImagePlan } from '../pool-image-options.ts';
import { jobOf, plainSamples } from './job.ts';
import { definitionPooler } from './pool-by-definition.ts';

/** As poolImage, by the definition. */
function byDefinition(pixels: Pixels, options: PoolImageOptions): Pixels {
  const plan = poolImagePlan('poolImage', pixels, options);
  const [width, height] = [plan.columns.outputSize, plan.rows.outputSize];
  const result = { ...pixels, width, height, data: emptySamples(pixels.data, width * height * pixels.channels) };
  const uses = [{ slot: 0, weight: 1, isFirst: true, result: plainSamples(result.data) }];
  definitionPooler(jobOf(pixels, plan))(plainSamples(pixels.data), uses, 0, height);
  return result;
}

/** An image whose samples look random; alpha, if there is one, is at most half below 1. */
function image(channels: number, width: number, height: number, type: 'uint8' | 'uint16' | 'float32', seed = 1, opaque = false): Pixels {
  const length = width * height * channels;
  const maximum = type === 'uint8' ? 255 : type === 'uint16' ? 65535 : 1;
  const data: Samples = type === 'uint8' ? new Uint8Array(length) : type === 'uint16' ? new Uint16Array(length) : new Float32Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const isAlpha = channels % 2 === 0 && i % channels === channels - 1;
    const value = (state >>> 8) / 2 ** 24;
    data[i] = isAlpha && (opaque || state % 2 === 0) ? maximum : maximum === 1 ? value : Math.round(value * maximum);
  }
  return { data, width, height, channels: channels as Pixels['channels'] };
}

const windows = fc.oneof(
  fc.record({ factor: fc.integer({ min: 1, max: 5 }) }),
  fc.constantFrom<PoolImageOptions>(
    { kernelSize: 3, stride: 2, padding: 1 },
    { kernelSize: [2, 5], stride: [3, 1] },
    { kernelSize: 4, stride: 3, padding: 2 },
  ),
  fc.record({ width: fc.integer({ min: 1, max: 6 }), height: fc.integer({ min: 1, max: 5 }), fit: fc.constantFrom('fill', 'cover') }),
);
const operators = fc.record({
  beta: fc.constantFrom(0, 5e-324, 1e-9, 0.3, 1 / 0.225, 60, 690, 691, 1e4, 1e308),
  weights: fc.constantFrom('shared', 'perChannel'),
  method: fc.constantFrom('soft', 'average', 'max'),
  linear: fc.boolean(),
});

test('the kernel gives the bits of the definition', () => {
  const images = fc.record({
    channels: fc.integer({ min: 1, max: 4 }),
    width: fc.integer({ min: 6, max: 14 }),
    height: fc.integer({ min: 5, max: 11 }),
    type: fc.constantFrom('uint8', 'uint16', 'float32'),
    seed: fc.integer({ min: 1, max: 1000 }),
    opaque: fc.boolean(),
  });
  fc.assert(
    fc.property(images, windows, operators, ({ channels, width, height, type, seed, opaque }, size, operator) => {
      const pixels = image(channels, width, height, type as 'uint8', seed, opaque);
      const options = { ...size, ...operator } as PoolImageOptions;
      expect(poolImage(pixels, options)).toEqual(byDefinition(pixels, options));
    }),
    { numRuns: 400 },
  );
});

describe('images that do not fit the memory of the kernel at once', () => {
  test.each([
    ['rows of several pieces', image(4, 70_001, 3, 'uint8'), { width: 1, height: 1, fit: 'fill' }],
    ['a row of several tiles', image(3, 9001, 2, 'uint8'), { factor: 2 }],
    ['a row of tiles and pieces', image(4, 40_000, 2, 'uint16'), { kernelSize: [1, 3], stride: [1, 2] }],
  ] as const)('%s', (_, pixels, options) => {
    expect(Buffer.from(poolImage(pixels, options).data.buffer)).toEqual(Buffer.from(byDefinition(pixels, options).data.buffer));
  });
});

test.each([
  { data: Float32Array.of(2, -1, 0.5, 0.5, 3, 7), beta: 300, expected: [0.5, 1, 1] },
  { data: Float32Array.of(Number.POSITIVE_INFINITY, 0, 0, 0.2, 0.2, 0.2), beta: 1, expected: [1, 0, 0] },
  { data: Float32Array.of(Number.NEGATIVE_INFINITY, 0.5, 0.5, 0.5, 0.5, 0.5), beta: 1, expected: [0, 0.5, 0.5] },
  { data: Float32Array.of(Number.NaN, 0, 0, 0, 0, 0), beta: 1, expected: [Number.NaN, Number.NaN, Number.NaN] },
])('floating-point samples beyond the scale are weighted, and clamped at the end: $data', ({ data, beta, expected }) => {
  const pixels = { data, width: 2, height: 1, channels: 3 } as const;
  const { data: pooled } = poolImage(pixels, { factor: 2, beta });
  expect([...pooled]).toEqual(expected);
  expect(byDefinition(pixels, { factor: 2, beta }).data).toEqual(pooled);
});

/** The pooled values of opaque colors by softpool/reference, on a scale of 0 to 1. */
function byReference({ data, width, height, channels }: Pixels, options: PoolImageOptions): Float64Array {
  const maximum = data instanceof Uint16Array ? 65535 : 255;
  const plan = poolImagePlan('poolImage', { width, height }, options);
  const x = { data: Float64Array.from(data, (sample) => sample / maximum), shape: [height, width, channels] };
  return ('outputSize' in plan.windows ? adaptiveSoftPool2d(x, plan.windows) : softPool2d(x, plan.windows)).data;
}

describe.each([
  ['uint8', 255],
  ['uint16', 65535],
] as const)('%s samples are rounded to the nearest of the reference', (type, maximum) => {
  test.each([
    [3, { factor: 2 }],
    [3, { factor: 4, beta: 20 }],
    [3, { factor: 2, weights: 'perChannel' }],
    [3, { kernelSize: 3, stride: 2, padding: 1 }],
    [3, { width: 77, height: 41, fit: 'fill' }],
    [3, { factor: 3, beta: 1e4 }],
    [3, { factor: 3, beta: 650 }],
    [1, { factor: 2, beta: 1 }],
    [3, { factor: 2, beta: 0 }],
  ] as const)('%i channels, %o', (channels, options) => {
    const pixels = image(channels, 180, 120, type);
    const exact = byReference(pixels, options);
    let worst = 0;
    poolImage(pixels, options).data.forEach((sample, i) => {
      worst = Math.max(worst, Math.abs(sample - exact[i]! * maximum));
    });
    // A half, and what float64 loses where a value lies halfway between two levels.
    expect(worst).toBeLessThanOrEqual(0.5 + 1e-9);
  });
});

test('a mean halfway between two levels becomes the higher one', () => {
  const halves = { data: Uint8Array.from({ length: 510 }, (_, i) => (i + 1) >> 1), width: 510, height: 1, channels: 1 } as const;
  expect([...poolImage(halves, { factor: 2, method: 'average' }).data]).toEqual(Array.from({ length: 255 }, (_, i) => i + 1));
});

test('where WebAssembly cannot be compiled, the result is the same', async () => {
  const pixels = image(4, 23, 17, 'uint8');
  const expected = poolImage(pixels, { factor: 3, linear: true });
  vi.resetModules();
  vi.stubGlobal('WebAssembly', {
    ...{ Memory: WebAssembly.Memory, validate: () => true },
    Module: class {
      constructor() {
        throw new Error('Wasm code generation disallowed by embedder');
      }
    },
  });
  try {
    const without = await import('../index.ts');
    expect(without.poolImage(pixels, { factor: 3, linear: true })).toEqual(expected);
  } finally {
    vi.unstubAllGlobals();
    vi.resetModules();
  }
});
