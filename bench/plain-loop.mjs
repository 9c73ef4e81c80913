/**
 * The peer that everyone has: SoftPool in plain JavaScript loops, with the window's maximum taken away so that it is stable. It takes what a
 * pooling function takes, checks nothing, and computes in the engine's doubles.
 *
 * @param {import('softpool').Tensor<Float32Array>} x - `[N, C, H, W]`, or with channelsLast `[N, H, W, C]`.
 * @param {{ kernelSize: number, stride?: number, padding?: number, layout?: import('softpool').Layout }} options
 * @returns {import('softpool').Tensor<Float32Array>}
 */
export function plainSoftPool2d({ data, shape }, { kernelSize, stride = kernelSize, padding = 0, layout = 'channelsFirst' }) {
  const first = layout === 'channelsFirst';
  const [n, a, b, c] = /** @type {[number, number, number, number]} */ (shape);
  const [channels, height, width] = first ? [a, b, c] : [c, a, b];
  const outHeight = Math.floor((height + 2 * padding - kernelSize) / stride) + 1;
  const outWidth = Math.floor((width + 2 * padding - kernelSize) / stride) + 1;
  const y = new Float32Array(n * channels * outHeight * outWidth);
  // Planes of one channel each, or one of all channels side by side.
  const planes = first ? n * channels : n;
  const inner = first ? 1 : channels;
  let out = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (let i = 0; i < outHeight; i++) {
      const top = Math.max(0, i * stride - padding);
      const bottom = Math.min(height, i * stride - padding + kernelSize);
      for (let j = 0; j < outWidth; j++) {
        const left = Math.max(0, j * stride - padding);
        const right = Math.min(width, j * stride - padding + kernelSize);
        for (let channel = 0; channel < inner; channel++) {
          let max = -Infinity;
          for (let row = top; row < bottom; row++) {
            const from = ((plane * height + row) * width + left) * inner + channel;
            const end = from + (right - left) * inner;
            for (let at = from; at < end; at += inner) {
              const value = /** @type {number} */ (data[at]);
              if (value > max) max = value;
            }
          }
          let weights = 0;
          let below = 0;
          for (let row = top; row < bottom; row++) {
            const from = ((plane * height + row) * width + left) * inner + channel;
            const end = from + (right - left) * inner;
            for (let at = from; at < end; at += inner) {
              const difference = /** @type {number} */ (data[at]) - max;
              const weight = Math.exp(difference);
              weights += weight;
              below += weight * difference;
            }
          }
          y[out++] = max + below / weights;
        }
      }
    }
  }
  return { data: y, shape: first ? [n, channels, outHeight, outWidth] : [n, outHeight, outWidth, channels] };
}
