import { describe, expect, test } from 'vitest';
import { globalSoftPool, type PoolOptions, softPool1d, softPool2d, softPool3d, type Tensor } from '../index.ts';

/** Windows that kernels compute side by side. */
const COUNT = 16;

/** Windows along the last axis in channelsFirst, and in channelsLast a channel each. */
function sideBySide(windows: readonly (readonly number[])[], size: readonly number[], isLast: boolean): Tensor<Float32Array> {
  const width = size.at(-1) as number;
  const rows = (windows[0] as number[]).length / width;
  const inRow = (row: number): number[] => windows.flatMap((window) => window.slice(row * width, (row + 1) * width));
  const elements = Array.from({ length: rows * width }, (_, i) => windows.map((window) => window[i] as number));
  const values = isLast ? elements : Array.from({ length: rows }, (_, row) => inRow(row));
  const shape = isLast ? [1, ...size, COUNT] : [1, 1, ...size.slice(0, -1), width * COUNT];
  return { data: Float32Array.from(values.flat()), shape };
}

type Pool = (x: Tensor<Float32Array>, options: Omit<PoolOptions<1>, 'kernelSize'>) => Tensor<Float32Array>;

const POOLS: readonly [name: string, size: readonly number[], pool: Pool][] = [
  ['2', [2], (x, options) => softPool1d(x, { kernelSize: 2, ...options })],
  ['2×2', [2, 2], (x, options) => softPool2d(x, { kernelSize: 2, ...(options as object) })],
  ['2×2×2', [2, 2, 2], (x, options) => softPool3d(x, { kernelSize: 2, ...(options as object) })],
  ['3×11', [3, 11], (x, options) => softPool2d(x, { kernelSize: [3, 11], ...(options as object) })],
  ['200', [200], (x, options) => softPool1d(x, { kernelSize: 200, ...options })],
];

describe.each(POOLS)('−∞ in windows of %s has no weight', (_, size, pool) => {
  const length = size.reduce((a, b) => a * b, 1);

  test.each([
    [1, 'channelsFirst'],
    [1, 'channelsLast'],
    [2 ** -20, 'channelsFirst'],
    [2 ** -59, 'channelsFirst'],
    [2 ** -59, 'channelsLast'],
    [2 ** 59, 'channelsFirst'],
  ] as const)('however small the numbers beside it are, for β = %f in %s', (beta, layout) => {
    for (let exponent = -149; exponent < 100; exponent += 5) {
      const value = 2 ** exponent;
      const windows = Array.from({ length: COUNT }, (_, k) => {
        const window = new Array<number>(length).fill(Number.NEGATIVE_INFINITY);
        if (k < COUNT - 1) window[k % length] = k % 2 === 0 ? value : -value;
        return window;
      });
      const { data } = pool(sideBySide(windows, size, layout === 'channelsLast'), { beta, layout });
      expect(Array.from(data)).toEqual(windows.map((window) => Math.max(...window)));
    }
  });

  test.each(['channelsFirst', 'channelsLast'] as const)('beside two numbers, in %s', (layout) => {
    if (length < 3) return;
    const windows = Array.from({ length: COUNT }, (_, k) => {
      const window = new Array<number>(length).fill(Number.NEGATIVE_INFINITY);
      window[k % length] = k / 4;
      window[(k + 1) % length] = -1;
      return window;
    });
    const { data } = pool(sideBySide(windows, size, layout === 'channelsLast'), { layout });
    data.forEach((y, k) => {
      const weight = 1 / (1 + Math.exp(-1 - k / 4)); // of the larger one
      expect(Math.abs(y - (weight * (k / 4) - (1 - weight)))).toBeLessThan(2 ** -21 * (k / 4 + 1));
    });
  });
});

test('−∞ has no weight in a global window', () => {
  const data = new Float32Array(2 * 4096).fill(Number.NEGATIVE_INFINITY);
  data[7] = 2 ** -140;
  expect(Array.from(globalSoftPool({ data, shape: [1, 2, 4096] }).data)).toEqual([2 ** -140, Number.NEGATIVE_INFINITY]);
});
