/**
 * One window at a time, in float64: for float64 tensors, for a β too extreme for float32 exponents,
 * for shared weights where rows-*.ts cannot serve, and for windows with a NaN or an infinity, which
 * the vector kernels leave out. The rules for infinities are in reference/formula.ts. Windows of
 * finite float64 are computed by windows-in-pairs.ts, with the same bits.
 */
import { exp64 } from './exp';
import { field, mostRows, tableEntry } from './read-problem';
import { gradientFactor, notice } from './scaled-gradient';
import { BETA_64, ELEMENT, EXACT, INNER, OUT_WIDTH, RECORDS, SHARED, WEIGHT_FLOOR, WIDTH_COUNT } from './problem-fields';
import { end, findTaps, MASS, OWNED, RECORD, WEIGHS } from './tap-records';
import { addPairs, pairsBytes, pairsOf, putPairs, weighPairs } from './windows-in-pairs';

/** The sum of the masses. */
let total: f64 = 0;

/** The maximum of the channel that was summed last, and its Σ w β (x − maximum). */
let channelMax: f64 = 0;
let channelLogit: f64 = 0;

/** The bytes for the records of the largest window, and for what is behind them. */
export function recordsBytes(problem: usize): usize {
  let columns = 0;
  for (let i = 0; i < field(problem, OUT_WIDTH); i++) columns = max(columns, tableEntry(problem, WIDTH_COUNT, i));
  const taps = <usize>(mostRows(problem) * columns);
  const pairs = field(problem, ELEMENT) == 8 ? pairsBytes(taps) : 0;
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
 * Adds the gradients of `channels` channels that share their weights. Behind the records of the
 * taps it keeps, for each channel, its maximum and Σ w β (x − maximum).
 */
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
