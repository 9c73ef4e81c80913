/**
 * Sums across: m_c, E_c and N_c of a window's columns become outputs, or what the gradient needs.
 * See rows-tile.ts.
 */
import { exp2 } from './exp';
import { field } from './read-problem';
import { isFiniteVector } from './vectors';
import { COEFFICIENTS, INNER, LOWEST, ROUND, TO_EXPONENT, WIDTH_KERNEL, WIDTH_STEP, WIDTH_STRIDE } from './problem-fields';
import {
  NO_MAXIMUM,
  SHORT,
  firstOutput,
  outputs,
  originColumn,
  rowBytes,
  outputBytes,
  down,
  gathered,
  results,
  reused,
  windowColumn,
  windowColumns,
  inPlace,
} from './rows-tile';
import { highHalf, demote } from './vectors';

/**
 * Sums m_c, E_c and N_c across: outputs to `y`, or, if that is 0, rows m, N / E and E for the
 * gradient. False if an output is not finite.
 */
export function sumAcross(problem: usize, y: usize): bool {
  const inner = field(problem, INNER);
  const step = <usize>(field(problem, WIDTH_STEP) * inner) << 2;
  if (inPlace(problem)) {
    return combine(problem, windowStart(problem, firstOutput), rowBytes, step, field(problem, WIDTH_KERNEL), outputs * inner, 0, y);
  }
  if (inner < 4) {
    gatherTaps(problem, step);
    return combine(problem, gathered, outputBytes, 3 * outputBytes, field(problem, WIDTH_KERNEL), outputs * inner, 0, y);
  }
  let finite = true;
  for (let i = 0; i < outputs; i++) {
    const taps = windowColumns(problem, firstOutput + i);
    const start = windowStart(problem, firstOutput + i);
    finite = combine(problem, start, rowBytes, step, taps, inner, <usize>(i * inner) << 2, y) && finite;
  }
  return finite;
}

/** The address of an output's window in the row m_c. */
@inline
function windowStart(problem: usize, output: i32): usize {
  return down + (<usize>((windowColumn(problem, output) - originColumn) * field(problem, INNER)) << 2);
}

/**
 * Copies each tap's m_c, E_c and N_c into rows of their own. A copy of four elements reaches into
 * the next position, which is written after it.
 */
function gatherTaps(problem: usize, step: usize): void {
  const inner = <usize>field(problem, INNER) << 2;
  const kernel = field(problem, WIDTH_KERNEL);
  for (let i = 0; i < outputs; i++) {
    const taps = windowColumns(problem, firstOutput + i);
    let from = windowStart(problem, firstOutput + i);
    let to = gathered + <usize>i * inner;
    for (let tap = 0; tap < kernel; tap++) {
      if (tap < taps) {
        v128.store(to, v128.load(from));
        v128.store(to + outputBytes, v128.load(from + rowBytes));
        v128.store(to + 2 * outputBytes, v128.load(from + 2 * rowBytes));
      } else {
        v128.store(to, f32x4.splat(NO_MAXIMUM));
        v128.store(to + outputBytes, f32x4.splat(0));
        v128.store(to + 2 * outputBytes, f32x4.splat(0));
      }
      from += step;
      to += 3 * outputBytes;
    }
  }
}

/**
 * Computes `count` outputs from taps `step` bytes apart, whose m_c, E_c and N_c are `apart` bytes
 * apart.
 */
function combine(problem: usize, from: usize, apart: usize, step: usize, taps: i32, count: i32, offset: usize, y: usize): bool {
  const spread = field(problem, WIDTH_STRIDE) == 2 && field(problem, INNER) == 1;
  if (!reused && (y == 0 || taps > SHORT)) return combineLongCareful(problem, from, apart, step, taps, count, offset, y, spread);
  if (!reused) return combineCareful(problem, from, apart, step, taps, count, offset, y, spread);
  if (taps == 2 && !spread) return combineTwo(from, apart, step, count, offset, y);
  if (taps == 3 && !spread) return combineThree(from, apart, step, count, offset, y);
  if (taps > (y == 0 ? 3 : SHORT)) return combineLongReused(problem, from, apart, step, taps, count, offset, y, spread);
  return combineReused(problem, from, apart, step, taps, count, offset, y, spread);
}

