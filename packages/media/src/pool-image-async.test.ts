import { describe, expect, test } from 'vitest';
import { type Pixels, type PoolImageAsyncOptions, type PoolImageOptions, poolImage, poolImageAsync } from './index.ts';

/** Samples that look random. */
const texture = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * i * 31 + i * 17 + (i >> 7)) % 256);

/** Large enough for eight steps. */
const large: Pixels<Uint8Array> = { data: texture(2000 * 2100 * 4), width: 2000, height: 2100, channels: 4 };

describe('gives the result of poolImage', () => {
  test.each<PoolImageOptions>([
    { factor: 2 },
    { factor: 3, weights: 'perChannel', linear: true },
    { kernelSize: 3, stride: 2, padding: 1 },
    { width: 333 },
    { factor: 4, beta: 1000 },
    { factor: 4, method: 'average' },
    { width: 101, height: 99, method: 'max' },
  ])('with %o', async (options) => {
    const expected = poolImage(large, options);
    // A matcher would take seconds to compare as many samples.
    const result = await poolImageAsync(large, options);
    expect([result.width, result.height, result.channels]).toEqual([expected.width, expected.height, 4]);
    expect(Buffer.compare(result.data, expected.data)).toBe(0);
  });

  test.each([
    new Uint8ClampedArray(texture(48)),
    Uint16Array.from(texture(48), (sample) => sample * 200),
    Float32Array.from(texture(48), (sample) => sample / 255),
  ])('with samples of any type: %o', async (data) => {
    const pixels = { data, width: 4, height: 4, channels: 3 } as const;
    expect(await poolImageAsync<typeof data>(pixels, { factor: 2 })).toEqual(poolImage<typeof data>(pixels, { factor: 2 }));
  });
});

test.each(['soft', 'average'] as const)('reports progress of %s up to 1, and lets other work run', async (method) => {
  const reported: number[] = [];
  let turns = 0;
  const count = setInterval(() => turns++);
  await poolImageAsync(large, { factor: 2, method, onProgress: (done) => reported.push(done) });
  clearInterval(count);
  expect(reported.length).toBeGreaterThan(5);
  expect(reported).toEqual([...reported].sort((a, b) => a - b));
  expect(reported[0]).toBeGreaterThan(0);
  expect(reported.at(-1)).toBe(1);
  expect(turns).toBeGreaterThan(3);
});

describe('a signal', () => {
  test('that is already aborted rejects with its reason before any step', async () => {
    const reported: number[] = [];
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(poolImageAsync(large, { factor: 2, signal, onProgress: (done) => reported.push(done) })).rejects.toThrow('too late');
    expect(reported).toEqual([]);
  });

  test.each(['soft', 'average'] as const)('that aborts between steps of %s stops at the next one', async (method) => {
    const controller = new AbortController();
    const reported: number[] = [];
    const pooled = poolImageAsync(large, {
      factor: 2,
      method,
      signal: controller.signal,
      onProgress: (done) => {
        reported.push(done);
        if (done > 0.5) controller.abort();
      },
    });
    await expect(pooled).rejects.toHaveProperty('name', 'AbortError');
    expect(reported.filter((done) => done > 0.5)).toHaveLength(1);
  });

  test('without a reason rejects with an AbortError', async () => {
    const pooled = poolImageAsync(large, { factor: 2, signal: { aborted: true } });
    await expect(pooled).rejects.toHaveProperty('name', 'AbortError');
  });
});

test('images pooled at the same time do not disturb each other', async () => {
  const dark = { ...large, data: large.data.map((sample) => sample >> 2) };
  const options = [
    [large, { factor: 2 }],
    [dark, { factor: 4, weights: 'perChannel', linear: true }],
  ] as const;
  const results = await Promise.all(options.map(([image, each]) => poolImageAsync(image, each)));
  options.forEach(([image, each], i) => {
    expect(Buffer.compare(results[i]!.data, poolImage(image, each).data)).toBe(0);
  });
});

test.each<[options: unknown, error: Error]>([
  [undefined, new TypeError('poolImageAsync: options must be an object, received undefined')],
  [null, new TypeError('poolImageAsync: options must be an object, received null')],
  [{ factor: 0 }, new RangeError('poolImageAsync: options.factor must be a positive integer, received 0')],
])('rejects for the options %o', async (options, error) => {
  await expect(poolImageAsync(large, options as PoolImageAsyncOptions)).rejects.toThrow(error);
});
