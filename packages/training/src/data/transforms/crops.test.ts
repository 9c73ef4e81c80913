import { type Random, randomOf } from '@softpool/models';
import { describe, expect, test } from 'vitest';
import { planCrop } from './crops.ts';

/** Given random numbers; integers are the same share of their range. */
function given(...numbers: number[]): Random {
  const next = (): number => numbers.shift() ?? 0.5;
  return { uniform: next, integer: (end) => Math.floor(next() * end), normal: next };
}

describe('a random resized crop', () => {
  test('has the area, proportions and place of its random numbers', () => {
    // Halfway from 0.08 to 1 is 0.54 of 200 · 100; the middle of the ratios is √(3/4 · 4/3) = 1:
    // 104 × 104 is too high, the next attempt has 0.2496.
    const plan = planCrop({ kind: 'randomResized', scale: [0.08, 1] }, [100, 200], [10, 20], given(0.5, 0.5, 0.184348, 0.5, 0.25, 0.75));
    const side = Math.round(Math.sqrt(0.2496 * 20000));
    expect(side).toBe(71);
    expect(plan).toEqual({
      region: { top: Math.floor(30 / 4), left: Math.floor((130 * 3) / 4), width: side, height: side },
      size: { width: 20, height: 10 },
      window: { left: 0, top: 0 },
    });
  });

  test('stays within picture and bounds, and reaches both ends', () => {
    const areas: number[] = [];
    const ratios: number[] = [];
    let isWithin = true;
    for (let i = 0; i < 4000; i++) {
      const { region } = planCrop({ kind: 'randomResized' }, [300, 400], [8, 8], randomOf(1, i));
      isWithin &&= region.left >= 0 && region.top >= 0 && region.left + region.width <= 400 && region.top + region.height <= 300;
      areas.push((region.width * region.height) / 120_000);
      ratios.push(region.width / region.height);
    }
    expect(isWithin).toBe(true);
    expect(Math.min(...areas)).toBeGreaterThan(0.079);
    expect(Math.min(...areas)).toBeLessThan(0.09);
    expect(Math.max(...areas)).toBeGreaterThan(0.96);
    expect(Math.min(...ratios)).toBeGreaterThan(0.74);
    expect(Math.min(...ratios)).toBeLessThan(0.76);
    expect(Math.max(...ratios)).toBeLessThan(1.35);
    expect(Math.max(...ratios)).toBeGreaterThan(1.32);
  });

  test('falls back to the center with the nearest proportions', () => {
    const crop = { kind: 'randomResized', scale: [1, 1] } as const;
    expect(planCrop(crop, [10, 1000], [8, 8], randomOf(1)).region).toEqual({ top: 0, left: 493, width: 13, height: 10 });
    expect(planCrop(crop, [1000, 9], [8, 8], randomOf(1)).region).toEqual({ top: 494, left: 0, width: 9, height: 12 });
  });
});

describe('a center crop', () => {
  test.each([
    // The shorter side becomes 256 or 324, the longer is rounded down; half of an odd rest is
    // rounded to even, as in torchvision.
    [256, [375, 500], 224, { height: 256, width: 341 }, { top: 16, left: 58 }],
    [256, [500, 375], 224, { height: 341, width: 256 }, { top: 58, left: 16 }],
    [324, [400, 600], 299, { height: 324, width: 486 }, { top: 12, left: 94 }],
    [256, [256, 256], 224, { height: 256, width: 256 }, { top: 16, left: 16 }],
    [undefined, [30, 60], 20, { height: 20, width: 40 }, { top: 0, left: 10 }],
    [undefined, [64, 64], 64, { height: 64, width: 64 }, { top: 0, left: 0 }],
    [[128, 171], [240, 320], 112, { height: 128, width: 171 }, { top: 8, left: 30 }],
  ] as const)('after resizing to %s of %s for %s', (resize, [height, width], side, size, window) => {
    const crop = { kind: 'center', ...(resize !== undefined && { resize }) } as const;
    const plan = planCrop(crop, [height, width], [side, side], given());
    expect(plan).toEqual({ region: { left: 0, top: 0, width, height }, size, window });
  });

  test('of any size covers the input', () => {
    for (let side = 1; side < 400; side++) {
      const { size } = planCrop({ kind: 'center' }, [side, 173], [32, 32], given());
      expect(Math.min(size.height, size.width)).toBe(32);
    }
  });
});

test('a random crop with padding reaches all of its positions and no others', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 2000; i++) {
    const { window } = planCrop({ kind: 'random', padding: 4 }, [32, 32], [32, 32], randomOf(2, i));
    seen.add(`${window.top},${window.left}`);
  }
  expect(seen.size).toBe(81);
  for (const place of ['-4,-4', '4,4', '-4,4', '0,0']) expect(seen).toContain(place);
});