export function combineCareful(problem: usize, from: usize, apart: usize, step: usize, taps: i32, count: i32, offset: usize, y: usize, spread: bool): bool {
  return combineBy(problem, from, apart, step, taps, count, offset, y, spread, false, false);
}

export function combineLongCareful(problem: usize, from: usize, apart: usize, step: usize, taps: i32, count: i32, offset: usize, y: usize, spread: bool): bool {
  return combineBy(problem, from, apart, step, taps, count, offset, y, spread, false, true);
}

export function combineReused(problem: usize, from: usize, apart: usize, step: usize, taps: i32, count: i32, offset: usize, y: usize, spread: bool): bool {
  return combineBy(problem, from, apart, step, taps, count, offset, y, spread, true, false);
}

export function combineLongReused(problem: usize, from: usize, apart: usize, step: usize, taps: i32, count: i32, offset: usize, y: usize, spread: bool): bool {
  return combineBy(problem, from, apart, step, taps, count, offset, y, spread, true, true);
}

/** The values of a tap for four outputs: side by side, or every second of eight. */
@inline
function loadTap(address: usize, spread: bool): v128 {
  const low = v128.load(address);
  return spread ? v128.shuffle<f32>(low, v128.load(address, 16), 0, 2, 4, 6) : low;
}

@inline
function combineBy(
  problem: usize,
  from: usize,
  apart: usize,
  step: usize,
  taps: i32,
  count: i32,
  offset: usize,
  y: usize,
  spread: bool,
  isReused: bool,
  isLong: bool,
): bool {
  const lowest = v128.load32_splat(problem, LOWEST);
  const scale = v128.load32_splat(problem, TO_EXPONENT);
  const round = v128.load32_splat(problem, ROUND);
  const c0 = v128.load32_splat(problem, COEFFICIENTS);
  const c1 = v128.load32_splat(problem, COEFFICIENTS + 4);
  const c2 = v128.load32_splat(problem, COEFFICIENTS + 8);
  const c3 = v128.load32_splat(problem, COEFFICIENTS + 12);
  const c4 = v128.load32_splat(problem, COEFFICIENTS + 16);
  const last = <usize>max(count - 4, 0) << 2;
  const span = <usize>taps * step;
  let total = f32x4.splat(0);
  for (let at: usize = 0; ; at = min(at + 16, last)) {
    const start = from + (spread ? 2 * at : at);
    const end = start + span;
    let m = loadTap(start, spread);
    for (let tap = start + step; tap < end; tap += step) m = f32x4.pmax(loadTap(tap, spread), m);
    let sum = f32x4.splat(0);
    let weighted = f32x4.splat(0);
    let sumLow = f64x2.splat(0);
    let sumHigh = f64x2.splat(0);
    let weightedLow = f64x2.splat(0);
    let weightedHigh = f64x2.splat(0);
    for (let tap = start; tap < end; tap += step) {
      let d = f32x4.sub(loadTap(tap, spread), m);
      const e = loadTap(tap + apart, spread);
      let n = loadTap(tap + 2 * apart, spread);
      let f = f32x4.splat(1);
      if (isReused) {
        n = f32x4.add(n, f32x4.mul(e, d));
      } else {
        d = f32x4.pmax(d, lowest);
        f = exp2(f32x4.mul(d, scale), round, c0, c1, c2, c3, c4);
        n = f32x4.mul(f32x4.add(n, f32x4.mul(e, d)), f);
      }
      if (isLong) {
        sumLow = f64x2.add(sumLow, f64x2.mul(f64x2.promote_low_f32x4(e), f64x2.promote_low_f32x4(f)));
        sumHigh = f64x2.add(sumHigh, f64x2.mul(f64x2.promote_low_f32x4(highHalf(e)), f64x2.promote_low_f32x4(highHalf(f))));
        weightedLow = f64x2.add(weightedLow, f64x2.promote_low_f32x4(n));
        weightedHigh = f64x2.add(weightedHigh, f64x2.promote_low_f32x4(highHalf(n)));
      } else {
        sum = f32x4.add(sum, isReused ? e : f32x4.mul(e, f));
        weighted = f32x4.add(weighted, n);
      }
    }
    if (isLong) {
      sum = demote(sumLow, sumHigh);
      weighted = demote(weightedLow, weightedHigh);
    }
    total = f32x4.add(total, storeResults(m, f32x4.div(weighted, sum), sum, y, offset + at, count));
    if (at == last) break;
  }
  return isFiniteVector(total);
}

