/** The peer that everyone has: SoftPool in plain loops, made stable by the window's maximum. */
import type { Tensor } from 'softpool';
import type { Problem } from './problem.ts';

/**
 * SoftPool for a problem, in the engine's doubles. It checks nothing when it is called.
 *
 * @returns Pools `x` or, backward, returns dL/dx for windows that lie side by side.
 */
export function plainSoftPool(problem: Problem): (x: Tensor<Float32Array>, dy: Tensor<Float32Array>) => Float32Array {
  const { dims, layout, pass, inputShape, outputShape } = problem;
  const { kernelSize, stride, padding = 0 } = problem.window;
  const [isForward, isExact, isFirst] = [pass === 'forward', pass === 'exact', layout === 'channelsFirst'];
  const channels = inputShape[isFirst ? 1 : dims + 1] as number;
  const spatial = (shape: readonly number[]) => [1, ...shape.slice(isFirst ? 2 : 1).slice(0, dims)].slice(-3) as [number, number, number];
  const [[depth, height, width], [outDepth, outHeight, outWidth]] = [spatial(inputShape), spatial(outputShape)];
  // Planes of one channel each, or one of all channels side by side.
  const [planes, inner] = isFirst ? [(inputShape[0] as number) * channels, 1] : [inputShape[0] as number, channels];
  const results = planes * inner * (isForward ? outDepth * outHeight * outWidth : depth * height * width);
  // Where the input rows of a row of windows start.
  const rows = new Int32Array(kernelSize ** (dims - 1));
  return ({ data }, dy) => {
    const result = new Float32Array(results);
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
  };
}
