import { describe, expect, onTestFinished, test } from 'vitest';
import { globalSoftPoolGrad, type PoolOptions, softPool1dGrad, softPool2d, softPool2dGrad } from '../index.ts';
import * as reference from '../reference.ts';
import { createThreadedSoftPool } from '../threads.ts';

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

  test('leave −∞ out of sums of subnormal numbers', () => {
    for (let place = 0; place < 11; place++) {
      const data = new Float32Array(44).fill(2 ** -140);
      data[place] = Number.NEGATIVE_INFINITY;
      const { data: y } = softPool2d({ data, shape: [1, 4, 11] }, { kernelSize: [2, 11] });
      expect(Array.from(y)).toEqual([2 ** -140, 2 ** -140]);
    }
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

describe('gradients of windows that do not overlap, four or more columns wide', () => {
  type Options = PoolOptions<2> & { readonly gradient: 'weights' | 'exact' };

  function expectGradient(data: Float32Array, height: number, width: number, options: Options): void {
    const x = { data, shape: [2, height, width] };
    const { gradient: _, ...forward } = options;
    const { shape } = softPool2d(x, forward);
    const dy = { data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.cos(i * 7.31)), shape };
    const dx = softPool2dGrad(x, dy, options);
    const expected = reference.softPool2dGrad(x, dy, options);
    // Terms of the exact gradient are up to |β (x − y)| ≤ 8 times as large as dL/dy.
    const tolerance = (options.gradient === 'exact' ? 16 : 2) * 2 ** -23;
    const wrong = Array.from(dx.data.keys()).filter((i) => {
      const [value, target] = [dx.data[i] as number, expected.data[i] as number];
      return Number.isFinite(target) ? !(Math.abs(value - target) <= tolerance) : !Object.is(value, target);
    });
    expect(wrong).toEqual([]);
  }

  describe.each(['weights', 'exact'] as const)('%s', (gradient) => {
    test.each([4, 5, 6, 7, 8, 9, 10, 11, 13, 16, 31])('of %i columns are those of the definition', (columns) => {
      for (const rows of [1, 3, 9]) {
        expectGradient(signal(3 * rows, 3 * columns), 3 * rows, 3 * columns, { kernelSize: [rows, columns], gradient });
      }
    });

    test('may end before their last column, in padding or at the edge', () => {
      for (let width = 16; width < 33; width++) {
        expectGradient(signal(9, width), 9, width, { kernelSize: [3, 4], ceilMode: true, gradient });
        expectGradient(signal(9, width), 9, width, { kernelSize: [3, 9], padding: [1, 4], gradient });
        expectGradient(signal(9, width), 9, width, { kernelSize: [2, 5], stride: [4, 7], gradient });
      }
    });

    test('follow the rules for infinities and NaN in every lane', () => {
      for (const special of [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN]) {
        for (let place = 0; place < 11; place++) {
          const data = signal(4, 22);
          data[place] = special;
          data[22 + 11 + place] = special;
          expectGradient(data, 4, 22, { kernelSize: [2, 11], gradient });
        }
        expectGradient(signal(4, 22).fill(special, 0, 11).fill(special, 22, 33), 4, 22, { kernelSize: [2, 11], gradient });
      }
    });

    test('of large windows are computed one after another where there is no room for several', async () => {
      // 6 planes of 1 MB; for one, x, dL/dx and the taps of its window take 14 MB.
      const threads = await createThreadedSoftPool({ threads: 2, memoryBytes: 60 * 2 ** 20 });
      onTestFinished(() => threads.dispose());
      const x = { data: new Float32Array(6 * 512 * 512).map((_, i) => Math.sin(i)), shape: [6, 1, 512, 512] };
      const dy = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [6, 1, 1, 1] };
      const expected = globalSoftPoolGrad(x, dy, { gradient });
      const { data } = await threads.globalSoftPoolGrad(x, dy, { gradient });
      expect(data.findIndex((value, i) => !Object.is(value, expected.data[i]))).toBe(-1);
    });

    test('have the same bits where parts end within windows, on threads and in pieces', async () => {
      const threads = await createThreadedSoftPool({ threads: 3, useCallingThread: false });
      onTestFinished(() => threads.dispose());
      // Rows so long that they are cut: each window is 7,001 columns, then all of them.
      for (const [kernelSize, columns] of [
        [7001, 300_007],
        [300_007, 300_007],
        [5, 300_007],
      ] as const) {
        const x = { data: signal(1, columns).subarray(0, columns), shape: [1, columns] };
        const dy = { data: new Float32Array(Math.floor(columns / kernelSize)).fill(0.5), shape: [1, Math.floor(columns / kernelSize)] };
        const options = { kernelSize, gradient };
        const expected = new Float32Array(columns);
        dy.data.forEach((g, i) => {
          // One window alone, which is not cut.
          const window = { data: x.data.slice(i * kernelSize, (i + 1) * kernelSize), shape: [1, kernelSize] };
          expected.set(globalSoftPoolGrad(window, { data: Float32Array.of(g), shape: [1, 1] }, { gradient }).data, i * kernelSize);
        });
        const there = threads.allocate(x.shape, 'float32');
        there.data.set(x.data);
        const dyThere = threads.allocate(dy.shape, 'float32');
        dyThere.data.set(dy.data);
        const all = [
          softPool1dGrad(x, dy, options),
          await threads.softPool1dGrad(x, dy, options),
          await threads.softPool1dGrad(there, dyThere, options),
        ];
        expect(all.map(({ data }) => data.findIndex((value, i) => !Object.is(value, expected[i])))).toEqual([-1, -1, -1]);
      }
    });
  });
});

describe('windows that do not overlap, three columns wide, of planes side by side', () => {
  test.each([1, 4, 12, 36, 44])('of %i planes are those of the definition, forward and backward', (planes) => {
    const windows: PoolOptions<2>[] = [
      { kernelSize: 3 },
      { kernelSize: [1, 3] },
      { kernelSize: [2, 3], padding: [0, 1], ceilMode: true },
      { kernelSize: [3, 3], stride: [1, 4] },
      { kernelSize: 3, dilation: 2 },
    ];
    for (const options of windows) {
      const [height, width] = [9, 13];
      const data = Float32Array.from({ length: planes * height * width }, (_, i) => 4 * Math.sin(i * 12.9898));
      data[7] = Number.NEGATIVE_INFINITY;
      const x = { data, shape: [planes, height, width] };
      const expected = reference.softPool2d(x, options);
      const y = softPool2d(x, options);
      expect(y.shape).toEqual(expected.shape);
      expect(farthest(y.data, expected.data)).toBeLessThan(8 * 2 ** -22);
      const dy = { data: y.data.map((_, i) => Math.cos(i * 7.31)), shape: y.shape };
      const dx = softPool2dGrad(x, dy, { ...options, gradient: 'exact' });
      expect(farthest(dx.data, reference.softPool2dGrad(x, dy, { ...options, gradient: 'exact' }).data)).toBeLessThan(3 * 16 * 2 ** -23);
    }
  });

  function farthest(values: Float32Array, targets: Float32Array): number {
    return values.reduce(
      (most, value, i) => Math.max(most, Object.is(value, targets[i]) ? 0 : Math.abs(value - (targets[i] as number))),
      0,
    );
  }
});
