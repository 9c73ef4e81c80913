/** Frame rates as ratios. */

/** A ratio of two whole numbers. */
export type Ratio = readonly [numerator: number, denominator: number];

/** The value of a ratio. */
export function quotient([numerator, denominator]: Ratio): number {
  return numerator / denominator;
}

/** The exact rate that a number stands for: 29.97 is 30000/1001. Others are exact to 1/1000. */
export function frameRateOf(fps: number): Ratio {
  const ntsc = Math.round((fps * 1001) / 1000);
  if (!Number.isInteger(fps) && Math.abs((ntsc * 1000) / 1001 - fps) < 0.005) return reducedRatio(ntsc * 1000, 1001);
  return reducedRatio(Math.round(fps * 1000), 1000);
}

/** A ratio in its lowest terms. */
export function reducedRatio(numerator: number, denominator: number): Ratio {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return [numerator / divisor, denominator / divisor];
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
