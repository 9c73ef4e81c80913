import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Operator } from '../api/options.ts';
import type { DType } from '../api/tensor.ts';
import { type PoolGeometry, type PoolGeometryOptions, poolGeometry } from '../geometry/pool-geometry.ts';
import { backward, forward } from './formula.ts';

const { log, exp, abs } = Math;
const MAX = Number.MAX_VALUE;
const INFINITY = Number.POSITIVE_INFINITY;
const TINY = Number.MIN_VALUE; // the smallest subnormal

const operator = (given: Partial<Operator> = {}): Operator => ({ beta: 1, weights: 'perChannel', gradient: 'weights', ...given });

/**
 * Pools one window over all positions, given the values of each channel. The result is one value
 * per channel.
 */
function pool(channels: number[][], given: Partial<Operator> = {}): number[] {
  return Array.from(forward(channels.flat(), oneWindow(channels), operator(given)));
}

/** The gradient of one window over all positions, for each channel, given dL/dy = `g`. */
function poolGrad(channels: number[][], g: number[], given: Partial<Operator> = {}, dtype?: DType): number[][] {
  const dx = backward(channels.flat(), g, oneWindow(channels), operator(given), dtype);
  return channels.map((values, c) => Array.from(dx.slice(c * values.length, (c + 1) * values.length)));
}

function oneWindow(channels: number[][]): PoolGeometry {
  const length = channels[0]?.length ?? 0;
  return poolGeometry([channels.length, length], { spatialDims: 1, kernelSize: length });
}

/** Expects equality except in the last few bits of a float64. */
function close(actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-14): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(abs((actual[i] as number) - value)).toBeLessThanOrEqual(tolerance * Math.max(1, abs(value)));
  });
}

describe('one window', () => {
  test.each([
    [0, 0],
    [1, 2],
    [-3, 0.25],
    [20, -20],
    [1e-9, 0],
  ])('of %d and %d is b + (a − b) / (1 + e^(b − a))', (a, b) => {
    close(pool([[a, b]]), [b + (a - b) / (1 + exp(b - a))]);
  });

  test('of logarithms has rational weights', () => {
    close(pool([[0, log(3)]]), [0.75 * log(3)]); // weights ¼ and ¾
    close(pool([[0, log(2), log(3)]]), [(2 * log(2) + 3 * log(3)) / 6]); // weights ⅙, ⅓ and ½
    close(pool([[log(8), log(8), log(16), 0]]), [(8 * log(8) * 2 + 16 * log(16)) / 33]);
    close(pool([[0, log(2)]], { beta: 3 }), [(8 / 9) * log(2)]); // e^(3 ln 2) = 8
    close(pool([[0, log(4)]], { beta: 0.5 }), [(2 / 3) * log(4)]); // e^(½ ln 4) = 2
  });

  test('is invariant to a shift of its values: pool(x + c) = pool(x) + c', () => {
    for (const level of [-1000, -88, 89, 710, 1e6])
      close(pool([[level, level + 1, level + 3]]), [level + (pool([[0, 1, 3]])[0] as number)]);
  });

  test('is the mean at β = 0, and rises with β to the maximum', () => {
    const values = [0.5, -2, 7, 7, 1];
    close(pool([values], { beta: 0 }), [2.7]);
    close(pool([values], { beta: 1e-30 }), [2.7]);
    let last = 2.7;
    for (const beta of [0.01, 0.1, 1, 4.44, 30, 500, 1e30, 1e300, MAX]) {
      const [y] = pool([values], { beta }) as [number];
      expect(y).toBeGreaterThanOrEqual(last);
      last = y;
    }
    expect(last).toBe(7);
  });

  test('of one element is that element', () => {
    for (const value of [0, 1.1, -MAX, MAX, TINY, -INFINITY, INFINITY, Number.NaN]) expect(pool([[value]])).toEqual([value]);
  });

  test('of equal values is exactly that value', () => {
    for (const value of [0.1, -1e300, MAX, -MAX, TINY, 3e-310]) expect(pool([new Array(7).fill(value)])).toEqual([value]);
  });

  test('stays exact at the ends of the range', () => {
    expect(pool([[MAX, -MAX]])).toEqual([MAX]);
    expect(pool([[MAX, -MAX]], { beta: 0 })).toEqual([0]);
    close(pool([[MAX, -MAX, -MAX, -MAX]], { beta: 0 }), [-MAX / 2]);
    // β (a − b) = ln 3: weights ¾ and ¼
    close(pool([[MAX, -MAX]], { beta: log(3) / 2 / MAX }), [MAX / 2]);
    expect(pool([[-MAX, -MAX / 2]])).toEqual([-MAX / 2]);
    expect(pool([[8 * TINY, 0]])).toEqual([4 * TINY]);
    expect(pool([[1e-310, 3e-310]])[0]).toBeCloseTo(2e-310, 320);
    expect(pool([[0, -MAX]], { beta: MAX })).toEqual([0]);
  });
});

