/** The filters of the resamplers. */

/** The names of the resamplers. */
export type Resampler = 'nearest' | 'linear' | 'cubic' | 'mitchell' | 'lanczos2' | 'lanczos3';

/** The names of the resamplers. */
export const RESAMPLERS: readonly Resampler[] = ['nearest', 'linear', 'cubic', 'mitchell', 'lanczos2', 'lanczos3'];

/** A filter: the weight of a sample at a distance, in samples. It is 0 from `radius` on. */
export interface Filter {
  readonly radius: number;
  readonly weight: (distance: number) => number;
}

/** The filter of each resampler but `nearest`, which has none. */
export const FILTERS: Readonly<Record<Exclude<Resampler, 'nearest'>, Filter>> = {
  linear: { radius: 1, weight: (distance) => Math.max(0, 1 - distance) },
  cubic: bicubic(0, 1 / 2), // Catmull-Rom
  mitchell: bicubic(1 / 3, 1 / 3),
  lanczos2: lanczos(2),
  lanczos3: lanczos(3),
};

/** The cubics of Mitchell and Netravali ("Reconstruction filters in computer graphics", 1988). */
function bicubic(b: number, c: number): Filter {
  const weight = (x: number): number => {
    if (x >= 2) return 0;
    if (x >= 1) return ((-b - 6 * c) * x ** 3 + (6 * b + 30 * c) * x ** 2 + (-12 * b - 48 * c) * x + 8 * b + 24 * c) / 6;
    return ((12 - 9 * b - 6 * c) * x ** 3 + (-18 + 12 * b + 6 * c) * x ** 2 + 6 - 2 * b) / 6;
  };
  return { radius: 2, weight };
}

/** sinc(x) sinc(x / radius). */
function lanczos(radius: number): Filter {
  const weight = (x: number): number => (x === 0 ? 1 : x >= radius ? 0 : sinc(x) * sinc(x / radius));
  return { radius, weight };
}

function sinc(x: number): number {
  return Math.sin(Math.PI * x) / (Math.PI * x);
}
