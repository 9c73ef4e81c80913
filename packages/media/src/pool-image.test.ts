import { describe, expect, test } from 'vitest';
import { type Pixels, poolImage, type Samples } from './index.ts';

/** e^(βx) with the default β = 1/0.225. */
const e = (x: number): number => Math.exp(x / 0.225);

function image<S extends Samples>(channels: Pixels['channels'], width: number, data: S): Pixels<S> {
  return { data, width, height: data.length / width / channels, channels };
}

describe('soft gives the mean of a window weighted by e^(βx), with x from 0 to 1', () => {
  test('for 8-bit gray', () => {
    // 0, 51, 102, 255 are 0, 0.2, 0.4, 1.
    const mean = (0 * e(0) + 0.2 * e(0.2) + 0.4 * e(0.4) + 1 * e(1)) / (e(0) + e(0.2) + e(0.4) + e(1));
    expect(poolImage(image(1, 2, Uint8Array.of(0, 51, 102, 255)), { factor: 2 }).data).toEqual(Uint8Array.of(Math.round(mean * 255)));
    expect(Math.round(mean * 255)).toBe(237); // the plain mean is 102
  });

  test('for 16-bit gray', () => {
    const mean = (0 + 0.2 * e(0.2) + 0.4 * e(0.4) + 1 * e(1)) / (1 + e(0.2) + e(0.4) + e(1));
    const gray = image(1, 2, Uint16Array.of(0, 13107, 26214, 65535));
    expect(poolImage(gray, { factor: 2 }).data).toEqual(Uint16Array.of(Math.round(mean * 65535)));
  });

  test('for floating-point gray, without rounding to levels', () => {
    const mean = (0.3 * e(0.3) + 0.7 * e(0.7)) / (e(0.3) + e(0.7));
    const { data } = poolImage(image(1, 2, Float32Array.of(0.3, 0.7)), { factor: 2 });
    expect(data).toBeInstanceOf(Float32Array);
    expect(data[0]).toBeCloseTo(mean, 6);
  });

  test('for the clamped array of a canvas', () => {
    const canvas = image(4, 1, Uint8ClampedArray.of(9, 8, 7, 255));
    expect(poolImage(canvas, { factor: 1 }).data).toEqual(Uint8ClampedArray.of(9, 8, 7, 255));
  });

  test('for a Buffer as for a Uint8Array', () => {
    expect([...poolImage(image(1, 2, Buffer.from([0, 255])), { factor: 2 }).data]).toEqual([
      ...poolImage(image(1, 2, Uint8Array.of(0, 255)), { factor: 2 }).data,
    ]);
  });

  test('of dark pixels with a β so large that e^-β is 0', () => {
    // e^(β / 255) is 50.5 times the weight of black: 50.5 / 53.5 of level 1.
    expect([...poolImage(image(1, 2, Uint8Array.of(0, 1, 0, 0)), { factor: 2, beta: 1000 }).data]).toEqual([1]);
  });

  test('with one weight for all channels of a pixel: the sum of their own', () => {
    // Of (1, 0, 0) and of (0, 0.2, 0.4).
    const [red, dull] = [e(1) + e(0) + e(0), e(0) + e(0.2) + e(0.4)];
    const all = red + dull;
    const expected = [(1 * red) / all, (0.2 * dull) / all, (0.4 * dull) / all];
    const { data } = poolImage(image(3, 2, Uint8Array.of(255, 0, 0, 0, 51, 102)), { factor: 2 });
    expect([...data]).toEqual(expected.map((value) => Math.round(value * 255)));
  });

  test('with perChannel weights, each channel by itself', () => {
    const expected = [(1 * e(1)) / (e(1) + e(0)), (0.2 * e(0.2)) / (e(0) + e(0.2)), (0.4 * e(0.4)) / (e(0) + e(0.4))];
    const { data } = poolImage(image(3, 2, Uint8Array.of(255, 0, 0, 0, 51, 102)), { factor: 2, weights: 'perChannel' });
    expect([...data]).toEqual(expected.map((value) => Math.round(value * 255)));
  });

  test('with β as the sharpness: 0 averages, 1 weights by e^x, a large β takes the brightest', () => {
    const gray = image(1, 2, Float32Array.of(0.2, 0.6));
    const pooled = (beta: number): number => poolImage(gray, { factor: 2, beta }).data[0]!;
    expect(pooled(0)).toBeCloseTo(0.4, 6);
    expect(pooled(1)).toBeCloseTo((0.2 * Math.exp(0.2) + 0.6 * Math.exp(0.6)) / (Math.exp(0.2) + Math.exp(0.6)), 6);
    expect(pooled(1000)).toBeCloseTo(0.6, 6);
  });

  test('an image of one color keeps it with every method', () => {
    const plain = image(
      3,
      5,
      new Uint8Array(5 * 4 * 3).map((_, i) => [17, 130, 244][i % 3]!),
    );
    for (const method of ['soft', 'average', 'max'] as const) {
      const { data } = poolImage(plain, { width: 3, height: 2, method });
      expect([...data]).toEqual(Array.from({ length: 6 }, () => [17, 130, 244]).flat());
    }
  });
});