describe('shared weights', () => {
  // Masses: position 0 has e^0 + e^ln3 = 4, position 1 has e^ln3 + e^ln5 = 8, so the weights are ⅓
  // and ⅔.
  const channels = [
    [0, log(3)],
    [log(3), log(5)],
  ];

  test('are the same for all channels of a position, from the sum of their exponentials', () => {
    close(pool(channels, { weights: 'shared' }), [(2 / 3) * log(3), (log(3) + 2 * log(5)) / 3]);
  });

  test("of one channel are that channel's weights", () => {
    const values = [[0.3, -1, 2, 2.5]];
    expect(pool(values, { weights: 'shared' })).toEqual(pool(values));
    expect(poolGrad(values, [1], { weights: 'shared', gradient: 'exact' })).toEqual(poolGrad(values, [1], { gradient: 'exact' }));
  });

  test('keep colors: proportional channels stay proportional', () => {
    const brightness = [0.1, 0.9, 0.4];
    const [red, green, blue] = pool([brightness, brightness.map((v) => v / 2), brightness.map((v) => v / 4)], { weights: 'shared' });
    close([green as number, blue as number], [(red as number) / 2, (red as number) / 4]);
  });

  test('give the gradients worked out by hand', () => {
    const g = [2, -1];
    const third = 1 / 3;
    close(poolGrad(channels, g, { weights: 'shared' }).flat(), [2 * third, 4 * third, -third, -2 * third]);
    // dL/dx_ki = W_i g_k + e_ki / 12 · Σ_c g_c (x_ci − y_c)
    const [y0, y1] = [(2 / 3) * log(3), (log(3) + 2 * log(5)) / 3];
    const pull = [2 * (0 - y0) - (log(3) - y1), 2 * (log(3) - y0) - (log(5) - y1)] as const;
    close(poolGrad(channels, g, { weights: 'shared', gradient: 'exact' }).flat(), [
      2 * third + pull[0] / 12,
      4 * third + (3 * pull[1]) / 12,
      -third + (3 * pull[0]) / 12,
      -2 * third + (5 * pull[1]) / 12,
    ]);
  });
});

