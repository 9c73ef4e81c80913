/**
 * Windows of 2, 2×2 or 2×2×2 at stride 2, without padding: the common case, and the fastest.
 *
 * Three passes over a block that stays in the first-level cache. Forward: a tournament of minima and maxima finds each window's maximum m
 * and leaves its other values, in whatever order, so that of 2, 4 or 8 exponentials one is never computed; their differences d = x − m,
 * held at LOWEST; their exponentials e; y = m + Σ e d / Σ e. Backward needs the order, so all of a window's values take part.
 *
 * NaN: pmin(a, b) is a, and pmax(b, a) is b, where either is NaN, so the tournament drops nothing and a NaN comes out as NaN. Where an
 * infinity takes part, or might, the row is reported, and repair.ts looks at it.
 */
import { expDifferences, ONE } from './exp';
import { field } from './field';
import { BETA, EXACT, HEIGHT, INNER, LOWEST, SCRATCH, WIDTH } from './problem';

/** Vectors of outputs in a block, and the bytes of an array with an entry for each value of their windows. */
const BLOCK: i32 = 64;
const ARRAY: usize = BLOCK * 8 * 16;

/** What poolPairs and poolPairsGrad need of the scratch. */
export const PAIRS_SCRATCH: usize = 2 * ARRAY + BLOCK * 16;

/**
 * One row of outputs from `rows` (1, 2 or 4) rows of inputs, of which the first is at `x`. `count` is the outputs with their channels: at
 * least 4, and in channelsLast a multiple of 4. False if an output may be something other than a finite number.
 */
// @ts-ignore: decorator
@inline
export function poolPairs(problem: usize, x: usize, y: usize, count: i32, rows: i32): bool {
  const inner = <usize>field(problem, INNER) << 2;
  const rowStep = <usize>field(problem, WIDTH) * inner;
  const sliceStep = <usize>field(problem, HEIGHT) * rowStep;
  const lowest = v128.load32_splat(problem, LOWEST);
  const one = f32x4.splat(ONE);
  const differences = <usize>field(problem, SCRATCH);
  const exponentials = differences + ARRAY;
  const maxima = exponentials + ARRAY;
  const record: usize = (2 * rows - 1) << 4;
  const vectors = (count + 3) >> 2;
  const last = <usize>(count - 4) << 2;
  let sum = f32x4.splat(0);
  let channel: usize = 0;
  for (let first = 0; first < vectors; first += BLOCK) {
    const length = min(vectors - first, BLOCK);
    let d = differences;
    let m = maxima;
    if (inner == 4) {
      for (let v = first; v < first + length; v++) {
        tournament(x + 2 * min(<usize>v << 4, last), 16, rowStep, sliceStep, rows, true, lowest, d, m);
        d += record;
        m += 16;
      }
    } else {
      for (let v = 0; v < length; v++) {
        tournament(x, inner, rowStep, sliceStep, rows, false, lowest, d, m);
        d += record;
        m += 16;
        x += 16;
        channel += 16;
        if (channel == inner) {
          channel = 0;
          x += inner;
        }
      }
    }
    expDifferences(problem, differences, exponentials, d - differences);
    d = differences;
    m = maxima;
    for (let v = first; v < first + length; v++) {
      let weights = one;
      let weighted = f32x4.splat(0);
      for (let i: usize = 0; i < record; i += 16) {
        const e = v128.load(d + i, ARRAY);
        weights = f32x4.add(weights, e);
        weighted = f32x4.add(weighted, f32x4.mul(e, v128.load(d + i)));
      }
      const output = f32x4.add(v128.load(m), f32x4.div(weighted, weights));
      sum = f32x4.add(sum, output);
      v128.store(y + min(<usize>v << 4, last), output);
      d += record;
      m += 16;
    }
  }
  return isFiniteVector(sum);
}

/**
 * Four windows: their maxima to `m`, and the differences of their other values to `d`. The two columns are `apart` bytes apart, or, where
 * they alternate, two vectors of both.
 */
// @ts-ignore: decorator
@inline
function tournament(
  x: usize,
  apart: usize,
  rowStep: usize,
  sliceStep: usize,
  rows: i32,
  alternating: bool,
  lowest: v128,
  d: usize,
  m: usize,
): void {
  const a = v128.load(x);
  const b = v128.load(x + apart);
  if (rows == 1) {
    const max = final(a, b, alternating, lowest, d, m);
    return;
  }
  const a1 = v128.load(x + rowStep);
  const b1 = v128.load(x + apart + rowStep);
  if (rows == 2) {
    const max = final(f32x4.pmax(a1, a), f32x4.pmax(b1, b), alternating, lowest, d, m);
    lower(f32x4.pmin(a, a1), f32x4.pmin(b, b1), alternating, max, lowest, d + 16);
    return;
  }
  const a2 = v128.load(x + sliceStep);
  const b2 = v128.load(x + apart + sliceStep);
  const a3 = v128.load(x + sliceStep + rowStep);
  const b3 = v128.load(x + apart + sliceStep + rowStep);
  const highA = f32x4.pmax(a1, a);
  const highB = f32x4.pmax(b1, b);
  const highA2 = f32x4.pmax(a3, a2);
  const highB2 = f32x4.pmax(b3, b2);
  const max = final(f32x4.pmax(highA2, highA), f32x4.pmax(highB2, highB), alternating, lowest, d, m);
  lower(f32x4.pmin(highA, highA2), f32x4.pmin(highB, highB2), alternating, max, lowest, d + 16);
  lower(f32x4.pmin(a, a1), f32x4.pmin(b, b1), alternating, max, lowest, d + 48);
  lower(f32x4.pmin(a2, a3), f32x4.pmin(b2, b3), alternating, max, lowest, d + 80);
}

