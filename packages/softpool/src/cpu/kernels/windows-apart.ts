/**
 * Wide windows that do not overlap, in channelsFirst: the maximum of a window first, and then its
 * exponentials and both sums in one pass, in vectors along its rows. No input is read by another
 * window, so nothing is kept. rows-*.ts would compute exponentials across as well, and gather
 * columns, which for gradients takes many times as long.
 *
 * Sums of more than eight vectors are in float64, for gradients all sums: see rows-tile.ts. So is
 * the output until it is rounded.
 */
import { exp2, NEAR_ZERO } from './exp';
import { field, tableEntry } from './read-problem';
import {
  BETA,
  COEFFICIENTS,
  DEPTH_START,
  DEPTH_STEP,
  EXACT,
  HEIGHT_COUNT,
  HEIGHT_START,
  HEIGHT_STEP,
  LOWEST,
  ROUND,
  TO_EXPONENT,
  WIDTH,
  WIDTH_COUNT,
  WIDTH_START,
} from './problem-fields';
import { addresses, firstColumn, SHORT, windowRows } from './rows-tile';
import { highHalf, leastWeight } from './vectors';

/** The columns of the narrowest windows here; vectors along a row hold several narrower ones. */
export const LEAST_APART: i32 = 8;

/** The same for gradients: one vector. */
export const LEAST_APART_GRAD: i32 = 4;

/** The bytes of the vectors whose sum is in float32. */
const MOST_BYTES: usize = <usize>SHORT << 4;

/**
 * Writes the outputs `first` to `end` of the tile's row of windows to `y`. An output is not finite
 * where a window has +∞ or a NaN, and where a −∞ in it could count: see NEAR_ZERO.
 */
export function poolWindowsApart(problem: usize, y: usize, first: i32, end: i32): void {
  const lowest = v128.load32_splat(problem, LOWEST);
  const scale = v128.load32_splat(problem, TO_EXPONENT);
  const round = v128.load32_splat(problem, ROUND);
  const c0 = v128.load32_splat(problem, COEFFICIENTS);
  const c1 = v128.load32_splat(problem, COEFFICIENTS + 4);
  const c2 = v128.load32_splat(problem, COEFFICIENTS + 8);
  const c3 = v128.load32_splat(problem, COEFFICIENTS + 12);
  const c4 = v128.load32_splat(problem, COEFFICIENTS + 16);
  const nearZero = load<f32>(problem, LOWEST) * NEAR_ZERO;
  const endRow = addresses + (<usize>windowRows << 3);
  for (let i = first; i < end; i++) {
    const from = <usize>(tableEntry(problem, WIDTH_START, i) - firstColumn) << 2;
    const columns = tableEntry(problem, WIDTH_COUNT, i);
    const whole = <usize>(columns >> 2) << 4;
    // A row's last vector reaches back. These of its lanes are new.
    const rest = columns & 3;
    const isNew = i32x4.gt_s(i32x4(0, 1, 2, 3), i32x4.splat(3 - rest));
    const last = from + (<usize>columns << 2) - 16;
    const m = maximum(from, last);
    let sums = f64x2.splat(0);
    let weightedSums = f64x2.splat(0);
    let sum = f32x4.splat(0);
    let weighted = f32x4.splat(0);
    let room = MOST_BYTES; // for vectors in the sums
    for (let row = addresses; row < endRow; row += 8) {
      let at = load<usize>(row) + from;
      const end = at + whole;
      while (at < end) {
        if (room == 0) {
          sums = f64x2.add(sums, pairs(sum));
          weightedSums = f64x2.add(weightedSums, pairs(weighted));
          sum = f32x4.splat(0);
          weighted = f32x4.splat(0);
          room = MOST_BYTES;
        }
        const stop = min(end, at + room);
        room -= stop - at;
        for (; at < stop; at += 16) {
          const d = f32x4.pmax(f32x4.sub(v128.load(at), m), lowest);
          const e = exp2(f32x4.mul(d, scale), round, c0, c1, c2, c3, c4);
          sum = f32x4.add(sum, e);
          weighted = f32x4.add(weighted, f32x4.mul(e, d));
        }
      }
      if (!rest) continue;
      const d = f32x4.pmax(f32x4.sub(v128.load(load<usize>(row) + last), m), lowest);
      const e = v128.and(exp2(f32x4.mul(d, scale), round, c0, c1, c2, c3, c4), isNew);
      sums = f64x2.add(sums, pairs(e));
      weightedSums = f64x2.add(weightedSums, pairs(f32x4.mul(e, d)));
    }
    const mean = total(f64x2.add(weightedSums, pairs(weighted))) / total(f64x2.add(sums, pairs(sum)));
    const output = <f32>(<f64>f32x4.extract_lane(m, 0) + mean);
    store<f32>(y, abs(output) < nearZero && mean != 0 ? NaN : output);
    y += 4;
  }
}

/**
 * Writes the gradient of one window to the inputs of `dx` from `low` to `high` along `axis`, from
 * the output's gradient at `dy`. Returns false, and writes nothing, if the window has an infinity
 * or a NaN; −∞ beside finite numbers is none.
 */
