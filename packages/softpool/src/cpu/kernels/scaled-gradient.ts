/**
 * Sums of gradients that would overflow: the kernels notice every large dL/dy, and can compute all
 * gradients times a factor. See ../gradient-overflow.ts.
 */

/** No sum of gradients that stem from smaller numbers overflows. */
const LARGE: f32 = 2 ** 100;

let factor: f64 = 1;
let large: bool = false;

/** Sets the factor, and forgets the large numbers. */
export function startGradient(scale: f64): void {
  factor = scale;
  large = false;
}

/** The factor of all gradients. */
@inline
export function gradientFactor(): f64 {
  return factor;
}

/** The lanes with a large number in `found` or `gradient`. */
@inline
export function largeLanes(found: v128, gradient: v128): v128 {
  return v128.or(found, f32x4.gt(f32x4.abs(gradient), f32x4.splat(LARGE)));
}

/** Remembers whether a lane is large. */
@inline
export function noticeLanes(found: v128): void {
  large = large || v128.any_true(found);
}

/** Remembers whether a number is large. */
@inline
export function notice(gradient: f64): void {
  large = large || Math.abs(gradient) > <f64>LARGE;
}

/** Whether any was large since the start. */
export function isAnyLarge(): bool {
  return large;
}