/** The last round: the maximum, and the difference of the one that lost to it. */
// @ts-ignore: decorator
@inline
function final(a: v128, b: v128, alternating: bool, lowest: v128, d: usize, m: usize): v128 {
  const left = alternating ? even(a, b) : a;
  const right = alternating ? odd(a, b) : b;
  const max = f32x4.pmax(right, left);
  v128.store(m, max);
  v128.store(d, f32x4.pmax(f32x4.sub(f32x4.pmin(left, right), max), lowest));
  return max;
}

/** The differences of two values that lost an earlier round. */
// @ts-ignore: decorator
@inline
function lower(a: v128, b: v128, alternating: bool, max: v128, lowest: v128, d: usize): void {
  v128.store(d, f32x4.pmax(f32x4.sub(alternating ? even(a, b) : a, max), lowest));
  v128.store(d, f32x4.pmax(f32x4.sub(alternating ? odd(a, b) : b, max), lowest), 16);
}

/**
 * The gradients of one row of windows: as poolPairs, with `dy` of the outputs and `dx` of the inputs, which it sets. False if an input may
 * be something other than a finite number.
 */
// @ts-ignore: decorator
@inline
export function poolPairsGrad(problem: usize, x: usize, dy: usize, dx: usize, count: i32, rows: i32): bool {
  const inner = <usize>field(problem, INNER) << 2;
  const rowStep = <usize>field(problem, WIDTH) * inner;
  const sliceStep = <usize>field(problem, HEIGHT) * rowStep;
  const lowest = v128.load32_splat(problem, LOWEST);
  const exact = field(problem, EXACT) != 0;
  const beta = v128.load32_splat(problem, BETA);
  const differences = <usize>field(problem, SCRATCH);
  const record: usize = (2 * rows) << 4;
  const vectors = (count + 3) >> 2;
  const last = <usize>(count - 4) << 2;
  let sum = f32x4.splat(0);
  let at: usize = 0;
  let channel: usize = 0;
  for (let first = 0; first < vectors; first += BLOCK) {
    const length = min(vectors - first, BLOCK);
    const blockAt = at;
    const blockChannel = channel;
    let d = differences;
    for (let v = first; v < first + length; v++) {
      if (inner == 4) at = 2 * min(<usize>v << 4, last);
      const apart: usize = inner == 4 ? 16 : inner;
      let max = f32x4.splat(-Infinity);
      for (let row = 0; row < rows; row++) {
        const from = x + at + (row & 1 ? rowStep : 0) + (row & 2 ? sliceStep : 0);
        const a = v128.load(from);
        const b = v128.load(from + apart);
        const left = inner == 4 ? even(a, b) : a;
        const right = inner == 4 ? odd(a, b) : b;
        v128.store(d + (<usize>row << 5), left);
        v128.store(d + (<usize>row << 5), right, 16);
        max = f32x4.pmax(f32x4.pmax(max, left), right);
      }
      for (let i: usize = 0; i < record; i += 16) {
        const difference = f32x4.sub(v128.load(d + i), max);
        sum = f32x4.add(sum, difference);
        v128.store(d + i, f32x4.pmax(difference, lowest));
      }
      d += record;
      at += 16;
      channel += 16;
      if (channel == inner) {
        channel = 0;
        at += inner;
      }
    }
    expDifferences(problem, differences, differences + ARRAY, d - differences);
    at = blockAt;
    channel = blockChannel;
    d = differences;
    for (let v = first; v < first + length; v++) {
      if (inner == 4) at = 2 * min(<usize>v << 4, last);
      const apart: usize = inner == 4 ? 16 : inner;
      let weights = f32x4.splat(0);
      let weighted = f32x4.splat(0);
      for (let i: usize = 0; i < record; i += 16) {
        const e = v128.load(d + i, ARRAY);
        weights = f32x4.add(weights, e);
        if (exact) weighted = f32x4.add(weighted, f32x4.mul(e, v128.load(d + i)));
      }
      const perWeight = f32x4.div(v128.load(dy + min(<usize>v << 4, last)), weights);
      // w (1 + β (x − y)) = w (1 + β (d − Σ e d / Σ e))
      const offset = f32x4.sub(f32x4.splat(1), f32x4.mul(beta, f32x4.div(weighted, weights)));
      for (let row = 0; row < rows; row++) {
        const from = d + (<usize>row << 5);
        let left = f32x4.mul(v128.load(from, ARRAY), perWeight);
        let right = f32x4.mul(v128.load(from, ARRAY + 16), perWeight);
        if (exact) {
          left = f32x4.mul(left, f32x4.add(offset, f32x4.mul(beta, v128.load(from))));
          right = f32x4.mul(right, f32x4.add(offset, f32x4.mul(beta, v128.load(from, 16))));
        }
        const to = dx + at + (row & 1 ? rowStep : 0) + (row & 2 ? sliceStep : 0);
        v128.store(to, inner == 4 ? v128.shuffle<f32>(left, right, 0, 4, 1, 5) : left);
        v128.store(to + apart, inner == 4 ? v128.shuffle<f32>(left, right, 2, 6, 3, 7) : right);
      }
      d += record;
      at += 16;
      channel += 16;
      if (channel == inner) {
        channel = 0;
        at += inner;
      }
    }
  }
  return isFiniteVector(sum);
}

/** True if no lane is NaN or infinite. */
// @ts-ignore: decorator
@inline
export function isFiniteVector(value: v128): bool {
  return i32x4.all_true(f32x4.eq(f32x4.sub(value, value), f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
function even(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
}

// @ts-ignore: decorator
@inline
function odd(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
}