/** Combines two taps with reused exponentials. */
export function combineTwo(from: usize, apart: usize, step: usize, count: i32, offset: usize, y: usize): bool {
  return combineFew(from, apart, step, count, offset, y, false);
}

/** Combines three taps with reused exponentials. */
export function combineThree(from: usize, apart: usize, step: usize, count: i32, offset: usize, y: usize): bool {
  return combineFew(from, apart, step, count, offset, y, true);
}

/** Combines two or three taps with reused exponentials, side by side, without loops. */
@inline
function combineFew(from: usize, apart: usize, step: usize, count: i32, offset: usize, y: usize, isThree: bool): bool {
  const last = <usize>max(count - 4, 0) << 2;
  let total = f32x4.splat(0);
  for (let at: usize = 0; ; at = min(at + 16, last)) {
    const a = from + at;
    const b = a + step;
    const c = b + step;
    const ma = v128.load(a);
    const mb = v128.load(b);
    let m = f32x4.pmax(ma, mb);
    const mc = isThree ? v128.load(c) : m;
    if (isThree) m = f32x4.pmax(m, mc);
    const ea = v128.load(a + apart);
    const eb = v128.load(b + apart);
    let sum = f32x4.add(ea, eb);
    const na = f32x4.add(v128.load(a + 2 * apart), f32x4.mul(ea, f32x4.sub(ma, m)));
    const nb = f32x4.add(v128.load(b + 2 * apart), f32x4.mul(eb, f32x4.sub(mb, m)));
    let weighted = f32x4.add(na, nb);
    if (isThree) {
      const ec = v128.load(c + apart);
      sum = f32x4.add(sum, ec);
      weighted = f32x4.add(weighted, f32x4.add(v128.load(c + 2 * apart), f32x4.mul(ec, f32x4.sub(mc, m))));
    }
    total = f32x4.add(total, storeResults(m, f32x4.div(weighted, sum), sum, y, offset + at, count));
    if (at == last) break;
  }
  return isFiniteVector(total);
}

/**
 * Writes the first `count` of four results to `y`, or, if that is 0, to the rows of results.
 * Returns the outputs.
 */
@inline
export function storeResults(m: v128, mean: v128, sum: v128, y: usize, at: usize, count: i32): v128 {
  const output = f32x4.add(m, mean);
  if (y == 0) {
    v128.store(results + at, m);
    v128.store(results + at + outputBytes, mean);
    v128.store(results + at + 2 * outputBytes, sum);
  } else if (count >= 4) {
    v128.store(y + at, output);
  } else {
    storeLanes(y + at, output, count);
  }
  // Lanes beyond a short row hold arbitrary values.
  return count >= 4 ? output : firstLanes(output, count);
}

function firstLanes(vector: v128, count: i32): v128 {
  const lane = i32x4(0, 1, 2, 3);
  return v128.and(vector, i32x4.lt_s(lane, i32x4.splat(count)));
}

/** Stores the first `count` of four lanes. */
function storeLanes(to: usize, vector: v128, count: i32): void {
  v128.store_lane<f32>(to, vector, 0);
  if (count > 1) v128.store_lane<f32>(to, vector, 1, 4);
  if (count > 2) v128.store_lane<f32>(to, vector, 2, 8);
}
