/**
 * Exponentials. In float32, 2^t = 2^n · 2^f. Adding the magic number 1.5·2^23 to t leaves n =
 * round(t) in the low bits of the sum. 2^f on [−½, ½] is the minimax polynomial of degree 5 in
 * relative error, 7.5e-8, divided by its leading coefficient, which saves a multiplication: every
 * weight is ONE times too large, and ONE cancels in Σ w d / Σ w.
 *
 * Where possible, exponentials are a loop of their own over an array. Its constants then stay in
 * registers, and the number of vector instructions limits these kernels.
 */
import { COEFFICIENTS, ROUND, ROUND_GUARDED, TAYLOR, TO_EXPONENT } from './problem-fields';

/**
 * The result of these functions for exp(0): the polynomial's constant term over its leading
 * coefficient.
 */
export const ONE: f32 = 753.2122;

/**
 * Guarded exponents are within ±GUARD. Their results are 2^GUARD times larger still, which cancels
 * too.
 */
export const GUARD: i32 = 16;

/** The lowest exponent of 2 for which guarded results are normal numbers. */
export const LOWEST_EXPONENT: f32 = -120;

/**
 * Vector kernels give −∞ the weight of LOWEST, about 2^-122. It changes no output that is as large
 * as LOWEST times this.
 */
export const NEAR_ZERO: f32 = -(2 ** -66);

const ROUND_BITS: i32 = 0x4b400000; // 1.5·2^23

/**
 * Computes exp(β d) of differences d between LOWEST and 0, two vectors at a time. `bytes` is a
 * multiple of 16.
 */
export function expDifferences(problem: usize, source: usize, target: usize, bytes: usize): void {
  const scale = v128.load32_splat(problem, TO_EXPONENT);
  const round = v128.load32_splat(problem, ROUND);
  const c0 = v128.load32_splat(problem, COEFFICIENTS);
  const c1 = v128.load32_splat(problem, COEFFICIENTS + 4);
  const c2 = v128.load32_splat(problem, COEFFICIENTS + 8);
  const c3 = v128.load32_splat(problem, COEFFICIENTS + 12);
  const c4 = v128.load32_splat(problem, COEFFICIENTS + 16);
  const distance = target - source;
  const end = source + bytes;
  if (bytes & 16) {
    v128.store(source + distance, exp2(f32x4.mul(v128.load(source), scale), round, c0, c1, c2, c3, c4));
    source += 16;
  }
  while (source < end) {
    const a = exp2(f32x4.mul(v128.load(source), scale), round, c0, c1, c2, c3, c4);
    const b = exp2(f32x4.mul(v128.load(source, 16), scale), round, c0, c1, c2, c3, c4);
    v128.store(source + distance, a);
    v128.store(source + distance, b, 16);
    source += 32;
  }
}

/**
 * Computes exp(β x) of a row of `bytes` ≥ 16 of inputs without subtracting a maximum, so that every
 * window over them can use it. Returns true if all exponents are within ±GUARD: then the results
 * are accurate, and their sums in range. Otherwise the row must be computed the careful way.
 */
export function expGuarded(problem: usize, source: usize, target: usize, bytes: usize): bool {
  const scale = v128.load32_splat(problem, TO_EXPONENT);
  const round = v128.load32_splat(problem, ROUND_GUARDED);
  const c0 = v128.load32_splat(problem, COEFFICIENTS);
  const c1 = v128.load32_splat(problem, COEFFICIENTS + 4);
  const c2 = v128.load32_splat(problem, COEFFICIENTS + 8);
  const c3 = v128.load32_splat(problem, COEFFICIENTS + 12);
  const c4 = v128.load32_splat(problem, COEFFICIENTS + 16);
  let seen = i32x4.splat(ROUND_BITS);
  const last = bytes - 16;
  for (let at: usize = 0; ; at = min(at + 16, last)) {
    const t = f32x4.mul(v128.load(source + at), scale);
    seen = v128.or(seen, f32x4.add(t, round));
    v128.store(target + at, exp2(t, round, c0, c1, c2, c3, c4));
    if (at == last) break;
  }
  // A NaN, an infinity or a large exponent sets a bit above the five that guarded exponents use.
  return i32x4.all_true(i32x4.eq(v128.andnot(seen, i32x4.splat(2 * GUARD - 1)), i32x4.splat(ROUND_BITS)));
}

/**
 * 2^t, t between −126 and 0 (guarded: ±GUARD), with the constants of the problem block in
 * registers.
 */
@inline
export function exp2(t: v128, round: v128, c0: v128, c1: v128, c2: v128, c3: v128, c4: v128): v128 {
  const rounded = f32x4.add(t, round);
  const f = f32x4.sub(t, f32x4.sub(rounded, round));
  let p = f32x4.add(f, c4);
  p = f32x4.add(f32x4.mul(p, f), c3);
  p = f32x4.add(f32x4.mul(p, f), c2);
  p = f32x4.add(f32x4.mul(p, f), c1);
  p = f32x4.add(f32x4.mul(p, f), c0);
  return i32x4.add(p, i32x4.shl(rounded, 23));
}

/**
 * exp(x) in float64 for x ≤ 0; 0 where it would not be a normal number, and of NaN. n·ln2 is
 * subtracted in two parts, the first with room for n's bits. The rest, within ±ln2/2, is Taylor's
 * series to degree 13, whose remainder there is below 2^-56.
 */
@inline
export function exp64(problem: usize, x: v128): v128 {
  const round = f64x2.splat(1.5 * 2 ** 52);
  const rounded = f64x2.add(f64x2.mul(x, f64x2.splat(1.4426950408889634)), round);
  const n = f64x2.sub(rounded, round);
  const r = f64x2.sub(
    f64x2.sub(x, f64x2.mul(n, f64x2.splat(0.6931471803691238))),
    f64x2.mul(n, f64x2.splat(1.9082149292705877e-10)),
  );
  // By Estrin's scheme, so that few steps wait for each other.
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const p8 = fourTerms(problem + 64, r, r2);
  const p4 = f64x2.add(fourTerms(problem + 32, r, r2), f64x2.mul(p8, r4));
  let p = f64x2.add(fourTerms(problem, r, r2), f64x2.mul(p4, r4));
  p = f64x2.add(f64x2.splat(1), f64x2.add(r, f64x2.mul(r2, p)));
  return v128.and(i64x2.add(p, i64x2.shl(rounded, 52)), f64x2.ge(x, f64x2.splat(-708)));
}

/** Four terms of the series behind 1 + r, divided by the power of r in the first. */
@inline
function fourTerms(problem: usize, r: v128, r2: v128): v128 {
  const low = f64x2.add(v128.load64_splat(problem, TAYLOR), f64x2.mul(v128.load64_splat(problem, TAYLOR + 8), r));
  const high = f64x2.add(v128.load64_splat(problem, TAYLOR + 16), f64x2.mul(v128.load64_splat(problem, TAYLOR + 24), r));
  return f64x2.add(low, f64x2.mul(high, r2));
}
