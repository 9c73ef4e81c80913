/**
 * Windows of any kind, a row of outputs at a time, by vectors along the row in either layout. Each window is summed axis by axis:
 *
 *     down     for each column, over the window's rows:  m_c = max x,  E_c = Σ e,  N_c = Σ e (x − m_c)
 *     across   for each output, over its columns:        m = max m_c,  E = Σ E_c,  N = Σ N_c + E_c (m_c − m),  y = m + N / E
 *
 * N has no positive term, so nothing cancels and y cannot leave [min, max]. There are two ways to get e.
 *
 * Reused: e = exp(β x), once an input, kept in a ring of rows for all windows over it, so that the cost of a window grows with its sides
 * and not with its area. Right while every |β x| of its rows is small (expGuarded tells), as activations nearly always are.
 *
 * Careful: e = exp(β (x − m_c)) down and f = exp(β (m_c − m)) across, with E = Σ E_c f and N = Σ (N_c + E_c (m_c − m)) f. Right for all
 * finite inputs, and as fast where windows do not overlap.
 *
 * Sums of more than eight terms are in float64; for the gradient, all careful ones: a weight near 1 has every error of E, where in an
 * output N is small.
 */
import { exp2, expGuarded, ONE } from './exp';
import { field, mostRows, tableEntry } from './field';
import { isFiniteVector } from './pairs';
import {
  COEFFICIENTS,
  DEPTH_COUNT,
  DEPTH_START,
  DEPTH_STEP,
  HEIGHT,
  HEIGHT_COUNT,
  HEIGHT_START,
  HEIGHT_STEP,
  INNER,
  LOWEST,
  OUT_WIDTH,
  RING_DEPTH,
  RING_HEIGHT,
  ROUND,
  SCRATCH,
  SHARED,
  TILE,
  TO_EXPONENT,
  WIDTH,
  WIDTH_BEFORE,
  WIDTH_COUNT,
  WIDTH_KERNEL,
  WIDTH_START,
  WIDTH_STEP,
  WIDTH_STRIDE,
} from './problem';

/** A maximum of nothing: what padding has for m_c. Finite, so that 0 times it is 0. */
export const NOTHING: f32 = -3.4028234663852886e38;

/** Terms that a sum in float32 may have. */
const SHORT: i32 = 8;

// The tile: its outputs, the input columns they cover, and the column, maybe in the padding, where the rows m_c, E_c, N_c begin.
export let firstOutput: i32 = 0;
export let outputs: i32 = 0;
export let firstColumn: i32 = 0;
let columns: i32 = 0;
let originColumn: i32 = 0;

// The scratch: the rows m_c, E_c, N_c; the same for each tap across, where vectors cannot load them in place; the results m, N / E, E, and one row more;
// the ring of rows of e, with a tag each; and the addresses of x and of e of the current window's rows.
let rowBytes: usize = 0;
export let outputBytes: usize = 0;
let down: usize = 0;
export let gathered: usize = 0;
export let results: usize = 0;
let ring: usize = 0;
let tags: usize = 0;
export let addresses: usize = 0;

/** Rows in the current window, and whether their exponentials are reused. */
export let windowRows: i32 = 0;
export let reused: bool = false;

/** Whether vectors along the row load the taps of four outputs in place: at stride 1, and at stride 2 every second element of two vectors. */
// @ts-ignore: decorator
@inline
function inPlace(problem: usize): bool {
  return field(problem, WIDTH_STRIDE) == 1 || (field(problem, WIDTH_STRIDE) == 2 && field(problem, INNER) == 1);
}

/** The first column of an output's window, which may be in the padding. */
// @ts-ignore: decorator
@inline
export function windowColumn(problem: usize, output: i32): i32 {
  const stride = field(problem, WIDTH_STRIDE);
  return stride ? output * stride - field(problem, WIDTH_BEFORE) : tableEntry(problem, WIDTH_START, output);
}

