/**
 * Where the samples of the result lie among the samples of the image, along one side. Position 0 is
 * the center of the first sample, and position 1 that of the second.
 */
import type { AxisWindows } from 'softpool';

/** One side of an image that is resampled. */
export interface Axis {
  /** Number of samples of the image. */
  readonly inputSize: number;
  /** For each sample of the result, its position among the samples of the image. */
  readonly positions: Float64Array;
  /** Samples of the image for each one of the result, at least 1: filters get wider by it. */
  readonly reduction: number;
}

/** Both sides have the same length: the edges of the first and last samples coincide. */
export function evenAxis(inputSize: number, outputSize: number): Axis {
  // One division, so that positions halfway between two samples are exact.
  const positions = Float64Array.from({ length: outputSize }, (_, x) => ((2 * x + 1) * inputSize - outputSize) / (2 * outputSize));
  return { inputSize, positions, reduction: Math.max(1, inputSize / outputSize) };
}

/**
 * From pooled samples back to those that were pooled: each pooled sample lies at the center of its
 * window, without the padding. Between two centers positions are linear. Beyond the outermost ones
 * they go on at the same rate.
 */
export function windowAxis({ inputSize, outputSize, start, count }: AxisWindows): Axis {
  const centers = Float64Array.from(start, (first, i) => first + ((count[i] as number) - 1) / 2);
  const last = Math.max(0, outputSize - 2);
  let left = 0;
  const positions = Float64Array.from({ length: inputSize }, (_, x) => {
    while (left < last && x >= (centers[left + 1] as number)) left++;
    const from = centers[left] as number;
    const gap = (centers[left + 1] ?? from) - from;
    if (gap > 0) return (left * gap + x - from) / gap; // one division, as above
    return x < from ? left : outputSize - 1; // windows with the same center, at an end
  });
  return { inputSize: outputSize, positions, reduction: 1 };
}
