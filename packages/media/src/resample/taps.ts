/** The samples that make a sample of the result, and their weights, along one side. */
import type { Axis } from './axis.ts';
import { FILTERS, type Resampler } from './filters.ts';

/** For each sample of the result, `size` samples of the image and their weights. */
export interface Taps {
  readonly size: number;
  /** Indexes in the image, `size` for each sample of the result. */
  readonly indexes: Int32Array;
  /** Their weights. The sum for each sample of the result is 1. */
  readonly weights: Float64Array;
}

/**
 * The taps of a resampler. Beyond the edges of the image its outermost samples are repeated.
 * Samples that stay where they are remain as they are.
 */
export function tapsOf(axis: Axis, resampler: Resampler): Taps {
  const { inputSize, positions, reduction } = axis;
  const isSame = positions.length === inputSize && positions.every((position, i) => position === i);
  if (resampler === 'nearest' || isSame) return nearestTaps(axis);
  const { radius, weight } = FILTERS[resampler];
  const reach = radius * reduction;
  const size = Math.ceil(2 * reach);
  const indexes = new Int32Array(positions.length * size);
  const weights = new Float64Array(positions.length * size);
  for (const [i, position] of positions.entries()) {
    const first = Math.floor(position - reach) + 1;
    let sum = 0;
    for (let tap = 0; tap < size; tap++) {
      indexes[i * size + tap] = clamp(first + tap, inputSize);
      const value = weight(Math.abs(first + tap - position) / reduction);
      weights[i * size + tap] = value;
      sum += value;
    }
    for (let tap = 0; tap < size; tap++) (weights[i * size + tap] as number) /= sum;
  }
  return { size, indexes, weights };
}

/** Halfway between two samples the second one is taken. */
function nearestTaps({ inputSize, positions }: Axis): Taps {
  const indexes = Int32Array.from(positions, (position) => clamp(Math.round(position), inputSize));
  return { size: 1, indexes, weights: new Float64Array(positions.length).fill(1) };
}

function clamp(index: number, size: number): number {
  return Math.min(size - 1, Math.max(0, index));
}