/** The taps across of an output's window, padding counted. */
// @ts-ignore: decorator
@inline
export function windowColumns(problem: usize, output: i32): i32 {
  return field(problem, WIDTH_STRIDE) ? field(problem, WIDTH_KERNEL) : tableEntry(problem, WIDTH_COUNT, output);
}

/** Bytes of scratch for any tile of the problem. */
export function rowsScratch(problem: usize): usize {
  let most: usize = 0;
  for (let output = 0; output < field(problem, OUT_WIDTH); output += field(problem, TILE)) {
    most = max(most, beginTile(problem, output, min(field(problem, TILE), field(problem, OUT_WIDTH) - output), false));
  }
  return most;
}

/** Lays out the scratch for a tile, and, unless only asked for its size, clears it. Returns the bytes it takes. */
export function beginTile(problem: usize, output: i32, count: i32, clear: bool): usize {
  const inner = field(problem, INNER);
  const step = field(problem, WIDTH_STEP);
  const lastOutput = output + count - 1;
  const endColumn = windowColumn(problem, lastOutput) + (windowColumns(problem, lastOutput) - 1) * step + 1;
  firstOutput = output;
  outputs = count;
  originColumn = windowColumn(problem, output);
  firstColumn = max(originColumn, 0);
  // Vectors need four elements: a short tile takes more columns than it has to.
  const end = min(field(problem, WIDTH), max(endColumn, firstColumn + 4));
  firstColumn = min(firstColumn, max(0, end - 4));
  originColumn = min(originColumn, firstColumn);
  columns = end - firstColumn;
  const slots = <usize>(field(problem, RING_DEPTH) * field(problem, RING_HEIGHT));
  rowBytes = rounded(<usize>((max(endColumn, end) - originColumn) * inner) << 2);
  outputBytes = rounded(<usize>(count * inner) << 2);
  down = <usize>field(problem, SCRATCH);
  results = down + 3 * rowBytes;
  gathered = results + 4 * outputBytes;
  ring = gathered + (inPlace(problem) || inner >= 4 ? 0 : <usize>field(problem, WIDTH_KERNEL) * 3 * outputBytes);
  // The gradient gathers its rows of x, e and dx there.
  ring = max(ring, gathered + 3 * outputBytes);
  tags = ring + slots * rowBytes;
  addresses = tags + rounded(slots << 2);
  if (clear) {
    memory.fill(tags, 0xff, slots << 2);
    const elements = rowBytes >> 2;
    for (let i: usize = 0; i < elements; i++) store<f32>(down + (i << 2), NOTHING);
    memory.fill(down + rowBytes, 0, 2 * rowBytes);
  }
  return addresses + (<usize>mostRows(problem) << 3) - <usize>field(problem, SCRATCH);
}

/** Room for whole vectors, and for one that reaches over the end. */
function rounded(bytes: usize): usize {
  return (bytes + 47) & ~15;
}

/** Finds the rows of a window, and their exponentials where they are reused: see `reused`. */
export function findRows(problem: usize, x: usize, depth: i32, height: i32): void {
  const depths = tableEntry(problem, DEPTH_COUNT, depth);
  const heights = tableEntry(problem, HEIGHT_COUNT, height);
  const inner = field(problem, INNER);
  const ringDepth = field(problem, RING_DEPTH);
  const ringHeight = field(problem, RING_HEIGHT);
  windowRows = depths * heights;
  reused = ringDepth > 0;
  let entry = addresses;
  for (let i = 0; i < depths; i++) {
    const d = tableEntry(problem, DEPTH_START, depth) + i * field(problem, DEPTH_STEP);
    for (let j = 0; j < heights; j++) {
      const h = tableEntry(problem, HEIGHT_START, height) + j * field(problem, HEIGHT_STEP);
      const row = d * field(problem, HEIGHT) + h;
      const from = x + (<usize>((row * field(problem, WIDTH) + firstColumn) * inner) << 2);
      store<usize>(entry, from);
      if (ringDepth > 0) {
        const slot = <usize>((d & (ringDepth - 1)) * ringHeight + (h & (ringHeight - 1)));
        const e = ring + slot * rowBytes;
        const tag = tags + (slot << 2);
        if (load<i32>(tag) >> 1 != row) {
          const safe = expGuarded(problem, from, e, columns * inner);
          if (field(problem, SHARED)) shareWeights(e, columns, inner);
          store<i32>(tag, (row << 1) | i32(safe));
        }
        store<usize>(entry, e, 4);
        reused = reused && (load<i32>(tag) & 1) != 0;
      }
      entry += 8;
    }
  }
}

