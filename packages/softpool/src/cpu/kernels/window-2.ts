/**
 * Windows of 2, 2×2 or 2×2×2 at stride 2, without padding: the common case, and the fastest.
 *
 * Three passes over a block that stays in the first-level cache. Forward: a tournament of minima and maxima finds each window's maximum m
 * and leaves its other values, in whatever order, so that of 2, 4 or 8 exponentials one is never computed; their differences d = x − m,
 * held at LOWEST; their exponentials e; y = m + Σ e d / Σ e. Backward needs the order, so all of a window's values take part.
 *
 * Each pass is a function of its own for each number of rows, exported so that the optimizer leaves it one: joined with others, it has
 * more constants than the machine has registers, and is a third slower.
 *
 * NaN: pmin(a, b) is a, and pmax(b, a) is b, where either is NaN, so the tournament drops nothing and a NaN comes out as NaN. Where an
 * infinity takes part, or might, the row is reported, and its windows are looked at one by one: held at LOWEST, a −∞ would have weight.
 */
import { expDifferences, ONE } from './exp';
import { field } from './read-problem';
import { BETA, EXACT, HEIGHT, INNER, LOWEST, SCRATCH, WIDTH } from './problem-fields';

/** Vectors of outputs in a block, and the bytes of an array with an entry for each value of their windows. */
const BLOCK: i32 = 64;
const ARRAY: usize = BLOCK * 8 * 16;

/** What poolPairs and poolPairsGrad need of the scratch: differences, exponentials and maxima. */
export const PAIRS_SCRATCH: usize = 2 * ARRAY + BLOCK * 16;

/** Rows of `count` outputs that are computed together, so that short rows fill a block: only whole vectors follow one another. */
export function pairsBand(count: i32): i32 {
  return count % 4 == 0 ? max(1, (BLOCK << 2) / count) : 1;
}

/**
 * `band` rows of outputs, each from `rows` (1, 2 or 4) rows of inputs, of which the first is at `x`. `count` is the outputs of a row with
 * their channels: at least 4, and in channelsLast a multiple of 4. False if an output may be something other than a finite number.
 */
