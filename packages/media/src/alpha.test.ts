import { describe, expect, test } from 'vitest';
import { type Pixels, poolImage } from './index.ts';

/** e^(βx) with the default β = 1/0.225. */
const e = (x: number): number => Math.exp(x / 0.225);

/** One row of pixels. */
function row<S extends Uint8Array | Uint16Array | Float32Array>(channels: 2 | 4, data: S): Pixels<S> {
  return { data, width: data.length / channels, height: 1, channels };
}

describe('transparent pixels', () => {
  test.each(['soft', 'average', 'max'] as const)('contribute no color, by method %s', (method) => {
    const { data } = poolImage(row(4, Uint8Array.of(255, 0, 0, 0, 0, 0, 255, 255)), { factor: 2, method });
    expect([...data.subarray(0, 3)]).toEqual([0, 0, 255]);
  });

  test('alone in a window give transparent black, whatever their color', () => {
    for (const method of ['soft', 'average', 'max'] as const) {
      expect([...poolImage(row(4, Uint8Array.of(255, 0, 0, 0, 9, 9, 9, 0)), { factor: 2, method }).data]).toEqual([0, 0, 0, 0]);
      expect([...poolImage(row(2, Uint16Array.of(65535, 0, 400, 0)), { factor: 2, method }).data]).toEqual([0, 0]);
      expect([...poolImage(row(2, Float32Array.of(1, 0, 0.5, 0)), { factor: 2, method }).data]).toEqual([0, 0]);
    }
  });
});

describe('colors are multiplied by alpha before pooling and divided by it afterwards', () => {
  test('by average: white at alpha 0.4 beside black at alpha 0.8', () => {
    // White has 0.4 of the 0.4 + 0.8: a third of white. Alpha is 0.6.
    const { data } = poolImage(row(2, Uint8Array.of(255, 102, 0, 204)), { factor: 2, method: 'average' });
    expect([...data]).toEqual([85, 153]);
  });

  test('by SoftPool with shared weights, which come from the multiplied colors and also pool alpha', () => {
    // (1, 0.2, 0) at alpha 0.4 is (0.4, 0.08, 0); (0, 0.2, 0.6) is opaque.
    const [w, v] = [e(0.4) + e(0.08) + e(0), e(0) + e(0.2) + e(0.6)];
    const alpha = (0.4 * w + 1 * v) / (w + v);
    const colors = [0.4 * w, 0.08 * w + 0.2 * v, 0.6 * v].map((sum) => sum / (w + v) / alpha);
    const { data } = poolImage(row(4, Uint8Array.of(255, 51, 0, 102, 0, 51, 153, 255)), { factor: 2 });
    expect([...data]).toEqual([...colors, alpha].map((value) => Math.round(value * 255)));
  });

  test('by SoftPool for gray with alpha', () => {
    // 0.8 at alpha 0.4 is 0.32; 0.2 at alpha 0.6 is 0.12.
    const [w, v] = [e(0.32), e(0.12)];
    const alpha = (0.4 * w + 0.6 * v) / (w + v);
    const gray = (0.32 * w + 0.12 * v) / (w + v) / alpha;
    const { data } = poolImage(row(2, Uint16Array.of(52428, 26214, 13107, 39321)), { factor: 2 });
    expect([...data]).toEqual([Math.round(gray * 65535), Math.round(alpha * 65535)]);
  });

  test('by SoftPool with perChannel weights, where alpha has its own', () => {
    const gray = (0.32 * e(0.32) + 0.12 * e(0.12)) / (e(0.32) + e(0.12));
    const alpha = (0.4 * e(0.4) + 0.6 * e(0.6)) / (e(0.4) + e(0.6));
    const { data } = poolImage(row(2, Float32Array.of(0.8, 0.4, 0.2, 0.6)), { factor: 2, weights: 'perChannel' });
    expect(data[0]).toBeCloseTo(gray / alpha, 5);
    expect(data[1]).toBeCloseTo(alpha, 5);
  });

  test('by max, with colors clamped to the scale where the maxima of color and alpha come from different pixels', () => {
    // Multiplied by alpha the largest gray is 0.4, the largest alpha 1.
    expect([...poolImage(row(2, Uint8Array.of(255, 102, 0, 255)), { factor: 2, method: 'max' }).data]).toEqual([102, 255]);
  });
});

describe('an opaque image', () => {
  const colors = Uint16Array.from({ length: 4 * 4 * 3 }, (_, i) => (i * 30011) % 65536);
  const opaque = new Uint16Array(4 * 4 * 4).fill(65535);
  for (let pixel = 0; pixel < 16; pixel++) opaque.set(colors.subarray(pixel * 3, pixel * 3 + 3), pixel * 4);

  // Alpha must not take part in the weights, neither for a β so large that it would outweigh
  // colors, nor for one so small that lowered alpha would lose its digits.
  test.each([0, 1e-300, 1e-14, 1e-8, 1e-6, 0.001, 0.3, 1, 4.44, 20, 40, 100, 1000, 1e6])(
    'has the same colors with and without its alpha for β = %s',
    (beta) => {
      const with16 = poolImage({ data: opaque, width: 4, height: 4, channels: 4 }, { factor: 2, beta }).data;
      const without = poolImage({ data: colors, width: 4, height: 4, channels: 3 }, { factor: 2, beta }).data;
      for (let pixel = 0; pixel < 4; pixel++) {
        expect(with16[pixel * 4 + 3]).toBe(65535);
        // One level of 65535: float32 sums of different tensors may round to either side.
        for (let c = 0; c < 3; c++) expect(Math.abs(with16[pixel * 4 + c]! - without[pixel * 3 + c]!)).toBeLessThanOrEqual(1);
      }
    },
  );
});

test.each([0.001, 0.1, 0.3, 2])('a small β = %s keeps the 16 bits of alpha', (beta) => {
  const [w, v] = [Math.exp(beta * 0.5), Math.exp(beta * 0.25)];
  const alpha = (0.5 * w + 0.25 * v) / (w + v);
  const white = row(2, Float32Array.of(1, 0.5, 1, 0.25));
  // A quarter of a level of 65535.
  expect(Math.abs(poolImage(white, { factor: 2, beta }).data[1]! - alpha)).toBeLessThan(0.25 / 65535);
});