describe('the gradient', () => {
  test('of the paper is the weights times g', () => {
    close(poolGrad([[0, log(3)]], [2]).flat(), [0.5, 1.5]);
    close(poolGrad([[0, log(3)]], [-2], { beta: 0 }).flat(), [-1, -1]);
  });

  test('that is exact adds the change of the weights', () => {
    const L = log(3); // y = ¾ L
    close(poolGrad([[0, L]], [1], { gradient: 'exact' }).flat(), [0.25 * (1 - 0.75 * L), 0.75 * (1 + 0.25 * L)]);
    close(poolGrad([[0, L / 2]], [1], { gradient: 'exact', beta: 2 }).flat(), [0.25 * (1 - 0.75 * L), 0.75 * (1 + 0.25 * L)]);
    close(poolGrad([[0, L]], [1], { gradient: 'exact', beta: 0 }).flat(), [0.5, 0.5]);
  });

  test('of a finite input is above 0: each weight is at least the smallest normal number', () => {
    expect(poolGrad([[0, -1000, -MAX]], [1])).toEqual([[1, 2 ** -1022, 2 ** -1022]]);
    expect(poolGrad([[0, -100]], [1], {}, 'float32')).toEqual([[1, 2 ** -126]]);
    expect(poolGrad([[0, -100]], [-(2 ** -30)], {}, 'float32')).toEqual([[-(2 ** -30), -(2 ** -149)]]);
    expect(poolGrad([[0, -1000]], [2 ** -60])).toEqual([[2 ** -60, 2 ** -1074]]);
    expect(poolGrad([[0, -1000]], [0])).toEqual([[0, 0]]);
    expect(poolGrad([[0, -80]], [1], {}, 'float32')[0]?.[1]).toBeCloseTo(exp(-80), 45);
    expect(poolGrad([[-INFINITY, 0, INFINITY]], [1])).toEqual([[0, 2 ** -1022, 1]]);
    expect(pool([[0, -1000, -MAX]])).toEqual([0]); // the floor does not affect y
  });

  test('is exact at the ends of the range', () => {
    close(poolGrad([[MAX, -MAX]], [1], { gradient: 'exact' }).flat(), [1, 0]);
    // β (a − b) = ln 3, although a − b overflows.
    const L = log(3);
    close(poolGrad([[-MAX, MAX]], [1], { gradient: 'exact', beta: L / 2 / MAX }).flat(), [0.25 * (1 - 0.75 * L), 0.75 * (1 + 0.25 * L)]);
  });

  test('of each window sums to dL/dy', () => {
    fc.assert(
      fc.property(problems, ({ geometry, x, dy, beta, weights }) => {
        const dx = backward(x, dy, geometry, operator({ beta, weights }));
        const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
        expect(abs(total(dx) - total(dy))).toBeLessThan(1e-12 * dy.length);
      }),
      { numRuns: 300 },
    );
  });

  test('that is exact agrees with central differences, in every geometry and layout and for both kinds of weights', () => {
    fc.assert(
      fc.property(problems, ({ geometry, x, dy, beta, weights }) => {
        const given = operator({ beta, weights, gradient: 'exact' });
        const dx = backward(x, dy, geometry, given);
        const loss = (values: Float64Array): number =>
          forward(values, geometry, given).reduce((sum, y, i) => sum + y * (dy[i] as number), 0);
        const step = 2 ** -17;
        for (let i = 0; i < x.length; i += 1 + Math.floor(x.length / 20)) {
          const [up, down] = [x.slice(), x.slice()];
          (up[i] as number) += step;
          (down[i] as number) -= step;
          expect(abs((loss(up) - loss(down)) / (2 * step) - (dx[i] as number))).toBeLessThan(1e-7);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Problems of a few elements, in every geometry. */
const problems = fc
  .record({
    dims: fc.constantFrom<1 | 2 | 3>(1, 2, 3),
    batch: fc.constantFrom(undefined, 1, 2),
    channels: fc.integer({ min: 1, max: 3 }),
    size: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 3, maxLength: 3 }),
    kernelSize: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 }),
    stride: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 }),
    dilation: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 3, maxLength: 3 }),
    padding: fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })), { minLength: 3, maxLength: 3 }),
    ceilMode: fc.boolean(),
    layout: fc.constantFrom<'channelsFirst' | 'channelsLast'>('channelsFirst', 'channelsLast'),
    weights: fc.constantFrom<Operator['weights']>('perChannel', 'shared'),
    beta: fc.constantFrom(0, 0.5, 1, 3),
    seed: fc.integer({ min: 1, max: 1e6 }),
  })
  .map(({ dims, batch, channels, size, layout, weights, beta, seed, ceilMode, ...perAxis }) => {
    const [kernelSize, stride, dilation] = [perAxis.kernelSize, perAxis.stride, perAxis.dilation].map((values) => values.slice(0, dims));
    const spatial = size.slice(0, dims);
    const inner = layout === 'channelsFirst' ? [channels, ...spatial] : [...spatial, channels];
    const options = {
      spatialDims: dims,
      kernelSize,
      stride,
      dilation,
      padding: perAxis.padding.slice(0, dims),
      ceilMode,
      layout,
    } as PoolGeometryOptions;
    try {
      const geometry = poolGeometry(batch === undefined ? inner : [batch, ...inner], options);
      const wave = (shape: readonly number[], phase: number): Float64Array =>
        Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => 2 * Math.sin((i + 1) * (phase + seed) * 12.9898));
      return { geometry, options, x: wave(geometry.inputShape, 0), dy: wave(geometry.outputShape, 0.5), beta, weights };
    } catch {
      return undefined; // an empty window: see pool-geometry.test.ts
    }
  })
  .filter((problem) => problem !== undefined);

