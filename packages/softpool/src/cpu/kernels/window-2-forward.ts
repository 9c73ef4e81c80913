/**
 * The forward pass of windows of 2. A tournament of minima and maxima finds each window's maximum m
 * and leaves its other values in any order, so that one of 2, 4 or 8 exponentials is never
 * computed. Then come their differences d = x − m, at least LOWEST, their exponentials e, and y = m
 * + Σ e d / Σ e. These are three passes over a block that stays in the first-level cache.
 *
 * NaN: pmin(a, b) is a, and pmax(b, a) is b, where either is NaN, so that the tournament keeps
 * every value and a NaN gives NaN. If there is or may be an infinity, the row is reported, and its
 * windows are examined one by one: with a difference of LOWEST, a −∞ has weight (see NEAR_ZERO).
 */
import { expDifferences, ONE } from './exp';
import { HEIGHT, INNER, LOWEST, SCRATCH, WIDTH } from './problem-fields';
import { field } from './read-problem';
import { even, isFiniteVector, odd } from './vectors';
import { ARRAY, bandStep, BLOCK, columnOffset } from './window-2';

/**
 * Computes `band` rows of outputs, each from `rows` rows of inputs, of which the first is at `x`.
 * `count` is the number of outputs in a row with their channels: at least 4, and in channelsLast a
 * multiple of 4. False if an output may not be finite.
 */
export function poolWindow2(problem: usize, x: usize, y: usize, count: i32, rows: i32, band: i32): bool {
  const step = bandStep(problem);
  const vectors = (count + 3) >> 2;
  const differences = <usize>field(problem, SCRATCH);
  let finite = true;
  for (let first = 0; first < vectors; first += BLOCK) {
    const end = min(vectors, first + BLOCK);
    const length = <usize>((end - first) * (2 * rows - 1)) << 4;
    for (let i = 0; i < band; i++) {
      const from = x + <usize>i * step;
      const d = differences + <usize>i * length;
      if (rows == 1) finite = tournament1(problem, from, first, end, count, d) && finite;
      else if (rows == 2) finite = tournament2(problem, from, first, end, count, d) && finite;
      else finite = tournament4(problem, from, first, end, count, d) && finite;
    }
    expDifferences(problem, differences, differences + ARRAY, length * band);
    const to = first + (end - first) * band;
    if (rows == 1) finite = combine1(problem, y, first, to, count * band) && finite;
    else if (rows == 2) finite = combine2(problem, y, first, to, count * band) && finite;
    else finite = combine4(problem, y, first, to, count * band) && finite;
  }
  return finite;
}

/**
 * Computes the differences and maxima of the vectors `first` to `end` of a row of outputs. False if
 * there is a −∞.
 */
export function tournament1(problem: usize, x: usize, first: i32, end: i32, count: i32, d: usize): bool {
  return tournament(problem, x, first, end, count, d, 1);
}

export function tournament2(problem: usize, x: usize, first: i32, end: i32, count: i32, d: usize): bool {
  return tournament(problem, x, first, end, count, d, 2);
}

export function tournament4(problem: usize, x: usize, first: i32, end: i32, count: i32, d: usize): bool {
  return tournament(problem, x, first, end, count, d, 4);
}

/** Computes the outputs. False if one is not finite. */
export function combine1(problem: usize, y: usize, first: i32, end: i32, count: i32): bool {
  return combine(problem, y, first, end, count, 1);
}

export function combine2(problem: usize, y: usize, first: i32, end: i32, count: i32): bool {
  return combine(problem, y, first, end, count, 2);
}

export function combine4(problem: usize, y: usize, first: i32, end: i32, count: i32): bool {
  return combine(problem, y, first, end, count, 4);
}

@inline
function tournament(problem: usize, x: usize, first: i32, end: i32, count: i32, d: usize, rows: i32): bool {
  const inner = <usize>field(problem, INNER) << 2;
  const rowStep = <usize>field(problem, WIDTH) * inner;
  const sliceStep = <usize>field(problem, HEIGHT) * rowStep;
  const lowest = v128.load32_splat(problem, LOWEST);
  const scratch = <usize>field(problem, SCRATCH);
  let m = scratch + 2 * ARRAY + (d - scratch) / (2 * rows - 1);
  let least = f32x4.splat(0);
  if (inner == 4) {
    for (let v = first; v < end; v++) {
      least = f32x4.pmin(least, maximum(x + columnOffset(v, inner, count), 16, rowStep, sliceStep, rows, true, lowest, d, m));
      d += (2 * rows - 1) << 4;
      m += 16;
    }
    return isFiniteVector(least);
  }
  let channel = (<usize>first << 4) % inner;
  x += columnOffset(first, inner, count);
  for (let v = first; v < end; v++) {
    least = f32x4.pmin(least, maximum(x, inner, rowStep, sliceStep, rows, false, lowest, d, m));
    d += (2 * rows - 1) << 4;
    m += 16;
    x += 16;
    channel += 16;
    if (channel == inner) {
      channel = 0;
      x += inner;
    }
  }
  return isFiniteVector(least);
}

/**
 * Computes four windows: their maxima to `m`, and the differences of their other values to `d`. The
 * two columns are `apart` bytes apart, or alternate in two vectors. Returns minima, among them the
 * least value of all.
 */
