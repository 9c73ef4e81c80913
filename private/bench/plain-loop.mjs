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

/**
 * The same for video, windows equal to the stride, without padding.
 *
 * @param {import('softpool').Tensor<Float32Array>} x - `[N, C, D, H, W]`.
 * @param {{ kernelSize: number }} options
 * @returns {import('softpool').Tensor<Float32Array>}
 */
export function plainSoftPool3d({ data, shape }, { kernelSize }) {
  const [n, channels, depth, height, width] = /** @type {[number, number, number, number, number]} */ (shape);
  const [outDepth, outHeight, outWidth] = [depth, height, width].map((size) => Math.floor(size / kernelSize));
  const outputShape = /** @type {number[]} */ ([n, channels, outDepth, outHeight, outWidth]);
  const y = new Float32Array(outputShape.reduce((size, length) => size * length, 1));
  const [, , slices, rows, columns] = /** @type {[number, number, number, number, number]} */ (outputShape);
  let out = 0;
  for (let plane = 0; plane < n * channels; plane++) {
    for (let i = 0; i < slices; i++) {
      for (let j = 0; j < rows; j++) {
        for (let k = 0; k < columns; k++) {
          const corner = ((plane * depth + i * kernelSize) * height + j * kernelSize) * width + k * kernelSize;
          let max = -Infinity;
          for (let slice = 0; slice < kernelSize; slice++) {
            for (let row = 0; row < kernelSize; row++) {
              const from = corner + (slice * height + row) * width;
              for (let at = from; at < from + kernelSize; at++) max = Math.max(max, /** @type {number} */ (data[at]));
            }
          }
          let weights = 0;
          let below = 0;
          for (let slice = 0; slice < kernelSize; slice++) {
            for (let row = 0; row < kernelSize; row++) {
              const from = corner + (slice * height + row) * width;
              for (let at = from; at < from + kernelSize; at++) {
                const difference = /** @type {number} */ (data[at]) - max;
                const weight = Math.exp(difference);
                weights += weight;
                below += weight * difference;
              }
            }
          }
          y[out++] = max + below / weights;
        }
      }
    }
  }
  return { data: y, shape: outputShape };
}

/**
 * The gradient of 2-D windows equal to the stride, without padding: the paper's, or the exact one.
 *
 * @param {import('softpool').Tensor<Float32Array>} x - `[N, C, H, W]`.
 * @param {import('softpool').Tensor<Float32Array>} dy
 * @param {{ kernelSize: number, gradient: import('softpool').Gradient }} options
 * @returns {import('softpool').Tensor<Float32Array>}
 */
export function plainSoftPool2dGrad({ data, shape }, dy, { kernelSize, gradient }) {
  const [n, channels, height, width] = /** @type {[number, number, number, number]} */ (shape);
  const [rows, columns] = [Math.floor(height / kernelSize), Math.floor(width / kernelSize)];
  const exact = gradient === 'exact';
  const dx = new Float32Array(data.length);
  let out = 0;
  for (let plane = 0; plane < n * channels; plane++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const corner = (plane * height + i * kernelSize) * width + j * kernelSize;
        let max = -Infinity;
        for (let row = 0; row < kernelSize; row++) {
          for (let at = corner + row * width; at < corner + row * width + kernelSize; at++) {
            max = Math.max(max, /** @type {number} */ (data[at]));
          }
        }
        let weights = 0;
        let below = 0;
        for (let row = 0; row < kernelSize; row++) {
          for (let at = corner + row * width; at < corner + row * width + kernelSize; at++) {
            const difference = /** @type {number} */ (data[at]) - max;
            const weight = Math.exp(difference);
            dx[at] = weight;
            weights += weight;
            below += weight * difference;
          }
        }
        const scale = /** @type {number} */ (dy.data[out++]) / weights;
        const mean = below / weights;
        for (let row = 0; row < kernelSize; row++) {
          for (let at = corner + row * width; at < corner + row * width + kernelSize; at++) {
            const moves = exact ? 1 + /** @type {number} */ (data[at]) - max - mean : 1;
            dx[at] = /** @type {number} */ (dx[at]) * scale * moves;
          }
        }
      }
    }
  }
  return { data: dx, shape };
}