test('every output of every geometry follows the formula on taps found by testing each kernel position', () => {
  fc.assert(
    fc.property(problems, ({ geometry, options, x, beta, weights }) => {
      const y = forward(x, geometry, operator({ beta, weights }));
      const { kernelSize, stride, dilation, padding } = options as unknown as Record<'kernelSize' | 'stride' | 'dilation', number[]> & {
        padding: number[][];
      };
      const { batch, channels, layout } = geometry;
      const sizes = geometry.axes.map((axis) => axis.inputSize);
      const outputs = geometry.axes.map((axis) => axis.outputSize);
      const offset = (extent: number[], n: number, c: number, at: number[]): number => {
        const spatial = at.reduce((sum, i, axis) => sum * (extent[axis] as number) + i, 0);
        const space = extent.reduce((a, b) => a * b, 1);
        return layout === 'channelsFirst' ? (n * channels + c) * space + spatial : (n * space + spatial) * channels + c;
      };
      for (let n = 0; n < batch; n++) {
        for (const window of positions(outputs)) {
          const taps = positions(kernelSize)
            .map((k) =>
              k.map(
                (i, axis) =>
                  (window[axis] as number) * (stride[axis] as number) - (padding[axis]?.[0] as number) + i * (dilation[axis] as number),
              ),
            )
            .filter((at) => at.every((i, axis) => i >= 0 && i < (sizes[axis] as number)));
          const value = (c: number, tap: number[]): number => x[offset(sizes, n, c, tap)] as number;
          for (let c = 0; c < channels; c++) {
            const summed = weights === 'shared' ? Array.from({ length: channels }, (_, k) => k) : [c];
            const mass = taps.map((tap) => summed.reduce((sum, k) => sum + exp(beta * value(k, tap)), 0));
            const expected = taps.reduce((sum, tap, i) => sum + (mass[i] as number) * value(c, tap), 0) / mass.reduce((a, b) => a + b, 0);
            expect(abs((y[offset(outputs, n, c, window)] as number) - expected)).toBeLessThan(1e-13);
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

/** All index tuples below `sizes`, the last axis fastest. */
function positions(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>((all, size) => all.flatMap((at) => Array.from({ length: size }, (_, i) => [...at, i])), [[]]);
}

describe('a NaN or an infinity', () => {
  const [nan, inf] = [Number.NaN, INFINITY];

  test.each<[number[], number, number[]]>([
    // window, y, weights
    [[nan, 1], nan, [nan, nan]],
    [[nan, inf], nan, [nan, nan]],
    [[nan, -inf], nan, [nan, nan]],
    [[inf, 1], inf, [1, 2 ** -1022]],
    [[inf, inf, 1, -inf], inf, [0.5, 0.5, 2 ** -1022, 0]],
    [[inf, -inf], inf, [1, 0]],
    [[-inf, 5], 5, [0, 1]],
    [[-inf, 0, log(3)], 0.75 * log(3), [0, 0.25, 0.75]],
    [[-inf, -inf], -inf, [0.5, 0.5]],
    [[-inf, -MAX], -MAX, [0, 1]],
    [[inf, MAX], inf, [1, 2 ** -1022]],
  ])('in the window %j gives %d', (values, y, weights) => {
    for (const gradient of ['weights', 'exact'] as const) {
      expect(pool([values])[0]).toSatisfy((actual: number) => Object.is(actual, y) || abs(actual - y) < 1e-15);
      const [dx] = poolGrad([values], [1], { gradient }) as [number[]];
      if (gradient === 'weights' || !values.includes(log(3))) {
        dx.forEach((actual, i) => {
          expect(actual).toSatisfy(
            (d: number) => Object.is(d, weights[i]) || abs(d - (weights[i] as number)) < (weights[i] === 2 ** -1022 ? 0 : 1e-15),
          );
        });
      }
    }
  });

  test.each([0, 1e-30, 1, 1e300])('gives the limit from above at β = %d', (beta) => {
    expect(pool([[-inf, 3, -inf]], { beta })).toEqual([3]);
    expect(pool([[inf, 3, -inf]], { beta })).toEqual([inf]);
    expect(pool([[-inf, -inf]], { beta })).toEqual([-inf]);
  });

  test.each<[string, number[][], number[], number[]]>([
    // channels, y, the weight of each position
    [
      'a NaN makes the window NaN in all channels',
      [
        [nan, 1],
        [2, 3],
      ],
      [nan, nan],
      [nan, nan],
    ],
    [
      '+∞ takes all weight: the other channel has its value there',
      [
        [inf, 1],
        [2, 3],
      ],
      [inf, 2],
      [1, 2 ** -1022],
    ],
    [
      'a position counts once for each of its +∞',
      [
        [inf, inf],
        [inf, 3],
      ],
      [inf, inf],
      [2 / 3, 1 / 3],
    ],
    [
      'finite channels are the mean by those counts',
      [
        [inf, inf],
        [inf, 3],
        [6, 9],
      ],
      [inf, inf, 7],
      [2 / 3, 1 / 3],
    ],
    [
      '−∞ at a position with weight makes its channel −∞',
      [
        [-inf, 1],
        [0, 0],
      ],
      [-inf, 0],
      [1 / (2 + Math.E), (1 + Math.E) / (2 + Math.E)],
    ],
    [
      '−∞ in all channels of a position: no weight',
      [
        [-inf, 1],
        [-inf, 2],
      ],
      [1, 2],
      [0, 1],
    ],
    [
      'a +∞ of its own wins over a −∞',
      [
        [-inf, inf],
        [inf, 0],
      ],
      [inf, inf],
      [0.5, 0.5],
    ],
    [
      '−∞ where another channel is +∞',
      [
        [-inf, 4],
        [inf, 0],
      ],
      [-inf, inf],
      [1, 2 ** -1022],
    ],
    [
      '−∞ at a position whose weight underflows is at one with weight',
      [
        [-inf, 1],
        [-2000, 0],
      ],
      [-inf, 0],
      [2 ** -1022, 1],
    ],
    [
      '−∞ in a position without weight, beside +∞',
      [
        [5, -inf],
        [inf, 3],
      ],
      [5, inf],
      [1, 2 ** -1022],
    ],
    [
      'only −∞: even weights',
      [
        [-inf, -inf],
        [-inf, -inf],
      ],
      [-inf, -inf],
      [0.5, 0.5],
    ],
  ])('with shared weights: %s', (_, channels, y, weights) => {
    pool(channels, { weights: 'shared' }).forEach((actual, c) => {
      if (Number.isFinite(y[c])) expect(actual).toBeCloseTo(y[c] as number, 14);
      else expect(actual).toBe(y[c]);
    });
    const g = channels.map((_, c) => c + 1);
    poolGrad(channels, g, { weights: 'shared' }).forEach((dx, c) => {
      dx.forEach((actual, i) => {
        const expected = (weights[i] as number) * (c + 1);
        if (Number.isNaN(expected) || expected < 1e-300) expect(actual).toBe(expected);
        else expect(actual).toBeCloseTo(expected, 14);
      });
    });
  });

  test('affects only the windows that hold it', () => {
    const geometry = poolGeometry([1, 9], { spatialDims: 1, kernelSize: 3, stride: 2, padding: 1 });
    const x = [0, 0, nan, 0, 0, 0, inf, 0, -inf]; // windows 0–1, 1–3, 3–5, 5–7, 7–8
    expect(Array.from(forward(x, geometry, operator()))).toEqual([0, nan, 0, inf, 0]);
    const dx = Array.from(backward(x, [1, 1, 1, 1, 1], geometry, operator()));
    expect(dx.map(Number.isNaN)).toEqual([false, true, true, true, false, false, false, false, false]);
    expect(dx.slice(4)).toEqual([1 / 3, 1 / 3, 1, 1, 0]);
  });

  test('in dL/dy affects only the elements of its window', () => {
    const geometry = poolGeometry([1, 6], { spatialDims: 1, kernelSize: 2 });
    for (const gradient of ['weights', 'exact'] as const) {
      const dx = Array.from(backward([1, 2, 3, 4, 5, 6], [1, nan, 1], geometry, operator({ gradient })));
      expect(dx.map(Number.isNaN)).toEqual([false, false, true, true, false, false]);
    }
  });
});