@inline
function maximum(
  x: usize,
  apart: usize,
  rowStep: usize,
  sliceStep: usize,
  rows: i32,
  alternating: bool,
  lowest: v128,
  d: usize,
  m: usize,
): v128 {
  const a = v128.load(x);
  const b = v128.load(x + apart);
  if (rows == 1) {
    lastRound(a, b, alternating, lowest, d, m);
    return f32x4.pmin(a, b);
  }
  const a1 = v128.load(x + rowStep);
  const b1 = v128.load(x + apart + rowStep);
  if (rows == 2) {
    const max = lastRound(f32x4.pmax(a1, a), f32x4.pmax(b1, b), alternating, lowest, d, m);
    const lowA = f32x4.pmin(a, a1);
    const lowB = f32x4.pmin(b, b1);
    losers(lowA, lowB, alternating, max, lowest, d + 16);
    return f32x4.pmin(lowA, lowB);
  }
  const a2 = v128.load(x + sliceStep);
  const b2 = v128.load(x + apart + sliceStep);
  const a3 = v128.load(x + sliceStep + rowStep);
  const b3 = v128.load(x + apart + sliceStep + rowStep);
  const highA = f32x4.pmax(a1, a);
  const highB = f32x4.pmax(b1, b);
  const highA2 = f32x4.pmax(a3, a2);
  const highB2 = f32x4.pmax(b3, b2);
  const max = lastRound(f32x4.pmax(highA2, highA), f32x4.pmax(highB2, highB), alternating, lowest, d, m);
  losers(f32x4.pmin(highA, highA2), f32x4.pmin(highB, highB2), alternating, max, lowest, d + 16);
  const lowA = f32x4.pmin(a, a1);
  const lowB = f32x4.pmin(b, b1);
  const lowA2 = f32x4.pmin(a2, a3);
  const lowB2 = f32x4.pmin(b2, b3);
  losers(lowA, lowB, alternating, max, lowest, d + 48);
  losers(lowA2, lowB2, alternating, max, lowest, d + 80);
  return f32x4.pmin(f32x4.pmin(lowA, lowB), f32x4.pmin(lowA2, lowB2));
}

/** The last round: the maximum, and the difference of the other value. */
@inline
function lastRound(a: v128, b: v128, alternating: bool, lowest: v128, d: usize, m: usize): v128 {
  const left = alternating ? even(a, b) : a;
  const right = alternating ? odd(a, b) : b;
  const max = f32x4.pmax(right, left);
  v128.store(m, max);
  v128.store(d, f32x4.pmax(f32x4.sub(f32x4.pmin(left, right), max), lowest));
  return max;
}

/** The differences of two values that lost an earlier round. */
@inline
function losers(a: v128, b: v128, alternating: bool, max: v128, lowest: v128, d: usize): void {
  v128.store(d, f32x4.pmax(f32x4.sub(alternating ? even(a, b) : a, max), lowest));
  v128.store(d, f32x4.pmax(f32x4.sub(alternating ? odd(a, b) : b, max), lowest), 16);
}

@inline
function combine(problem: usize, y: usize, first: i32, end: i32, count: i32, rows: i32): bool {
  const one = f32x4.splat(ONE);
  const last = <usize>(count - 4) << 2;
  let d = <usize>field(problem, SCRATCH);
  let m = d + 2 * ARRAY;
  let sum = f32x4.splat(0);
  for (let v = first; v < end; v++) {
    const weights = f32x4.add(one, sumOfWeights(d, 2 * rows - 1));
    const output = f32x4.add(v128.load(m), f32x4.div(sumOfProducts(d, 2 * rows - 1), weights));
    sum = f32x4.add(sum, output);
    v128.store(y + min(<usize>v << 4, last), output);
    d += (2 * rows - 1) << 4;
    m += 16;
  }
  return isFiniteVector(sum);
}

/**
 * Σ e over the 1, 3 or 7 differences at `d`, whose exponentials lie ARRAY bytes behind. It adds by
 * halves, since every step may round.
 */
@inline
function sumOfWeights(d: usize, values: i32): v128 {
  let sum = v128.load(d, ARRAY);
  if (values > 1) sum = f32x4.add(sum, v128.load(d, ARRAY + 16));
  if (values == 3) sum = f32x4.add(sum, v128.load(d, ARRAY + 32));
  if (values == 7) {
    sum = f32x4.add(sum, f32x4.add(v128.load(d, ARRAY + 32), v128.load(d, ARRAY + 48)));
    sum = f32x4.add(sum, f32x4.add(f32x4.add(v128.load(d, ARRAY + 64), v128.load(d, ARRAY + 80)), v128.load(d, ARRAY + 96)));
  }
  return sum;
}

/** Σ e d over the same. */
@inline
function sumOfProducts(d: usize, values: i32): v128 {
  let sum = product(d, 0);
  if (values > 1) sum = f32x4.add(sum, product(d, 16));
  if (values == 3) sum = f32x4.add(sum, product(d, 32));
  if (values == 7) {
    sum = f32x4.add(sum, f32x4.add(product(d, 32), product(d, 48)));
    sum = f32x4.add(sum, f32x4.add(f32x4.add(product(d, 64), product(d, 80)), product(d, 96)));
  }
  return sum;
}

@inline
function product(d: usize, at: usize): v128 {
  return f32x4.mul(v128.load(d + at), v128.load(d + at, ARRAY));
}
