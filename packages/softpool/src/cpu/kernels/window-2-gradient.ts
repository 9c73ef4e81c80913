/**
 * The gradient of windows of 2. It needs the order of a window's values, so all of them take part:
 * their differences d = x − m, at least LOWEST, their exponentials e, and dx from dy.
 */
import { expDifferences } from './exp';
import { BETA, EXACT, HEIGHT, INNER, LOWEST, SCRATCH, WIDTH } from './problem-fields';
import { field } from './read-problem';
import { even, isFiniteVector, leastWeight, odd } from './vectors';
import { ARRAY, bandStep, BLOCK, columnOffset, sumOfProducts, sumOfWeights } from './window-2';

/**
 * Writes the gradients of `band` rows of windows to `dx`, as poolWindow2 does the outputs. False if
 * an input may not be finite.
 */
export function poolWindow2Grad(problem: usize, x: usize, dy: usize, dx: usize, count: i32, rows: i32, band: i32): bool {
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

/**
 * Computes the differences of all values of the vectors `first` to `end`. False if one is not
 * finite.
 */
export function subtract1(problem: usize, x: usize, first: i32, end: i32, count: i32, d: usize): bool {
  return subtract(problem, x, first, end, count, d, 1);
}

export function subtract2(problem: usize, x: usize, first: i32, end: i32, count: i32, d: usize): bool {
  return subtract(problem, x, first, end, count, d, 2);
}

export function subtract4(problem: usize, x: usize, first: i32, end: i32, count: i32, d: usize): bool {
  return subtract(problem, x, first, end, count, d, 4);
}

/** Computes the gradients. */
export function set1(problem: usize, dy: usize, dx: usize, first: i32, end: i32, count: i32, d: usize): void {
  set(problem, dy, dx, first, end, count, d, 1);
}

export function set2(problem: usize, dy: usize, dx: usize, first: i32, end: i32, count: i32, d: usize): void {
  set(problem, dy, dx, first, end, count, d, 2);
}

export function set4(problem: usize, dy: usize, dx: usize, first: i32, end: i32, count: i32, d: usize): void {
  set(problem, dy, dx, first, end, count, d, 4);
}

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

/**
 * Writes the differences of four windows, in order, to `d`. Returns the sum of the differences
 * themselves, which may be below LOWEST.
 */
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

/** Copies a row's two values to `d`. Returns their maximum. */
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

/** Replaces a row's two values at `d` by their differences. */
@inline
function subtractFromRow(d: usize, max: v128, lowest: v128): v128 {
  const left = f32x4.sub(v128.load(d), max);
  const right = f32x4.sub(v128.load(d, 16), max);
  v128.store(d, f32x4.pmax(left, lowest));
  v128.store(d, f32x4.pmax(right, lowest), 16);
  return f32x4.add(left, right);
}

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
@inline
function setWindows(problem: usize, dy: usize, dx: usize, apart: usize, rows: i32, alternating: bool, d: usize): void {
  const rowStep = <usize>field(problem, WIDTH) * (<usize>field(problem, INNER) << 2);
  const sliceStep = <usize>field(problem, HEIGHT) * rowStep;
  const perWeight = f32x4.div(f32x4.splat(1), sumOfWeights(d, 2 * rows));
  const gradient = v128.load(dy);
  const exact = field(problem, EXACT) != 0;
  const floor = leastWeight(gradient, exact);
  const beta = v128.load32_splat(problem, BETA);
  // w (1 + β (x − y)) = w (offset + β d), offset = 1 − β Σ e d / Σ e
  let offset = f32x4.splat(1);
  if (exact) offset = f32x4.sub(offset, f32x4.mul(beta, f32x4.mul(sumOfProducts(d, 2 * rows), perWeight)));
  setRow(dx, apart, alternating, d, gradient, perWeight, floor, exact, offset, beta);
  if (rows > 1) setRow(dx + rowStep, apart, alternating, d + 32, gradient, perWeight, floor, exact, offset, beta);
  if (rows > 2) {
    setRow(dx + sliceStep, apart, alternating, d + 64, gradient, perWeight, floor, exact, offset, beta);
    setRow(dx + sliceStep + rowStep, apart, alternating, d + 96, gradient, perWeight, floor, exact, offset, beta);
  }
}

/** Writes a row's two gradients of four windows. */
@inline
function setRow(
  dx: usize,
  apart: usize,
  alternating: bool,
  d: usize,
  gradient: v128,
  perWeight: v128,
  floor: v128,
  exact: bool,
  offset: v128,
  beta: v128,
): void {
  let left = f32x4.pmax(f32x4.mul(v128.load(d, ARRAY), perWeight), floor);
  let right = f32x4.pmax(f32x4.mul(v128.load(d, ARRAY + 16), perWeight), floor);
  if (exact) {
    left = f32x4.mul(left, f32x4.add(offset, f32x4.mul(beta, v128.load(d))));
    right = f32x4.mul(right, f32x4.add(offset, f32x4.mul(beta, v128.load(d, 16))));
  }
  // Last, so that a tiny gradient loses nothing on the way.
  left = f32x4.mul(left, gradient);
  right = f32x4.mul(right, gradient);
  v128.store(dx, alternating ? v128.shuffle<f32>(left, right, 0, 4, 1, 5) : left);
  v128.store(dx + apart, alternating ? v128.shuffle<f32>(left, right, 2, 6, 3, 7) : right);
}
