/**
 * Windows of finite float64 in pairs, one window in each lane, with the bits of one-window.ts.
 * Up to 32 pairs are computed together.
 */
import { exp64 } from './exp';
import { field, tableEntry } from './read-problem';
import { gradientFactor, notice } from './scaled-gradient';
import { BETA_64, ELEMENT, EXACT, INNER, RECORDS, SHARED, WEIGHT_FLOOR, WIDTH_COUNT, WIDTH_START } from './problem-fields';
import { end, OWNED, RECORD } from './tap-records';

// Behind the records are pairs of windows: the maxima, the minima (later the outputs' gradients),
// Σ mass, and a sum with what it has lost (Kahan's compensation). Behind the pairs are the masses
// of each tap.
const HIGH: usize = 0;
const LOW: usize = 16;
const TOTAL: usize = 32;
const SUM: usize = 48;
const LOST: usize = 64;
const PAIR: usize = 80;

/** The most pairs at a time, and the most masses of more than one pair. */
const MOST_PAIRS: i32 = 32;
const MOST_MASSES: i32 = 512;

/** The bytes for the pairs of windows with so many taps. */
export function pairsBytes(taps: usize): usize {
  return MOST_PAIRS * PAIR + (max(taps, MOST_MASSES) << 4);
}

/**
 * The end of the windows from `i` along the width that are as wide, and each as far from the one
 * before. Windows at the same place do not count: their gradients go to the same inputs.
 */
export function endOfNeighbors(problem: usize, i: i32, end: i32): i32 {
  const columns = tableEntry(problem, WIDTH_COUNT, i);
  const step = stepTo(problem, ++i); // behind the last window, nothing that is used
  if (field(problem, INNER) != 1 || step <= 0) return i;
  while (i < end && stepTo(problem, i) == step && tableEntry(problem, WIDTH_COUNT, i) == columns) i++;
  return i;
}

/** How many bytes the windows from `i` to `next` are apart, if they are neighbors. */
export function bytesApart(problem: usize, i: i32, next: i32): usize {
  const element = field(problem, ELEMENT);
  return next > i + 1 ? element * stepTo(problem, next - 1) : element;
}

/** How far the window at `i` along the width is from the one before. */
function stepTo(problem: usize, i: i32): i32 {
  return tableEntry(problem, WIDTH_START, i) - tableEntry(problem, WIDTH_START, i - 1);
}

/** How many pairs of the `count` windows left are computed together. */
export function pairsOf(problem: usize, count: i32): i32 {
  if (field(problem, SHARED) || field(problem, ELEMENT) == 4) return 0;
  const taps = <i32>(end - <usize>field(problem, RECORDS)) / RECORD;
  return min(count >> 1, max(1, min(MOST_PAIRS, MOST_MASSES / taps)));
}

/**
 * Computes the sums of `pairs` pairs of windows of float64. Returns false if not all inputs are
 * finite and have a weight. The inner loops go over the pairs, which do not wait for each other as
 * the steps of one sum do.
 */
export function weighPairs(problem: usize, x: usize, apart: usize, pairs: i32): bool {
  const beta = v128.load64_splat(problem, BETA_64);
  const first = end;
  const masses = first + <usize>pairs * PAIR;
  for (let pair = first; pair < masses; pair += PAIR) {
    v128.store(pair, f64x2.splat(-Infinity), HIGH);
    v128.store(pair, f64x2.splat(Infinity), LOW);
    startSum(pair);
  }
  for (let tap = <usize>field(problem, RECORDS); tap < end; tap += RECORD) {
    let from = x + <usize>load<u32>(tap);
    for (let pair = first; pair < masses; pair += PAIR) {
      const values = getTwo(from, apart);
      v128.store(pair, f64x2.pmax(v128.load(pair, HIGH), values), HIGH);
      v128.store(pair, f64x2.pmin(v128.load(pair, LOW), values), LOW);
      from += 2 * apart;
    }
  }
  let ordinary = f64x2.eq(beta, beta);
  let mass = masses;
  for (let tap = <usize>field(problem, RECORDS); tap < end; tap += RECORD) {
    let from = x + <usize>load<u32>(tap);
    for (let pair = first; pair < masses; pair += PAIR) {
      const value = exp64(problem, f64x2.mul(beta, f64x2.sub(getTwo(from, apart), v128.load(pair, HIGH))));
      // Not so for a NaN, an infinity, or where the range overflows.
      ordinary = v128.and(ordinary, f64x2.gt(value, f64x2.splat(0)));
      v128.store(mass, value);
      addToSum(pair, value);
      mass += 16;
      from += 2 * apart;
    }
  }
  if (!i64x2.all_true(ordinary)) return false;
  for (let pair = first; pair < masses; pair += PAIR) {
    v128.store(pair, v128.load(pair, SUM), TOTAL);
    startSum(pair);
  }
  mass = masses;
  for (let tap = <usize>field(problem, RECORDS); tap < end; tap += RECORD) {
    let from = x + <usize>load<u32>(tap);
    for (let pair = first; pair < masses; pair += PAIR) {
      const share = f64x2.div(v128.load(mass), v128.load(pair, TOTAL));
      addToSum(pair, f64x2.mul(share, f64x2.sub(getTwo(from, apart), v128.load(pair, HIGH))));
      mass += 16;
      from += 2 * apart;
    }
  }
  return true;
}

