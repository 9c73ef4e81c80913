/** Frame rates as ratios. */

/** A ratio of two whole numbers. */
export type Ratio = readonly [numerator: number, denominator: number];

/** The value of a ratio. */
export function quotient([numerator, denominator]: Ratio): number {
  return numerator / denominator;
}

/**
 * The exact rate that a number stands for: 29.97 is 30000/1001. Others are exact to 1/1000, and
 * those below 1 to three digits at least.
 */
export function frameRateOf(fps: number): Ratio {
  const ntsc = Math.round((fps * 1001) / 1000);
  if (fps > 1 && !Number.isInteger(fps) && Math.abs((ntsc * 1000) / 1001 - fps) < 0.005) return reducedRatio(ntsc * 1000, 1001);
  const denominator = 1000 * Math.max(1, 10 ** Math.ceil(-Math.log10(fps)));
  return reducedRatio(Math.round(fps * denominator), denominator);
}

/** A ratio in its lowest terms. */
export function reducedRatio(numerator: number, denominator: number): Ratio {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return [numerator / divisor, denominator / divisor];
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