/** Replaces the exponentials of a position's channels by their sum. */
function shareWeights(e: usize, positions: i32, inner: i32): void {
  for (let i = 0; i < positions; i++) {
    let sum: f32 = 0;
    for (let c = 0; c < inner; c++) sum += load<f32>(e + (<usize>c << 2));
    for (let c = 0; c < inner; c++) {
      store<f32>(e, sum);
      e += 4;
    }
  }
}

/** Sums the window's rows down into m_c, E_c and N_c. */
export function sumDown(problem: usize, forGradient: bool): void {
  if (!reused && (forGradient || windowRows > SHORT)) sumLongDownCareful(problem);
  else if (!reused) sumDownCareful(problem);
  else if (windowRows == 3) sumThreeDown(problem);
  else if (windowRows > SHORT) sumLongDownReused(problem);
  else sumDownReused(problem);
}

export function sumDownCareful(problem: usize): void {
  sumDownBy(problem, false, false);
}

export function sumLongDownCareful(problem: usize): void {
  sumDownBy(problem, false, true);
}

export function sumDownReused(problem: usize): void {
  sumDownBy(problem, true, false);
}

export function sumLongDownReused(problem: usize): void {
  sumDownBy(problem, true, true);
}

/** Three rows, the commonest number where windows overlap, without the loops. */
export function sumThreeDown(problem: usize): void {
  const x0 = load<usize>(addresses);
  const e0 = load<usize>(addresses, 4);
  const x1 = load<usize>(addresses, 8);
  const e1 = load<usize>(addresses, 12);
  const x2 = load<usize>(addresses, 16);
  const e2 = load<usize>(addresses, 20);
  const inner = field(problem, INNER);
  const target = down + (<usize>((firstColumn - originColumn) * inner) << 2);
  const last = (<usize>(columns * inner) << 2) - 16;
  for (let at: usize = 0; ; at = min(at + 16, last)) {
    const a = v128.load(x0 + at);
    const b = v128.load(x1 + at);
    const c = v128.load(x2 + at);
    const m = f32x4.pmax(f32x4.pmax(a, b), c);
    const ea = v128.load(e0 + at);
    const eb = v128.load(e1 + at);
    const ec = v128.load(e2 + at);
    const weighted = f32x4.add(f32x4.mul(ea, f32x4.sub(a, m)), f32x4.mul(eb, f32x4.sub(b, m)));
    v128.store(target + at, m);
    v128.store(target + at + rowBytes, f32x4.add(f32x4.add(ea, eb), ec));
    v128.store(target + at + 2 * rowBytes, f32x4.add(weighted, f32x4.mul(ec, f32x4.sub(c, m))));
    if (at == last) break;
  }
}

