/**
 * Average and max pooling by definition: each window first along its rows, then along its columns.
 */
import type { Tensor } from 'softpool';
import type { PoolImagePlan } from './pool-image-options.ts';

/**
 * Pools the windows of output rows `from` to `to` (exclusive) of x, `[height, width, channels]`,
 * into `result`.
 */
export function reduceRows(x: Tensor<Float32Array>, plan: PoolImagePlan, result: Float32Array, from: number, to: number): void {
  const { rows, columns, method } = plan;
  const [, width, channels] = x.shape as [number, number, number];
  const isMean = method === 'average';
  const line = new Float64Array(width * channels);
  for (let row = from; row < to; row++) {
    const height = rows.count[row] as number;
    line.fill(isMean ? 0 : Number.NEGATIVE_INFINITY);
    for (let tap = 0; tap < height; tap++) {
      const start = ((rows.start[row] as number) + tap) * line.length;
      for (let i = 0; i < line.length; i++) {
        const value = x.data[start + i] as number;
        line[i] = isMean ? (line[i] as number) + value : Math.max(line[i] as number, value);
      }
    }
    for (let column = 0; column < columns.outputSize; column++) {
      const count = columns.count[column] as number;
      for (let c = 0; c < channels; c++) {
        let sum = isMean ? 0 : Number.NEGATIVE_INFINITY;
        for (let tap = 0; tap < count; tap++) {
          const value = line[((columns.start[column] as number) + tap) * channels + c] as number;
          sum = isMean ? sum + value : Math.max(sum, value);
        }
        result[(row * columns.outputSize + column) * channels + c] = isMean ? sum / (count * height) : sum;
      }
    }
  }
}
