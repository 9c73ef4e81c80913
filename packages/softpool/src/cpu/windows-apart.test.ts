import { describe, expect, test } from 'vitest';
import { type PoolOptions, softPool2d } from '../index.ts';
import * as reference from '../reference.ts';

function signal(height: number, width: number): Float32Array {
  return Float32Array.from({ length: 2 * height * width }, (_, i) => 4 * Math.sin(i * 12.9898));
}

function expectDefinition(data: Float32Array, height: number, width: number, options: PoolOptions<2>): void {
  const x = { data, shape: [2, height, width] };
  const y = softPool2d(x, options);
  const expected = reference.softPool2d(x, options);
  expect(y.shape).toEqual(expected.shape);
  y.data.forEach((value, i) => {
    const target = expected.data[i] as number;
    if (Number.isFinite(target)) expect(Math.abs(value - target)).toBeLessThan(8 * 2 ** -22);
    else expect(value).toBe(target);
  });
}

describe('windows that do not overlap, eight or more columns wide', () => {
  test.each([8, 9, 10, 11, 13, 16, 31])('of %i columns are those of the definition', (columns) => {
    for (const rows of [1, 3, 9]) expectDefinition(signal(3 * rows, 3 * columns), 3 * rows, 3 * columns, { kernelSize: [rows, columns] });
  });

  test('may end before their last column, in padding or at the edge', () => {
    for (let width = 17; width < 33; width++) {
      expectDefinition(signal(9, width), 9, width, { kernelSize: [3, 8], ceilMode: true });
      expectDefinition(signal(9, width), 9, width, { kernelSize: [3, 9], padding: [1, 4] });
    }
  });

  test('follow the rules for infinities and NaN in every lane', () => {
    for (const special of [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN]) {
      for (let place = 0; place < 11; place++) {
        const data = signal(4, 22);
        data[place] = special;
        data[22 + 11 + place] = special;
        expectDefinition(data, 4, 22, { kernelSize: [2, 11] });
      }
    }
  });
});
