/** The peer that everyone has: SoftPool in plain JavaScript loops. It subtracts the window's maximum, so it is stable. */
import type { Tensor } from 'softpool';
import type { Problem } from './problem.ts';

/**
 * Pools, in the engine's doubles, and checks nothing.
 *
 * @param dy - Read by the gradients, whose windows must lie side by side.
 * @returns The forward's output or, backward, dL/dx.
 */
export function plainSoftPool(problem: Problem, { data }: Tensor<Float32Array>, dy: Tensor<Float32Array>): Float32Array {
  const { dims, layout, pass, inputShape, outputShape } = problem;
  const { kernelSize, stride, padding = 0 } = problem.window;
  const [isForward, isExact] = [pass === 'forward', pass === 'exact'];
  const isFirst = layout === 'channelsFirst';
  const channels = inputShape[isFirst ? 1 : dims + 1] as number;
  const spatial = (shape: readonly number[]) => [1, ...shape.slice(isFirst ? 2 : 1).slice(0, dims)].slice(-3) as [number, number, number];
  const [[depth, height, width], [outDepth, outHeight, outWidth]] = [spatial(inputShape), spatial(outputShape)];
  // Planes of one channel each, or one of all channels side by side.
  const [planes, inner] = isFirst ? [(inputShape[0] as number) * channels, 1] : [inputShape[0] as number, channels];
  const result = new Float32Array(isForward ? planes * inner * outDepth * outHeight * outWidth : data.length);
  const rows = new Int32Array(kernelSize ** (dims - 1)); // where the input rows of a row of windows start
  let out = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (let i = 0; i < outDepth; i++) {
      for (let j = 0; j < outHeight; j++) {
        let count = 0;
        const front = dims === 2 ? 0 : i * stride - padding;
        for (let z = Math.max(0, front); z < Math.min(depth, front + kernelSize); z++) {
          const top = j * stride - padding;
          for (let y = Math.max(0, top); y < Math.min(height, top + kernelSize); y++)
            rows[count++] = ((plane * depth + z) * height + y) * width;
        }
        for (let k = 0; k < outWidth; k++) {
          const left = Math.max(0, k * stride - padding);
          const length = (Math.min(width, k * stride - padding + kernelSize) - left) * inner;
          for (let channel = 0; channel < inner; channel++) {
            let max = Number.NEGATIVE_INFINITY;
            for (let row = 0; row < count; row++) {
              const from = ((rows[row] as number) + left) * inner + channel;
              for (let at = from; at < from + length; at += inner) {
                const value = data[at] as number;
                if (value > max) max = value;
              }
            }
            let weights = 0;
            let below = 0;
            for (let row = 0; row < count; row++) {
              const from = ((rows[row] as number) + left) * inner + channel;
              for (let at = from; at < from + length; at += inner) {
                const difference = (data[at] as number) - max;
                const weight = Math.exp(difference);
                weights += weight;
                below += weight * difference;
                if (!isForward) result[at] = weight;
              }
            }
            const mean = below / weights;
            if (isForward) {
              result[out++] = max + mean;
              continue;
            }
            const scale = (dy.data[out++] as number) / weights;
            for (let row = 0; row < count; row++) {
              const from = ((rows[row] as number) + left) * inner + channel;
              for (let at = from; at < from + length; at += inner) {
                const slope = isExact ? 1 + (data[at] as number) - max - mean : 1;
                result[at] = (result[at] as number) * scale * slope;
              }
            }
          }
        }
      }
    }
  }
  return result;
}