export function poolPairs(problem: usize, x: usize, y: usize, count: i32, rows: i32, band: i32): bool {
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
 * The gradients of `band` rows of windows: as poolPairs, with `dy` of the outputs, and `dx` of the inputs, which it sets. False if an input
 * may be something other than a finite number.
 */
export function poolPairsGrad(problem: usize, x: usize, dy: usize, dx: usize, count: i32, rows: i32, band: i32): bool {
  const step = bandStep(problem);
  const vectors = (count + 3) >> 2;
  const differences = <usize>field(problem, SCRATCH);
  let finite = true;
  for (let first = 0; first < vectors; first += BLOCK) {
    const end = min(vectors, first + BLOCK);
    const length = <usize>((end - first) * 2 * rows) << 4;
    for (let i = 0; i < band; i++) {
      const from = x + <usize>i * step;
      const d = differences + <usize>i * length;
      if (rows == 1) finite = subtract1(problem, from, first, end, count, d) && finite;
      else if (rows == 2) finite = subtract2(problem, from, first, end, count, d) && finite;
      else finite = subtract4(problem, from, first, end, count, d) && finite;
    }
    expDifferences(problem, differences, differences + ARRAY, length * band);
    for (let i = 0; i < band; i++) {
      const from = dy + (<usize>(i * count) << 2);
      const to = dx + <usize>i * step;
      const d = differences + <usize>i * length;
      if (rows == 1) set1(problem, from, to, first, end, count, d);
      else if (rows == 2) set2(problem, from, to, first, end, count, d);
      else set4(problem, from, to, first, end, count, d);
    }
  }
  return finite;
}

/** Bytes from the inputs of one row of windows to those of the next. */
function bandStep(problem: usize): usize {
  return <usize>(2 * field(problem, WIDTH) * field(problem, INNER)) << 2;
}

/** The differences and maxima of the vectors `first` to `end` of a row of outputs. False if there is a −∞. */
export function tournament1(problem: usize, x: usize, first: i32, end: i32, count: i32, d: usize): bool {
  return tournament(problem, x, first, end, count, d, 1);
}

export function tournament2(problem: usize, x: usize, first: i32, end: i32, count: i32, d: usize): bool {
  return tournament(problem, x, first, end, count, d, 2);
}

export function tournament4(problem: usize, x: usize, first: i32, end: i32, count: i32, d: usize): bool {
  return tournament(problem, x, first, end, count, d, 4);
}

/** Their outputs. */
export function combine1(problem: usize, y: usize, first: i32, end: i32, count: i32): bool {
  return combine(problem, y, first, end, count, 1);
}

export function combine2(problem: usize, y: usize, first: i32, end: i32, count: i32): bool {
  return combine(problem, y, first, end, count, 2);
}

export function combine4(problem: usize, y: usize, first: i32, end: i32, count: i32): bool {
  return combine(problem, y, first, end, count, 4);
}

/** The differences of all values of the vectors `first` to `end`. */
export function subtract1(problem: usize, x: usize, first: i32, end: i32, count: i32, d: usize): bool {
  return subtract(problem, x, first, end, count, d, 1);
}

export function subtract2(problem: usize, x: usize, first: i32, end: i32, count: i32, d: usize): bool {
  return subtract(problem, x, first, end, count, d, 2);
}

export function subtract4(problem: usize, x: usize, first: i32, end: i32, count: i32, d: usize): bool {
  return subtract(problem, x, first, end, count, d, 4);
}

/** Their gradients. */
export function set1(problem: usize, dy: usize, dx: usize, first: i32, end: i32, count: i32, d: usize): void {
  set(problem, dy, dx, first, end, count, d, 1);
}

export function set2(problem: usize, dy: usize, dx: usize, first: i32, end: i32, count: i32, d: usize): void {
  set(problem, dy, dx, first, end, count, d, 2);
}

export function set4(problem: usize, dy: usize, dx: usize, first: i32, end: i32, count: i32, d: usize): void {
  set(problem, dy, dx, first, end, count, d, 4);
}

/**
 * Where the window values of output vector `v` begin, in bytes from the row's first. In channelsFirst the two columns of windows alternate, and the
 * last vector reaches back where the row has no whole one; in channelsLast they are positions of `inner` bytes.
 */
// @ts-ignore: decorator
@inline
function columnOffset(v: i32, inner: usize, count: i32): usize {
  if (inner == 4) return min(<usize>v << 5, <usize>(count - 4) << 3);
  const position = (<usize>v << 4) / inner;
  return (<usize>v << 4) + position * inner;
}

// @ts-ignore: decorator
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
 * Four windows: their maxima to `m`, and the differences of their other values to `d`. The two columns are `apart` bytes apart, or, where
 * they alternate, two vectors of both. Returns minima that hold the least value of all.
 */
// @ts-ignore: decorator
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

/** The last round: the maximum, and the difference of the one that lost to it. */
// @ts-ignore: decorator
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
// @ts-ignore: decorator
@inline
function losers(a: v128, b: v128, alternating: bool, max: v128, lowest: v128, d: usize): void {
  v128.store(d, f32x4.pmax(f32x4.sub(alternating ? even(a, b) : a, max), lowest));
  v128.store(d, f32x4.pmax(f32x4.sub(alternating ? odd(a, b) : b, max), lowest), 16);
}

// @ts-ignore: decorator
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

/** Σ e over the `values` (1, 2, 3, 4, 7 or 8) differences at `d`, whose exponentials lie ARRAY bytes behind: by halves, since every step may round. */
// @ts-ignore: decorator
@inline
function sumOfWeights(d: usize, values: i32): v128 {
  let sum = v128.load(d, ARRAY);
  if (values > 1) sum = f32x4.add(sum, v128.load(d, ARRAY + 16));
  if (values == 3) sum = f32x4.add(sum, v128.load(d, ARRAY + 32));
  if (values > 3) sum = f32x4.add(sum, f32x4.add(v128.load(d, ARRAY + 32), v128.load(d, ARRAY + 48)));
  if (values > 4) {
    let more = f32x4.add(v128.load(d, ARRAY + 64), v128.load(d, ARRAY + 80));
    more = f32x4.add(more, values == 7 ? v128.load(d, ARRAY + 96) : f32x4.add(v128.load(d, ARRAY + 96), v128.load(d, ARRAY + 112)));
    sum = f32x4.add(sum, more);
  }
  return sum;
}

/** Σ e d over the same. */
// @ts-ignore: decorator
@inline
function sumOfProducts(d: usize, values: i32): v128 {
  let sum = product(d, 0);
  if (values > 1) sum = f32x4.add(sum, product(d, 16));
  if (values == 3) sum = f32x4.add(sum, product(d, 32));
  if (values > 3) sum = f32x4.add(sum, f32x4.add(product(d, 32), product(d, 48)));
  if (values > 4) {
    let more = f32x4.add(product(d, 64), product(d, 80));
    more = f32x4.add(more, values == 7 ? product(d, 96) : f32x4.add(product(d, 96), product(d, 112)));
    sum = f32x4.add(sum, more);
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function product(d: usize, at: usize): v128 {
  return f32x4.mul(v128.load(d + at), v128.load(d + at, ARRAY));
}

// @ts-ignore: decorator
@inline
function subtract(problem: usize, x: usize, first: i32, end: i32, count: i32, d: usize, rows: i32): bool {
  const inner = <usize>field(problem, INNER) << 2;
  const rowStep = <usize>field(problem, WIDTH) * inner;
  const sliceStep = <usize>field(problem, HEIGHT) * rowStep;
  const lowest = v128.load32_splat(problem, LOWEST);
  let sum = f32x4.splat(0);
  if (inner == 4) {
    for (let v = first; v < end; v++) {
      sum = f32x4.add(sum, subtractMaximum(x + columnOffset(v, inner, count), 16, rowStep, sliceStep, rows, true, lowest, d));
      d += (2 * rows) << 4;
    }
    return isFiniteVector(sum);
  }
  let channel = (<usize>first << 4) % inner;
  x += columnOffset(first, inner, count);
  for (let v = first; v < end; v++) {
    sum = f32x4.add(sum, subtractMaximum(x, inner, rowStep, sliceStep, rows, false, lowest, d));
    d += (2 * rows) << 4;
    x += 16;
    channel += 16;
    if (channel == inner) {
      channel = 0;
      x += inner;
    }
  }
  return isFiniteVector(sum);
}

/** The differences of four windows, in order, to `d`; their sum, before they are held at LOWEST. */
// @ts-ignore: decorator
@inline
function subtractMaximum(
  x: usize,
  apart: usize,
  rowStep: usize,
  sliceStep: usize,
  rows: i32,
  alternating: bool,
  lowest: v128,
  d: usize,
): v128 {
  let max = maximumOfRow(x, apart, alternating, d);
  if (rows > 1) max = f32x4.pmax(maximumOfRow(x + rowStep, apart, alternating, d + 32), max);
  if (rows > 2) {
    max = f32x4.pmax(maximumOfRow(x + sliceStep, apart, alternating, d + 64), max);
    max = f32x4.pmax(maximumOfRow(x + sliceStep + rowStep, apart, alternating, d + 96), max);
  }
  let sum = subtractFromRow(d, max, lowest);
  if (rows > 1) sum = f32x4.add(sum, subtractFromRow(d + 32, max, lowest));
  if (rows > 2) sum = f32x4.add(sum, f32x4.add(subtractFromRow(d + 64, max, lowest), subtractFromRow(d + 96, max, lowest)));
  return sum;
}

/** Copies a row's two values to `d`; their maximum. */
// @ts-ignore: decorator
@inline
function maximumOfRow(x: usize, apart: usize, alternating: bool, d: usize): v128 {
  const a = v128.load(x);
  const b = v128.load(x + apart);
  const left = alternating ? even(a, b) : a;
  const right = alternating ? odd(a, b) : b;
  v128.store(d, left);
  v128.store(d, right, 16);
  return f32x4.pmax(right, left);
}

/** Makes differences of a row's two values at `d`. */
// @ts-ignore: decorator
@inline
function subtractFromRow(d: usize, max: v128, lowest: v128): v128 {
  const left = f32x4.sub(v128.load(d), max);
  const right = f32x4.sub(v128.load(d, 16), max);
  v128.store(d, f32x4.pmax(left, lowest));
  v128.store(d, f32x4.pmax(right, lowest), 16);
  return f32x4.add(left, right);
}

// @ts-ignore: decorator
@inline
function set(problem: usize, dy: usize, dx: usize, first: i32, end: i32, count: i32, d: usize, rows: i32): void {
  const inner = <usize>field(problem, INNER) << 2;
  const last = <usize>(count - 4) << 2;
  if (inner == 4) {
    for (let v = first; v < end; v++) {
      setWindows(problem, dy + min(<usize>v << 4, last), dx + columnOffset(v, inner, count), 16, rows, true, d);
      d += (2 * rows) << 4;
    }
    return;
  }
  let channel = (<usize>first << 4) % inner;
  dx += columnOffset(first, inner, count);
  for (let v = first; v < end; v++) {
    setWindows(problem, dy + (<usize>v << 4), dx, inner, rows, false, d);
    d += (2 * rows) << 4;
    dx += 16;
    channel += 16;
    if (channel == inner) {
      channel = 0;
      dx += inner;
    }
  }
}

/** The gradients of four windows. */
// @ts-ignore: decorator
@inline
function setWindows(problem: usize, dy: usize, dx: usize, apart: usize, rows: i32, alternating: bool, d: usize): void {
  const rowStep = <usize>field(problem, WIDTH) * (<usize>field(problem, INNER) << 2);
  const sliceStep = <usize>field(problem, HEIGHT) * rowStep;
  const weights = sumOfWeights(d, 2 * rows);
  const scale = f32x4.div(v128.load(dy), weights);
  const exact = field(problem, EXACT) != 0;
  const beta = v128.load32_splat(problem, BETA);
  // w (1 + β (x − y)) = w (offset + β d), offset = 1 − β Σ e d / Σ e
  let offset = f32x4.splat(1);
  if (exact) offset = f32x4.sub(offset, f32x4.mul(beta, f32x4.div(sumOfProducts(d, 2 * rows), weights)));
  setRow(dx, apart, alternating, d, scale, exact, offset, beta);
  if (rows > 1) setRow(dx + rowStep, apart, alternating, d + 32, scale, exact, offset, beta);
  if (rows > 2) {
    setRow(dx + sliceStep, apart, alternating, d + 64, scale, exact, offset, beta);
    setRow(dx + sliceStep + rowStep, apart, alternating, d + 96, scale, exact, offset, beta);
  }
}

/** Writes a row's two gradients of four windows. */
// @ts-ignore: decorator
@inline
function setRow(dx: usize, apart: usize, alternating: bool, d: usize, scale: v128, exact: bool, offset: v128, beta: v128): void {
  let left = f32x4.mul(v128.load(d, ARRAY), scale);
  let right = f32x4.mul(v128.load(d, ARRAY + 16), scale);
  if (exact) {
    left = f32x4.mul(left, f32x4.add(offset, f32x4.mul(beta, v128.load(d))));
    right = f32x4.mul(right, f32x4.add(offset, f32x4.mul(beta, v128.load(d, 16))));
  }
  v128.store(dx, alternating ? v128.shuffle<f32>(left, right, 0, 4, 1, 5) : left);
  v128.store(dx + apart, alternating ? v128.shuffle<f32>(left, right, 2, 6, 3, 7) : right);
}

/** True if no lane is NaN or infinite. */
// @ts-ignore: decorator
@inline
export function isFiniteVector(value: v128): bool {
  return i32x4.all_true(f32x4.eq(f32x4.sub(value, value), f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
export function even(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
}

// @ts-ignore: decorator
@inline
export function odd(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
}
