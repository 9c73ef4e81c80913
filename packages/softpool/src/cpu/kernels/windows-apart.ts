/**
 * Windows that do not overlap, at least eight columns wide, in channelsFirst: the maximum of a
 * window first, and then its exponentials and both sums in one pass, in vectors along its rows. No
 * input is read by another window, so nothing is kept. rows-*.ts would compute exponentials across
 * as well, and gather columns.
 *
 * Sums of more than eight vectors are in float64, and so is the output until it is rounded.
 */
import { exp2 } from './exp';
import { tableEntry } from './read-problem';
import { COEFFICIENTS, LOWEST, ROUND, TO_EXPONENT, WIDTH_COUNT, WIDTH_START } from './problem-fields';
import { addresses, firstColumn, NO_MAXIMUM, SHORT, windowRows } from './rows-tile';
import { highHalf } from './vectors';

/** The bytes of the vectors whose sum is in float32. */
const MOST_BYTES: usize = <usize>SHORT << 4;

/**
 * Writes the outputs `first` to `end` of the tile's row of windows to `y`. An output is not finite
 * where a window has an infinity or a NaN.
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
  const endRow = addresses + (<usize>windowRows << 3);
  for (let i = first; i < end; i++) {
    const from = <usize>(tableEntry(problem, WIDTH_START, i) - firstColumn) << 2;
    const columns = tableEntry(problem, WIDTH_COUNT, i);
    const whole = <usize>(columns >> 2) << 4;
    // A row's last vector reaches back. These of its lanes are new.
    const rest = columns & 3;
    const isNew = i32x4.gt_s(i32x4(0, 1, 2, 3), i32x4.splat(3 - rest));
    const last = from + (<usize>columns << 2) - 16;
    let m = f32x4.splat(NO_MAXIMUM);
    let least = f32x4.splat(0);
    for (let row = addresses; row < endRow; row += 8) {
      const end = load<usize>(row) + last;
      for (let at = load<usize>(row) + from; ; at = min(at + 16, end)) {
        const value = v128.load(at);
        m = f32x4.pmax(value, m);
        least = f32x4.pmin(value, least);
        if (at == end) break;
      }
    }
    m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 2, 3, 0, 1));
    m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 1, 0, 3, 2));
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
    // A −∞ among the least makes the output NaN.
    weightedSums = f64x2.add(weightedSums, pairs(f32x4.add(weighted, f32x4.mul(least, f32x4.splat(0)))));
    const mean = total(weightedSums) / total(f64x2.add(sums, pairs(sum)));
    store<f32>(y, <f32>(<f64>f32x4.extract_lane(m, 0) + mean));
    y += 4;
  }
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
