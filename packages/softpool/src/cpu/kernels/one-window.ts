/**
 * One window at a time, in float64: for float64 tensors, for a β too extreme for float32 exponents,
 * for shared weights where rows-*.ts cannot serve, and for windows with a NaN or an infinity, which
 * the vector kernels leave out. The rules for infinities are in reference/formula.ts. Windows of
 * finite float64 are computed in pairs, with the same bits.
 */
import { exp64 } from './exp';
import { field, mostRows, tableEntry } from './read-problem';
import { gradientFactor, notice } from './scaled-gradient';
import {
  BETA_64,
  DEPTH_COUNT,
  DEPTH_START,
  DEPTH_STEP,
  ELEMENT,
  EXACT,
  HEIGHT,
  HEIGHT_COUNT,
  HEIGHT_START,
  HEIGHT_STEP,
  INNER,
  OUT_WIDTH,
  RECORDS,
  SHARED,
  WEIGHT_FLOOR,
  WIDTH,
  WIDTH_COUNT,
  WIDTH_START,
  WIDTH_STEP,
} from './problem-fields';

// The window's taps are records in the scratch: the byte offset of the tap, whether this part may
// write there, whether its weight is above 0 though its mass has underflowed, and the mass Σ exp(β
// (x − max)) over the channels that share weights. Behind them are, for each of those channels, its
// maximum and Σ w β (x − maximum).
const OWNED: usize = 4;
const WEIGHS: usize = 6;
const MASS: usize = 8;
const RECORD: usize = 16;

// Or behind them are pairs of windows: the maxima, the minima (later the outputs' gradients),
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

/** The end of the records, and the sum of their masses. */
let end: usize = 0;
let total: f64 = 0;

/** The maximum of the channel that was summed last, and its Σ w β (x − maximum). */
let channelMax: f64 = 0;
let channelLogit: f64 = 0;

/** The bytes for the records of the largest window, and for what is behind them. */
export function recordsBytes(problem: usize): usize {
  let columns = 0;
  for (let i = 0; i < field(problem, OUT_WIDTH); i++) columns = max(columns, tableEntry(problem, WIDTH_COUNT, i));
  const taps = <usize>(mostRows(problem) * columns);
  const pairs = field(problem, ELEMENT) == 8 ? MOST_PAIRS * PAIR + (max(taps, MOST_MASSES) << 4) : 0;
  return taps * RECORD + max(pairs, <usize>field(problem, INNER) << 4);
}

/**
 * Writes `count` consecutive outputs to `y`, the first of which is the one of `channel` at this
 * position. Their windows have the same shape, each `apart` bytes after the one before. `x` is the
 * first element of the outer element.
 */
export function poolWindows(
  problem: usize,
  x: usize,
  y: usize,
  depth: i32,
  height: i32,
  width: i32,
  channel: i32,
  count: i32,
  apart: usize,
): void {
  const element = field(problem, ELEMENT);
  const shared = field(problem, SHARED) != 0;
  findTaps(problem, depth, height, width, 0, 0, i32.MAX_VALUE);
  if (shared) weigh(problem, x, field(problem, INNER));
  x += <usize>(channel * element);
  while (count > 0) {
    const pairs = pairsOf(problem, count);
    const isDone = pairs > 0 && weighPairs(problem, x, apart, pairs);
    if (isDone) putPairs(y, pairs);
    for (const last = y + <usize>(max(1, 2 * pairs) * element); y < last; y += element) {
      if (!isDone) {
        if (!shared) weigh(problem, x, 1);
        put(y, element, weightedSum(problem, x));
      }
      x += apart;
      count--;
    }
  }
}

/**
 * The end of the windows from `i` along the width that are as wide, and each as far from the one
 * before. Windows at the same place are no neighbors: their gradients go to the same inputs.
 */
export function endOfNeighbors(problem: usize, i: i32, end: i32): i32 {
  const columns = tableEntry(problem, WIDTH_COUNT, i);
  const step = stepTo(problem, ++i); // behind the last window, nothing that is used
  if (field(problem, INNER) != 1 || step <= 0) return i;
  while (i < end && stepTo(problem, i) == step && tableEntry(problem, WIDTH_COUNT, i) == columns) i++;
  return i;
}

/** How far the window at `i` along the width is from the one before. */
export function stepTo(problem: usize, i: i32): i32 {
  return tableEntry(problem, WIDTH_START, i) - tableEntry(problem, WIDTH_START, i - 1);
}

