/** Stochastic and Lp pooling of pictures, to compare SoftPool with. */
import type { Pixels } from '@softpool/media';
import type { Random } from '@softpool/models';

/** 8-bit pixels. */
export type Bytes = Pixels<Uint8Array>;

/**
 * Stochastic pooling (Zeiler and Fergus, “Stochastic Pooling for Regularization of Deep
 * Convolutional Neural Networks”, ICLR 2013): picks one sample of each window and channel with a
 * probability proportional to its value. A window of zeros gives 0.
 */
export function stochasticPool(pixels: Bytes, factor: number, random: Random): Bytes {
  return pooled(pixels, factor, (window) => {
    const sum = window.reduce((total, value) => total + value, 0);
    let left = sum * random.uniform();
    for (const value of window) {
      left -= value;
      if (left < 0) return value;
    }
    return window.findLast((value) => value > 0) ?? 0; // rounding errors select the last candidate
  });
}

/**
 * Lp pooling: (mean of xᵖ)^(1/p) of each window and channel. p = 1 averages, p → ∞ is the maximum.
 * The mean instead of the sum preserves brightness.
 */
export function lpPool(pixels: Bytes, factor: number, p: number): Bytes {
  return pooled(pixels, factor, (window) => {
    const mean = window.reduce((total, value) => total + value ** p, 0) / window.length;
    return Math.round(mean ** (1 / p));
  });
}

/** Reduces each window of factor × factor, channel by channel. The factor must divide the sides. */
function pooled({ data, width, height, channels }: Bytes, factor: number, reduce: (window: Uint8Array) => number): Bytes {
  if (width % factor !== 0 || height % factor !== 0) {
    throw new RangeError(`the sides of a picture must be multiples of ${factor}, received ${width} × ${height}`);
  }
  const small = { data: new Uint8Array(data.length / factor ** 2), width: width / factor, height: height / factor, channels };
  const window = new Uint8Array(factor * factor);
  for (let row = 0; row < small.height; row++) {
    for (let column = 0; column < small.width; column++) {
      for (let c = 0; c < channels; c++) {
        for (let tap = 0; tap < window.length; tap++) {
          const [y, x] = [row * factor + Math.floor(tap / factor), column * factor + (tap % factor)];
          window[tap] = data[(y * width + x) * channels + c] as number;
        }
        small.data[(row * small.width + column) * channels + c] = reduce(window);
      }
    }
  }
  return small;
}
