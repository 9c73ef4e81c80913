/** Vectors of four float32. */
/** Whether every lane is finite. */
@inline
export function isFiniteVector(value: v128): bool {
  return i32x4.all_true(f32x4.eq(f32x4.sub(value, value), f32x4.splat(0)));
}

/** Every second lane of two vectors, from the first on. */
@inline
export function even(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
}

/** Every second lane of two vectors, from the second on. */
@inline
export function odd(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
}

/** The upper two lanes, where `promote_low_f32x4` reads them: sums of many terms are in float64. */
@inline
export function highHalf(vector: v128): v128 {
  return v128.shuffle<f32>(vector, vector, 2, 3, 2, 3);
}

/** Two pairs of float64 as four float32, each rounded once. */
@inline
export function demote(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

/**
 * The least weights of finite inputs, given dL/dy: 2^-126, and so large that the product with dL/dy
 * is at least 2^-149, the smallest number. The exact gradient has none. Subnormal numbers, which
 * are slow, occur only where the gradient is one.
 */
@inline
export function leastWeight(gradient: v128, exact: bool): v128 {
  const least = f32x4.div(f32x4.splat(exact ? 0 : 2 ** -100), f32x4.pmin(f32x4.abs(gradient), f32x4.splat(2 ** -23)));
  // 1 if the gradient is 0.
  return f32x4.pmin(f32x4.splat(1), f32x4.mul(least, f32x4.splat(2 ** -49)));
}