// @ts-ignore: decorator
@inline
function sumDownBy(problem: usize, isReused: bool, isLong: bool): void {
  const lowest = v128.load32_splat(problem, LOWEST);
  const negativeInfinity = f32x4.splat(-Infinity);
  const scale = v128.load32_splat(problem, TO_EXPONENT);
  const round = v128.load32_splat(problem, ROUND);
  const c0 = v128.load32_splat(problem, COEFFICIENTS);
  const c1 = v128.load32_splat(problem, COEFFICIENTS + 4);
  const c2 = v128.load32_splat(problem, COEFFICIENTS + 8);
  const c3 = v128.load32_splat(problem, COEFFICIENTS + 12);
  const c4 = v128.load32_splat(problem, COEFFICIENTS + 16);
  const inner = field(problem, INNER);
  const target = down + (<usize>((firstColumn - originColumn) * inner) << 2);
  const last = (<usize>(columns * inner) << 2) - 16;
  const end = addresses + (<usize>windowRows << 3);
  for (let at: usize = 0; ; at = min(at + 16, last)) {
    let m = v128.load(load<usize>(addresses) + at);
    for (let row = addresses + 8; row < end; row += 8) m = f32x4.pmax(v128.load(load<usize>(row) + at), m);
    let sum = f32x4.splat(0);
    let weighted = f32x4.splat(0);
    let sumLow = f64x2.splat(0);
    let sumHigh = f64x2.splat(0);
    let weightedLow = f64x2.splat(0);
    let weightedHigh = f64x2.splat(0);
    for (let row = addresses; row < end; row += 8) {
      const value = v128.load(load<usize>(row) + at);
      let d = f32x4.sub(value, m);
      let e: v128;
      if (isReused) {
        e = v128.load(load<usize>(row, 4) + at);
      } else {
        d = f32x4.pmax(d, lowest);
        e = exp2(f32x4.mul(d, scale), round, c0, c1, c2, c3, c4);
        e = v128.and(e, f32x4.ne(value, negativeInfinity)); // held at LOWEST, a −∞ would have weight
      }
      const n = f32x4.mul(e, d);
      if (isLong) {
        sumLow = f64x2.add(sumLow, f64x2.promote_low_f32x4(e));
        sumHigh = f64x2.add(sumHigh, f64x2.promote_low_f32x4(highHalf(e)));
        weightedLow = f64x2.add(weightedLow, f64x2.promote_low_f32x4(n));
        weightedHigh = f64x2.add(weightedHigh, f64x2.promote_low_f32x4(highHalf(n)));
      } else {
        sum = f32x4.add(sum, e);
        weighted = f32x4.add(weighted, n);
      }
    }
    if (isLong) {
      sum = demote(sumLow, sumHigh);
      weighted = demote(weightedLow, weightedHigh);
    }
    v128.store(target + at, m);
    v128.store(target + at + rowBytes, sum);
    v128.store(target + at + 2 * rowBytes, weighted);
    if (at == last) break;
  }
}

/**
 * Sums m_c, E_c and N_c across into outputs: to `y`, or, if that is 0, as rows m, N / E and E for the gradient. False if an output is other
 * than a finite number.
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

/** Where an output's window begins in the row m_c. */
// @ts-ignore: decorator
@inline
function windowStart(problem: usize, output: i32): usize {
  return down + (<usize>((windowColumn(problem, output) - originColumn) * field(problem, INNER)) << 2);
}

/** Copies each tap's m_c, E_c and N_c into rows of their own. A copy of four elements reaches over one position into the next, which comes after it. */
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
        v128.store(to, f32x4.splat(NOTHING));
        v128.store(to + outputBytes, f32x4.splat(0));
        v128.store(to + 2 * outputBytes, f32x4.splat(0));
      }
      from += step;
      to += 3 * outputBytes;
    }
  }
}