/** Writes the outputs of weighed pairs. */
export function putPairs(y: usize, pairs: i32): void {
  const last = end + <usize>pairs * PAIR;
  for (let pair = end; pair < last; pair += PAIR) {
    const low = f64x2.add(v128.load(pair, LOW), f64x2.splat(0));
    v128.store(y, f64x2.max(low, f64x2.add(v128.load(pair, HIGH), v128.load(pair, SUM))));
    y += 16;
  }
}

/** An input of two windows. */
@inline
function getTwo(from: usize, apart: usize): v128 {
  return v128.load64_lane(from + apart, v128.load64_zero(from), 1);
}

function startSum(pair: usize): void {
  v128.store(pair, f64x2.splat(0), SUM);
  v128.store(pair, f64x2.splat(0), LOST);
}

@inline
function addToSum(pair: usize, value: v128): void {
  const sum = v128.load(pair, SUM);
  const term = f64x2.sub(value, v128.load(pair, LOST));
  const next = f64x2.add(sum, term);
  v128.store(pair, f64x2.sub(f64x2.sub(next, sum), term), LOST);
  v128.store(pair, next, SUM);
}

/**
 * Adds the gradients of weighed pairs. The taps go down, so that what overlapping windows add to an
 * input comes in the order of the windows.
 */
export function addPairs(problem: usize, x: usize, dy: usize, dx: usize, apart: usize, pairs: i32): void {
  const beta = v128.load64_splat(problem, BETA_64);
  const floor = v128.load64_splat(problem, WEIGHT_FLOOR);
  const exact = field(problem, EXACT) != 0;
  const factor = f64x2.splat(gradientFactor());
  const last = end + <usize>pairs * PAIR;
  for (let pair = end; pair < last; pair += PAIR) {
    notice(load<f64>(dy));
    notice(load<f64>(dy, 8));
    v128.store(pair, f64x2.mul(v128.load(dy), factor), LOW);
    dy += 16;
  }
  const taps = (end - <usize>field(problem, RECORDS)) / RECORD;
  let masses = last + ((taps * <usize>pairs) << 4);
  for (let tap = end - RECORD; tap >= <usize>field(problem, RECORDS); tap -= RECORD) {
    masses -= <usize>pairs << 4;
    if (!load<i16>(tap, OWNED)) continue;
    let mass = masses;
    let at = <usize>load<u32>(tap);
    for (let pair = end; pair < last; pair += PAIR) {
      const share = f64x2.div(v128.load(mass), v128.load(pair, TOTAL));
      const g = v128.load(pair, LOW);
      let gradient = f64x2.mul(f64x2.pmax(share, floor), g);
      if (exact) {
        const logit = f64x2.mul(beta, f64x2.sub(getTwo(x + at, apart), v128.load(pair, HIGH)));
        const distance = f64x2.sub(logit, f64x2.mul(beta, v128.load(pair, SUM)));
        gradient = f64x2.add(gradient, f64x2.mul(share, f64x2.mul(g, distance)));
      } else {
        // An input gets at least the smallest number.
        const size = f64x2.pmax(f64x2.abs(gradient), f64x2.splat(5e-324));
        gradient = v128.bitselect(v128.bitselect(g, size, f64x2.splat(-0.0)), gradient, f64x2.ne(g, f64x2.splat(0)));
      }
      const sum = f64x2.add(getTwo(dx + at, apart), gradient);
      v128.store64_lane(dx + at, sum, 0);
      v128.store64_lane(dx + at + apart, sum, 1);
      mass += 16;
      at += 2 * apart;
    }
  }
}