describe('other methods', () => {
  const gray = image(1, 4, Uint8Array.of(0, 10, 20, 31, 40, 50, 60, 70));

  test('average gives the mean of each window', () => {
    // (0 + 10 + 40 + 50) / 4 and (20 + 31 + 60 + 70) / 4 = 45.25
    expect([...poolImage(gray, { factor: 2, method: 'average' }).data]).toEqual([25, 45]);
  });

  test('max gives the largest sample of each window, channel by channel', () => {
    expect([...poolImage(gray, { factor: 2, method: 'max' }).data]).toEqual([50, 70]);
    expect([...poolImage(image(3, 2, Uint8Array.of(9, 0, 5, 1, 8, 5)), { factor: 2, method: 'max' }).data]).toEqual([9, 8, 5]);
  });

  test('average keeps the precision of 16-bit samples', () => {
    expect([...poolImage(image(1, 2, Uint16Array.of(65535, 65531)), { factor: 2, method: 'average' }).data]).toEqual([65533]);
  });
});

describe('samples of the result', () => {
  test('are rounded to the nearest level', () => {
    const third = image(1, 3, Uint8Array.of(0, 0, 1));
    const twoThirds = image(1, 3, Uint8Array.of(0, 1, 1));
    expect([...poolImage(third, { factor: 3, beta: 0 }).data]).toEqual([0]);
    expect([...poolImage(twoThirds, { factor: 3, beta: 0 }).data]).toEqual([1]);
  });

  test('stay black or white at the ends of the scale', () => {
    for (const data of [new Uint8Array(16).fill(255), new Uint16Array(16).fill(65535), new Float32Array(16).fill(1)]) {
      const white = poolImage(image(4, 2, data), { factor: 2 });
      expect([...white.data]).toEqual([...data.slice(0, 4)]);
      const black = poolImage(image(1, 4, data.map(() => 0) as Samples), { factor: 4 });
      expect([...black.data]).toEqual([0]);
    }
  });

  test('are clamped to 0–1 if they are floating-point, alpha included', () => {
    expect([...poolImage(image(1, 1, Float32Array.of(1.5, -0.5)), { kernelSize: 1 }).data]).toEqual([1, 0]);
    expect([...poolImage(image(2, 1, Float32Array.of(2, 1.5)), { kernelSize: 1, linear: true }).data]).toEqual([1, 1]);
  });
});

describe('the input', () => {
  const make: (() => Samples)[] = [
    () => Uint8Array.from({ length: 64 }, (_, i) => i * 4),
    () => Uint8ClampedArray.from({ length: 64 }, (_, i) => i * 4),
    () => Uint16Array.from({ length: 64 }, (_, i) => i * 1000),
    () => Float32Array.from({ length: 64 }, (_, i) => i / 64),
  ];

  test.each(make.map((data) => [data().constructor.name, data] as const))(
    'of type %s is neither changed nor shared with the result',
    (_, data) => {
      for (const channels of [1, 2, 4] as const) {
        for (const method of ['soft', 'average', 'max'] as const) {
          for (const linear of [false, true]) {
            const pixels = image(channels, 4, data());
            const pooled = poolImage(pixels, { factor: 1, method, linear });
            expect(pixels.data).toEqual(data());
            expect(pooled.data.buffer).not.toBe(pixels.data.buffer);
            expect(pooled.data.constructor).toBe(pixels.data.constructor);
          }
        }
      }
    },
  );

  test('may be a view into a larger buffer', () => {
    const buffer = Uint16Array.of(7, 7, 7, 1000, 3000, 9, 9);
    expect([...poolImage(image(1, 2, buffer.subarray(3, 5)), { factor: 2, beta: 0 }).data]).toEqual([2000]);
  });
});

test('a window may fill more memory than is pooled at once', () => {
  // 5 rows of 100,000 pixels, each with its own level in half of them.
  const wide = image(
    1,
    100_000,
    Uint8Array.from({ length: 500_000 }, (_, i) => (i % 2) * (10 + 20 * Math.floor(i / 100_000))),
  );
  const pooled = (method: 'average' | 'max') => [...poolImage(wide, { width: 1, height: 1, fit: 'fill', method }).data];
  expect(pooled('average')).toEqual([25]); // half of the mean of 10, 30, 50, 70 and 90
  expect(pooled('max')).toEqual([90]);
});