/** `count` outputs from taps `step` bytes apart, each with its m_c, E_c and N_c `apart` bytes apart. */
function combine(problem: usize, from: usize, apart: usize, step: usize, taps: i32, count: i32, offset: usize, y: usize): bool {
  const spread = field(problem, WIDTH_STRIDE) == 2 && field(problem, INNER) == 1;
  if (!reused && (y == 0 || taps > SHORT)) return combineLongCareful(problem, from, apart, step, taps, count, offset, y, spread);
  if (!reused) return combineCareful(problem, from, apart, step, taps, count, offset, y, spread);
  if (taps == 3 && !spread) return combineThree(from, apart, step, count, offset, y);
  if (taps > SHORT) return combineLongReused(problem, from, apart, step, taps, count, offset, y, spread);
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

/** Four outputs' values of a tap: side by side, or every second of eight. */
// @ts-ignore: decorator
@inline
function take(address: usize, spread: bool): v128 {
  const low = v128.load(address);
  return spread ? v128.shuffle<f32>(low, v128.load(address, 16), 0, 2, 4, 6) : low;
}

// @ts-ignore: decorator
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
    let m = take(start, spread);
    for (let tap = start + step; tap < end; tap += step) m = f32x4.pmax(take(tap, spread), m);
    let sum = f32x4.splat(0);
    let weighted = f32x4.splat(0);
    let sumLow = f64x2.splat(0);
    let sumHigh = f64x2.splat(0);
    let weightedLow = f64x2.splat(0);
    let weightedHigh = f64x2.splat(0);
    for (let tap = start; tap < end; tap += step) {
      let d = f32x4.sub(take(tap, spread), m);
      const e = take(tap + apart, spread);
      let n = take(tap + 2 * apart, spread);
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
    total = f32x4.add(total, put(m, f32x4.div(weighted, sum), sum, y, offset + at, count));
    if (at == last) break;
  }
  return isFiniteVector(total);
}

/** Three taps of reused exponentials, side by side, without the loops. */
export function combineThree(from: usize, apart: usize, step: usize, count: i32, offset: usize, y: usize): bool {
  const last = <usize>max(count - 4, 0) << 2;
  let total = f32x4.splat(0);
  for (let at: usize = 0; ; at = min(at + 16, last)) {
    const a = from + at;
    const b = a + step;
    const c = b + step;
    const ma = v128.load(a);
    const mb = v128.load(b);
    const mc = v128.load(c);
    const m = f32x4.pmax(f32x4.pmax(ma, mb), mc);
    const ea = v128.load(a + apart);
    const eb = v128.load(b + apart);
    const ec = v128.load(c + apart);
    const sum = f32x4.add(f32x4.add(ea, eb), ec);
    const na = f32x4.add(v128.load(a + 2 * apart), f32x4.mul(ea, f32x4.sub(ma, m)));
    const nb = f32x4.add(v128.load(b + 2 * apart), f32x4.mul(eb, f32x4.sub(mb, m)));
    const nc = f32x4.add(v128.load(c + 2 * apart), f32x4.mul(ec, f32x4.sub(mc, m)));
    const mean = f32x4.div(f32x4.add(f32x4.add(na, nb), nc), sum);
    total = f32x4.add(total, put(m, mean, sum, y, offset + at, count));
    if (at == last) break;
  }
  return isFiniteVector(total);
}

/** Writes four results, of which the first `count` count: to `y`, or where it is 0 to the rows of results. Returns the outputs. */
// @ts-ignore: decorator
@inline
export function put(m: v128, mean: v128, sum: v128, y: usize, at: usize, count: i32): v128 {
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
  // Lanes beyond a short row hold whatever is in the scratch.
  return count >= 4 ? output : firstLanes(output, count);
}

function firstLanes(vector: v128, count: i32): v128 {
  const lane = i32x4(0, 1, 2, 3);
  return v128.and(vector, i32x4.lt_s(lane, i32x4.splat(count)));
}

/** After the gradient of a row: whether its result `i` was finite. */
export function isResultFinite(i: i32): bool {
  return load<i32>(results + 3 * outputBytes + (<usize>i << 2)) != 0;
}

/** Stores the first `count` of four lanes. */
function storeLanes(to: usize, vector: v128, count: i32): void {
  v128.store_lane<f32>(to, vector, 0);
  if (count > 1) v128.store_lane<f32>(to, vector, 1, 4);
  if (count > 2) v128.store_lane<f32>(to, vector, 2, 8);
}

// @ts-ignore: decorator
@inline
function highHalf(vector: v128): v128 {
  return v128.shuffle<f32>(vector, vector, 2, 3, 2, 3);
}

// @ts-ignore: decorator
@inline
function demote(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}