export function setWindowApartGrad(problem: usize, x: usize, dy: usize, dx: usize, depth: i32, height: i32, width: i32, axis: i32, low: i32, high: i32): bool {
  const lowest = v128.load32_splat(problem, LOWEST);
  const scale = v128.load32_splat(problem, TO_EXPONENT);
  const round = v128.load32_splat(problem, ROUND);
  const c0 = v128.load32_splat(problem, COEFFICIENTS);
  const c1 = v128.load32_splat(problem, COEFFICIENTS + 4);
  const c2 = v128.load32_splat(problem, COEFFICIENTS + 8);
  const c3 = v128.load32_splat(problem, COEFFICIENTS + 12);
  const c4 = v128.load32_splat(problem, COEFFICIENTS + 16);
  const endRow = addresses + (<usize>windowRows << 3);
  const column = tableEntry(problem, WIDTH_START, width);
  const columns = tableEntry(problem, WIDTH_COUNT, width);
  const from = <usize>(column - firstColumn) << 2;
  const last = from + (<usize>columns << 2) - 16;
  const m = maximum(from, last);
  let sums = f64x2.splat(0);
  let weightedSums = f64x2.splat(0);
  for (let row = addresses; row < endRow; row += 8) {
    const end = load<usize>(row) + last;
    let isNew = i32x4.splat(-1);
    for (let at = load<usize>(row) + from; ; ) {
      const d = f32x4.pmax(f32x4.sub(v128.load(at), m), lowest);
      const e = v128.and(exp2(f32x4.mul(d, scale), round, c0, c1, c2, c3, c4), isNew);
      sums = f64x2.add(sums, pairs(e));
      weightedSums = f64x2.add(weightedSums, pairs(f32x4.mul(e, d)));
      if (at == end) break;
      // A row's last vector reaches back. These of its lanes are new.
      if (end - at < 16) isNew = i32x4.gt_s(i32x4(0, 1, 2, 3), i32x4.splat(3 - (columns & 3)));
      at = min(at + 16, end);
    }
  }
  const mean = total(weightedSums) / total(sums);
  if (!isFinite(<f32>(<f64>f32x4.extract_lane(m, 0) + mean))) return false;
  const beta = v128.load32_splat(problem, BETA);
  const exact = field(problem, EXACT) != 0;
  const rest = f32x4.splat(<f32>(1 - <f64>load<f32>(problem, BETA) * mean));
  const inverse = f32x4.splat(<f32>(1 / total(sums)));
  const gradient = v128.load32_splat(dy);
  const least = leastWeight(gradient, exact);
  const heights = tableEntry(problem, HEIGHT_COUNT, height);
  const firstOwn = axis == 2 ? max(column, low) : column;
  const endOwn = axis == 2 ? min(column + columns, high) : column + columns;
  for (let i = 0; i < windowRows; i++) {
    const along =
      axis == 0
        ? tableEntry(problem, DEPTH_START, depth) + (i / heights) * field(problem, DEPTH_STEP)
        : tableEntry(problem, HEIGHT_START, height) + (i % heights) * field(problem, HEIGHT_STEP);
    if (axis < 2 && (along < low || along >= high)) continue;
    const row = load<usize>(addresses + (<usize>i << 3)) - (<usize>firstColumn << 2);
    for (let own = firstOwn; own < endOwn; own += 4) {
      // A whole vector of the window, which may begin before.
      let first = min(own, column + columns - 4);
      let at = row + (<usize>first << 2);
      const value = v128.load(at);
      const d = f32x4.pmax(f32x4.sub(value, m), lowest);
      const e = exp2(f32x4.mul(d, scale), round, c0, c1, c2, c3, c4);
      let weight = f32x4.pmax(f32x4.mul(e, inverse), least);
      if (exact) weight = f32x4.mul(weight, f32x4.add(rest, f32x4.mul(beta, d)));
      // Last, so that a tiny gradient loses nothing on the way.
      const mask = f32x4.gt(value, f32x4.splat(-Infinity));
      let result = v128.and(f32x4.mul(weight, gradient), mask);
      at += dx - x;
      if (first >= firstOwn && first + 4 <= endOwn) {
        v128.store(at, result);
        continue;
      }
      for (const end = first + 4; first < end; first++) {
        if (first >= firstOwn && first < endOwn) store<f32>(at, f32x4.extract_lane(result, 0));
        result = v128.shuffle<f32>(result, result, 1, 2, 3, 0);
        at += 4;
      }
    }
  }
  return true;
}

/** The maximum of the window, in all lanes. */
@inline
function maximum(from: usize, last: usize): v128 {
  const endRow = addresses + (<usize>windowRows << 3);
  let m = f32x4.splat(-Infinity);
  for (let row = addresses; row < endRow; row += 8) {
    const end = load<usize>(row) + last;
    for (let at = load<usize>(row) + from; ; at = min(at + 16, end)) {
      m = f32x4.pmax(v128.load(at), m);
      if (at == end) break;
    }
  }
  m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 2, 3, 0, 1));
  return f32x4.pmax(m, v128.shuffle<f32>(m, m, 1, 0, 3, 2));
}

/** Sums of two lanes each, in float64. */
@inline
function pairs(vector: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(vector), f64x2.promote_low_f32x4(highHalf(vector)));
}

@inline
function total(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}
