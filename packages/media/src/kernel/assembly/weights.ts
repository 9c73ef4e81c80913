/** The weights of values. */
import { CONSTANTS } from '../layout';
import { HALF, LEAST, LN2_HIGH, LN2_LOW, LOG2E, MAGIC, ONE, SERIES } from './constants';
import { slope } from './image';

/** The weight of a value, relative to the largest one. */
export function weightOf(value: f64, largest: f64): f64 {
  return f64x2.extract_lane(weightsOf(f64x2.splat(value), f64x2.splat(largest)), 0);
}

/** The weights of values. Infinite values of floating-point samples have no difference. */
@inline
export function weightsOf(values: v128, largest: v128): v128 {
  const one = constant(ONE);
  if (slope == 0) return one;
  const weights = exponentials(f64x2.mul(f64x2.splat(slope), f64x2.sub(values, largest)));
  return v128.bitselect(one, weights, f64x2.eq(values, largest));
}

/** Weights times values; 0 where a weight is 0, since an infinite value would give NaN. */
@inline
export function product(weights: v128, values: v128): v128 {
  return v128.and(f64x2.mul(weights, values), f64x2.ne(weights, f64x2.splat(0)));
}

/** Two of ../exponential.ts. Adding 1.5·2^52 to n leaves it in the low bits, for the exponent. */
@inline
function exponentials(x: v128): v128 {
  const n = f64x2.floor(f64x2.add(f64x2.mul(x, constant(LOG2E)), constant(HALF)));
  const r = f64x2.sub(f64x2.sub(x, f64x2.mul(n, constant(LN2_HIGH))), f64x2.mul(n, constant(LN2_LOW)));
  let p = constant(SERIES);
  p = f64x2.add(f64x2.mul(p, r), constant(SERIES + 16));
  p = f64x2.add(f64x2.mul(p, r), constant(SERIES + 32));
  p = f64x2.add(f64x2.mul(p, r), constant(SERIES + 48));
  p = f64x2.add(f64x2.mul(p, r), constant(SERIES + 64));
  p = f64x2.add(f64x2.mul(p, r), constant(SERIES + 80));
  p = f64x2.add(f64x2.mul(p, r), constant(SERIES + 96));
  p = f64x2.add(f64x2.mul(p, r), constant(SERIES + 112));
  p = f64x2.add(f64x2.mul(p, r), constant(SERIES + 128));
  p = f64x2.add(f64x2.mul(p, r), constant(SERIES + 144));
  p = f64x2.add(f64x2.mul(p, r), constant(SERIES + 160));
  p = f64x2.add(f64x2.mul(p, r), constant(SERIES + 176));
  const mantissa = f64x2.add(constant(ONE), f64x2.add(r, f64x2.mul(f64x2.mul(r, r), p)));
  const result = i64x2.add(mantissa, i64x2.shl(f64x2.add(n, constant(MAGIC)), 52));
  const lost = v128.and(x, f64x2.ne(x, x)); // 0, or NaN of NaN
  return v128.bitselect(result, lost, f64x2.ge(x, constant(LEAST)));
}

@inline
function constant(at: usize): v128 {
  return v128.load(<usize>CONSTANTS + at);
}