/** How many pairs of the `count` windows left are computed together. */
function pairsOf(problem: usize, count: i32): i32 {
  if (field(problem, SHARED) || field(problem, ELEMENT) == 4) return 0;
  const taps = <i32>(end - <usize>field(problem, RECORDS)) / RECORD;
  return min(count >> 1, max(1, min(MOST_PAIRS, MOST_MASSES / taps)));
}

/**
 * Computes the sums of `pairs` pairs of windows of float64. Returns false if not all inputs are
 * finite and have a weight. The inner loops go over the pairs, which do not wait for each other as
 * the steps of one sum do.
 */
function weighPairs(problem: usize, x: usize, apart: usize, pairs: i32): bool {
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
function putPairs(y: usize, pairs: i32): void {
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
 * Adds the gradients of `count` windows as in `poolWindows` to `dx` (of all channels of a position,
 * if they share weights), from the outputs' gradients at `dy`. Only inputs from `low` to `high`
 * along `axis` are written.
 */
export function poolWindowGrads(
  problem: usize,
  x: usize,
  dy: usize,
  dx: usize,
  depth: i32,
  height: i32,
  width: i32,
  channel: i32,
  count: i32,
  apart: usize,
  axis: i32,
  low: i32,
  high: i32,
): void {
  const element = field(problem, ELEMENT);
  findTaps(problem, depth, height, width, axis, low, high);
  if (field(problem, SHARED)) return addGradients(problem, x, dy, dx, count);
  x += <usize>(channel * element);
  dx += <usize>(channel * element);
  while (count > 0) {
    const pairs = pairsOf(problem, count);
    const isDone = pairs > 0 && weighPairs(problem, x, apart, pairs);
    if (isDone) addPairs(problem, x, dy, dx, apart, pairs);
    for (const last = dy + <usize>(max(1, 2 * pairs) * element); dy < last; dy += element) {
      if (!isDone) addGradients(problem, x, dy, dx, 1);
      x += apart;
      dx += apart;
      count--;
    }
  }
}

/**
 * Adds the gradients of weighed pairs. The taps go down, so that what overlapping windows add to an
 * input comes in the order of the windows.
 */
function addPairs(problem: usize, x: usize, dy: usize, dx: usize, apart: usize, pairs: i32): void {
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

/** Adds the gradients of `channels` channels that share their weights. */
function addGradients(problem: usize, x: usize, dy: usize, dx: usize, channels: i32): void {
  const element = field(problem, ELEMENT);
  const beta = load<f64>(problem, BETA_64);
  const floor = load<f64>(problem, WEIGHT_FLOOR);
  const factor = gradientFactor();
  const max = weigh(problem, x, channels);
  let exact = field(problem, EXACT) != 0 && max != Infinity;
  for (let c = 0; c < channels; c++) {
    const y = weightedSum(problem, x + <usize>(c * element));
    store<f64>(end + (<usize>c << 4), isFinite(y) ? channelMax : NaN);
    store<f64>(end + (<usize>c << 4), channelLogit, 8);
    notice(get(dy + <usize>(c * element), element));
  }
  for (let tap = <usize>field(problem, RECORDS); tap < end; tap += RECORD) {
    if (!load<i16>(tap, OWNED)) continue;
    const offset = <usize>load<u32>(tap);
    let weight = load<f64>(tap, MASS) / total;
    let logitGradient: f64 = 0; // the gradient of this position's logit
    for (let c = 0; c < channels; c++) {
      const value = get(x + offset + <usize>(c * element), element);
      if (isFinite(value) && weight < floor) weight = floor;
      const reference = load<f64>(end + (<usize>c << 4));
      if (exact && isFinite(reference)) {
        logitGradient += get(dy + <usize>(c * element), element) * factor * (logit(value, reference, beta) - load<f64>(end + (<usize>c << 4), 8));
      }
    }
    for (let c = 0; c < channels; c++) {
      const at = offset + <usize>(c * element);
      const value = get(x + at, element);
      const g = get(dy + <usize>(c * element), element) * factor;
      let gradient = weight * g;
      // An input gets at least the smallest number.
      if (!field(problem, EXACT) && weight > 0 && g != 0) {
        gradient = copysign(Math.max(Math.abs(gradient), element == 8 ? 5e-324 : 1.401298464324817e-45), g);
      }
      if (exact && isFinite(value)) {
        const share = exponential(problem, logit(value, max, beta)) / total;
        if (share > 0) gradient += share * logitGradient;
      }
      put(dx + at, element, get(dx + at, element) + gradient);
    }
  }
}

/** Lists the taps of one window. */
function findTaps(problem: usize, depth: i32, height: i32, width: i32, axis: i32, low: i32, high: i32): void {
  const depths = tableEntry(problem, DEPTH_COUNT, depth);
  const heights = tableEntry(problem, HEIGHT_COUNT, height);
  const widths = tableEntry(problem, WIDTH_COUNT, width);
  const stride = field(problem, INNER) * field(problem, ELEMENT);
  end = <usize>field(problem, RECORDS);
  for (let i = 0; i < depths; i++) {
    const d = tableEntry(problem, DEPTH_START, depth) + i * field(problem, DEPTH_STEP);
    for (let j = 0; j < heights; j++) {
      const h = tableEntry(problem, HEIGHT_START, height) + j * field(problem, HEIGHT_STEP);
      for (let k = 0; k < widths; k++) {
        const w = tableEntry(problem, WIDTH_START, width) + k * field(problem, WIDTH_STEP);
        const along = axis == 0 ? d : axis == 1 ? h : w;
        store<i32>(end, ((d * field(problem, HEIGHT) + h) * field(problem, WIDTH) + w) * stride);
        store<i16>(end, i16(along >= low && along < high), OWNED);
        end += RECORD;
      }
    }
  }
}

/**
 * Computes every tap's mass over `channels` channels from `x` on. Returns their maximum, or NaN if
 * there is a NaN.
 */
function weigh(problem: usize, x: usize, channels: i32): f64 {
  const element = field(problem, ELEMENT);
  const beta = load<f64>(problem, BETA_64);
  let max: f64 = -Infinity;
  for (let tap = <usize>field(problem, RECORDS); tap < end; tap += RECORD) {
    const from = x + <usize>load<u32>(tap);
    for (let c = 0; c < channels; c++) max = Math.max(max, get(from + <usize>(c * element), element));
  }
  total = 0;
  let lost: f64 = 0; // Kahan's compensation
  for (let tap = <usize>field(problem, RECORDS); tap < end; tap += RECORD) {
    const from = x + <usize>load<u32>(tap);
    let mass: f64 = 0;
    let weighs = false;
    for (let c = 0; c < channels; c++) {
      const value = get(from + <usize>(c * element), element);
      const finite = isFinite(max) && isFinite(value);
      weighs = weighs || finite;
      mass += value == max ? 1 : isNaN(max) ? NaN : finite ? exponential(problem, logit(value, max, beta)) : 0;
    }
    store<i16>(tap, i16(weighs), WEIGHS);
    store<f64>(tap, mass, MASS);
    const next = total + (mass - lost);
    lost = next - total - (mass - lost);
    total = next;
  }
  return max;
}

/**
 * Σ w x of one channel with the masses that `weigh` has computed, counted from the channel's
 * maximum down.
 */
function weightedSum(problem: usize, x: usize): f64 {
  const element = field(problem, ELEMENT);
  if (isNaN(total)) return NaN;
  let max: f64 = -Infinity;
  let min: f64 = Infinity;
  for (let tap = <usize>field(problem, RECORDS); tap < end; tap += RECORD) {
    const value = get(x + <usize>load<u32>(tap), element);
    if (load<f64>(tap, MASS) == 0 && !(value == -Infinity && load<i16>(tap, WEIGHS))) continue;
    max = Math.max(max, value);
    min = Math.min(min, value);
  }
  if (max == Infinity || min == -Infinity) return max == Infinity ? max : min;
  // Near the ends of the range even the rounded sum of the terms may overflow.
  const scale: f64 = isFinite(4 * (max - min)) ? 1 : 0.25;
  let below: f64 = 0;
  let lost: f64 = 0;
  for (let tap = <usize>field(problem, RECORDS); tap < end; tap += RECORD) {
    const mass = load<f64>(tap, MASS);
    if (mass == 0) continue;
    const term = (mass / total) * (get(x + <usize>load<u32>(tap), element) * scale - max * scale) - lost;
    const next = below + term;
    lost = next - below - term;
    below = next;
  }
  channelMax = max;
  channelLogit = (load<f64>(problem, BETA_64) * below) / scale;
  return Math.max(min + 0, (max * scale + below) / scale);
}

/** exp64 of one number. */
function exponential(problem: usize, x: f64): f64 {
  return f64x2.extract_lane(exp64(problem, f64x2.splat(x)), 0);
}

/** β (a − b), also where a − b overflows. */
function logit(a: f64, b: f64, beta: f64): f64 {
  const difference = a - b;
  return isFinite(difference) ? beta * difference : 2 * beta * (a / 2 - b / 2);
}

@inline
function get(address: usize, element: i32): f64 {
  return element == 8 ? load<f64>(address) : <f64>load<f32>(address);
}

@inline
function put(address: usize, element: i32, value: f64): void {
  if (element == 8) store<f64>(address, value);
  else store<f32>(address, <f32>value);
}
