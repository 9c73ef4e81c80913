import type { PoolingWindow } from '@softpool/surgery';
import { poolGeometry } from 'softpool';
import { expect, test } from 'vitest';
import { windowsAlong } from './window-geometry.ts';

const PADDINGS = ['same', [0, 0], [1, 0], [0, 1], [1, 1], [2, 1]] as const;

test('windows are those of softpool for every small axis', () => {
  let compared = 0;
  for (const kernel of [1, 2, 3]) {
    for (const stride of [1, 2, 3]) {
      for (const dilation of [1, 2]) {
        for (const ceilMode of [false, true]) {
          for (const around of PADDINGS) {
            for (let size = 1; size <= 9; size++) {
              const padding = around === 'same' ? around : [around];
              const window: PoolingWindow = { kernelSize: [kernel], stride: [stride], dilation: [dilation], padding, ceilMode };
              const options = { spatialDims: 1, kernelSize: kernel, stride, dilation, padding, ceilMode } as const;
              const [axis] = geometryOf(size, options)?.axes ?? [];
              if (axis === undefined) continue; // not a problem: a window without elements, for one
              expect(windowsAlong(window, 0, size), JSON.stringify({ size, ...options })).toEqual({
                before: axis.padding[0],
                count: axis.outputSize,
              });
              compared++;
            }
          }
        }
      }
    }
  }
  expect(compared).toBeGreaterThan(1000);
});

function geometryOf(size: number, options: Parameters<typeof poolGeometry>[1]): ReturnType<typeof poolGeometry> | undefined {
  try {
    return poolGeometry([1, 1, size], options);
  } catch {
    return undefined;
  }
}

test.each([
  // Of 4 elements in steps of 2, the third window would start in the padding.
  [4, [0, 1], 2],
  [5, [0, 1], 3],
] as const)('in ceil mode no window starts after %i elements with padding %j', (size, around, count) => {
  const window = { kernelSize: [2], stride: [2], dilation: [1], padding: [around], ceilMode: true };
  expect(windowsAlong(window, 0, size)).toEqual({ before: 0, count });
});

test('an odd element of SAME_LOWER comes before the axis', () => {
  const window = { kernelSize: [2], stride: [1], dilation: [1], padding: 'sameLower', ceilMode: false } as const;
  expect(windowsAlong(window, 0, 3)).toEqual({ before: 1, count: 3 });
});
