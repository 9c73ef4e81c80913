/** β as GPU programs take it, here and in the WebGL programs of @softpool/tfjs. */

/**
 * Beyond these, β times a moderate number may overflow or vanish; such problems take the careful
 * way in every window.
 */
const SMALLEST_BETA = 2 ** -20;
const LARGEST_BETA = 2 ** 20;

/** exp2 of this is 0 in float32 with any rounding. */
const LOWEST_LOGIT = -200;

/** β in parts that float32 holds. */
export interface Sharpness {
  /** Whether every window takes the careful way, by `exponent` and `mantissa`. */
  readonly isCareful: boolean;
  /** β·log2(e) = mantissa · 2^exponent. */
  readonly exponent: number;
  readonly mantissa: number;
  /** β·log2(e), β, and the lowest difference that counts; 0, 0 and −2^102 for the careful way. */
  readonly scale: number;
  readonly moderate: number;
  readonly lowest: number;
}

/** Splits β. */
export function sharpness(beta: number): Sharpness {
  const isCareful = beta !== 0 && (beta < SMALLEST_BETA || beta > LARGEST_BETA);
  const exponent = beta === 0 ? 0 : Math.floor(Math.log2(beta));
  const scale = isCareful ? 0 : beta * Math.LOG2E;
  return {
    isCareful,
    exponent: exponent + 1,
    mantissa: (beta / 2 ** exponent / 2) * Math.LOG2E,
    scale,
    moderate: isCareful ? 0 : beta,
    lowest: scale === 0 ? -(2 ** 102) : LOWEST_LOGIT / scale,
  };
}
