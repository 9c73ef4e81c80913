/** Four float32 as two and two float64, for long sums, and back. */
/** The third and the fourth, where `promote_low_f32x4` takes them from. */
// @ts-ignore: decorator
@inline
export function highHalf(vector: v128): v128 {
  return v128.shuffle<f32>(vector, vector, 2, 3, 2, 3);
}

/** Two pairs, each rounded once. */
// @ts-ignore: decorator
@inline
export function demote(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}
