/**
 * The gradient of windows of any kind, a row of outputs at a time. rows-across.ts computes each
 * window's m, N / E and E. Then, for each of its taps, in vectors along the row:
 *
 *     dx += w g    or, exact,    dx += w (1 + β (x − m) − T) g    with w = e / E and T = β N / E
 *
 * This is w (1 + β (x − y)) g, with differences from the maximum as everywhere.
 */
import { exp2, ONE } from './exp';
import { field, tableEntry } from './read-problem';
import {
  BETA,
  COEFFICIENTS,
  DEPTH_COUNT,
  DEPTH_START,
  DEPTH_STEP,
  EXACT,
  HEIGHT,
  HEIGHT_COUNT,
  HEIGHT_START,
  HEIGHT_STEP,
  INNER,
  LOWEST,
  ROUND,
  TO_EXPONENT,
  WIDTH,
  WIDTH_BEFORE,
  WIDTH_KERNEL,
  WIDTH_STEP,
  WIDTH_STRIDE,
} from './problem-fields';
import {
  addresses,
  firstColumn,
  firstOutput,
  gathered,
  outputBytes,
  outputs,
  results,
  reused,
  windowColumn,
  windowColumns,
} from './rows-tile';
import { gradientFactor, largeLanes, noticeLanes } from './scaled-gradient';
import { leastWeight } from './vectors';

/**
 * Adds the gradients of the tile's row of windows to `dx`, from the row of the output's gradients
 * at `dy`. Only inputs from `low` to `high` along `axis` are written. Windows whose result is not
 * finite are left out.
 */
export function addRowGradients(problem: usize, dy: usize, dx: usize, depth: i32, height: i32, axis: i32, low: i32, high: i32): void {
  weighResults(problem, dy);
  const inner = field(problem, INNER);
  const heights = tableEntry(problem, HEIGHT_COUNT, height);
  const rows = heights * tableEntry(problem, DEPTH_COUNT, depth);
  const lowColumn = axis == 2 ? low : 0;
  const highColumn = axis == 2 ? high : field(problem, WIDTH);
  for (let row = 0; row < rows; row++) {
    const d = tableEntry(problem, DEPTH_START, depth) + (row / heights) * field(problem, DEPTH_STEP);
    const h = tableEntry(problem, HEIGHT_START, height) + (row % heights) * field(problem, HEIGHT_STEP);
    const along = axis == 0 ? d : h;
    if (axis < 2 && (along < low || along >= high)) continue;
    const address = addresses + (<usize>row << 3);
    const target = dx + (<usize>(((d * field(problem, HEIGHT) + h) * field(problem, WIDTH) + firstColumn) * inner) << 2);
    for (let tap = 0; tap < field(problem, WIDTH_KERNEL); tap++) {
      if (field(problem, WIDTH_STRIDE) == 1) addRun(problem, load<usize>(address), load<usize>(address, 4), dy, target, tap, lowColumn, highColumn);
      else if (inner == 1 && field(problem, WIDTH_STRIDE) == 2) addSpread(problem, load<usize>(address), load<usize>(address, 4), dy, target, tap, lowColumn, highColumn);
      else if (inner >= 4) addPositions(problem, load<usize>(address), load<usize>(address, 4), dy, target, tap, lowColumn, highColumn);
      else addGathered(problem, load<usize>(address), load<usize>(address, 4), dy, target, tap, lowColumn, highColumn);
    }
  }
}

/**
 * Turns the results m, N / E, E into m, T, 1 / E, a mask of the windows that are finite, and the
 * least weight of an input.
 */
function weighResults(problem: usize, dy: usize): void {
  const beta = v128.load32_splat(problem, BETA);
  // The factor of all gradients is in the weights. If it is not 1, then tiny ones do not matter.
  const factor = f32x4.splat(<f32>gradientFactor());
  const one = f32x4.mul(f32x4.splat(reused ? 1 : ONE), factor);
  const exact = field(problem, EXACT) != 0;
  const end = results + outputBytes;
  let large = f32x4.splat(0);
  for (let at = results; at < end; at += 16) {
    const mean = v128.load(at + outputBytes);
    const output = f32x4.add(v128.load(at), mean);
    v128.store(at + outputBytes, f32x4.mul(beta, mean));
    v128.store(at + 2 * outputBytes, f32x4.div(one, v128.load(at + 2 * outputBytes)));
    v128.store(at + 3 * outputBytes, f32x4.eq(f32x4.sub(output, output), f32x4.splat(0)));
    const gradient = v128.load(dy);
    v128.store(at + 4 * outputBytes, f32x4.mul(leastWeight(gradient, exact), factor));
    large = largeLanes(large, gradient);
    dy += 16;
  }
  noticeLanes(large);
}

/** Adds one tap of windows at stride 1: a run of inputs and a run of outputs. */
function addRun(problem: usize, x: usize, e: usize, dy: usize, dx: usize, tap: i32, lowColumn: i32, highColumn: i32): void {
  const inner = field(problem, INNER);
  const shift = tap * field(problem, WIDTH_STEP) - field(problem, WIDTH_BEFORE);
  const first = max(firstOutput, lowColumn - shift);
  const count = (min(firstOutput + outputs, highColumn - shift) - first) * inner;
  if (count <= 0) return;
  const source = <usize>((first + shift - firstColumn) * inner) << 2;
  const target = <usize>((first - firstOutput) * inner) << 2;
  add(problem, x + source, e + source, results + target, dy + target, dx + source, count, false);
}

/** Adds one tap, position by position, each with vectors of channels. */
function addPositions(problem: usize, x: usize, e: usize, dy: usize, dx: usize, tap: i32, lowColumn: i32, highColumn: i32): void {
  const inner = field(problem, INNER);
  for (let i = 0; i < outputs; i++) {
    const column = tapColumn(problem, i, tap, lowColumn, highColumn);
    if (column < 0) continue;
    const source = <usize>((column - firstColumn) * inner) << 2;
    const target = <usize>(i * inner) << 2;
    add(problem, x + source, e + source, results + target, dy + target, dx + source, inner, false);
  }
}

/**
 * Adds one tap of windows at stride 2 in channelsFirst: every second of a row's inputs, in whole
 * vectors.
 */
function addSpread(problem: usize, x: usize, e: usize, dy: usize, dx: usize, tap: i32, lowColumn: i32, highColumn: i32): void {
  const shift = tap * field(problem, WIDTH_STEP) - field(problem, WIDTH_BEFORE);
  const first = max(firstOutput, (lowColumn - shift + 1) >> 1);
  const end = min(firstOutput + outputs, (highColumn - shift + 1) >> 1);
  if (end <= first) return;
  const source = <usize>(2 * first + shift - firstColumn) << 2;
  const target = <usize>(first - firstOutput) << 2;
  // A vector's write reaches one column past its last tap, which may belong to another part.
  const whole = (end - first - (2 * (end - 1) + shift + 1 < highColumn ? 0 : 1)) >> 2;
  spread(problem, x + source, e + source, results + target, dy + target, dx + source, whole);
  for (let i = first + 4 * whole; i < end; i++) {
    const from = <usize>(2 * i + shift - firstColumn) << 2;
    const to = <usize>(i - firstOutput) << 2;
    add(problem, x + from, e + from, results + to, dy + to, dx + from, 1, false);
  }
}

/** Adds the gradients of `vectors` vectors of every second input. */
function spread(problem: usize, x: usize, e: usize, result: usize, dy: usize, dx: usize, vectors: i32): void {
  const lowest = v128.load32_splat(problem, LOWEST);
  const scale = v128.load32_splat(problem, TO_EXPONENT);
  const round = v128.load32_splat(problem, ROUND);
  const c0 = v128.load32_splat(problem, COEFFICIENTS);
  const c1 = v128.load32_splat(problem, COEFFICIENTS + 4);
  const c2 = v128.load32_splat(problem, COEFFICIENTS + 8);
  const c3 = v128.load32_splat(problem, COEFFICIENTS + 12);
  const c4 = v128.load32_splat(problem, COEFFICIENTS + 16);
  const beta = v128.load32_splat(problem, BETA);
  const exact = field(problem, EXACT) != 0;
  const zero = f32x4.splat(0);
  for (let i = 0; i < vectors; i++) {
    const value = v128.shuffle<f32>(v128.load(x), v128.load(x, 16), 0, 2, 4, 6);
    const mass = reused ? v128.shuffle<f32>(v128.load(e), v128.load(e, 16), 0, 2, 4, 6) : zero;
    const gradient = gradientOf(value, mass, result, dy, exact, beta, lowest, scale, round, c0, c1, c2, c3, c4);
    v128.store(dx, f32x4.add(v128.load(dx), v128.shuffle<f32>(gradient, zero, 0, 4, 1, 4)));
    v128.store(dx, f32x4.add(v128.load(dx, 16), v128.shuffle<f32>(gradient, zero, 2, 4, 3, 4)), 16);
    x += 32;
    e += 32;
    result += 16;
    dy += 16;
    dx += 32;
  }
}

/**
 * Adds one tap of windows that vectors cannot load in place: gathers its inputs into rows, and
 * scatters their gradients.
 */
function addGathered(problem: usize, x: usize, e: usize, dy: usize, dx: usize, tap: i32, lowColumn: i32, highColumn: i32): void {
  const inner = <usize>field(problem, INNER) << 2;
  const gradients = gathered + 2 * outputBytes;
  for (let i = 0; i < outputs; i++) {
    const column = tapColumn(problem, i, tap, lowColumn, highColumn);
    if (column < 0) continue;
    const source = <usize>(column - firstColumn) * inner;
    const target = gathered + <usize>i * inner;
    for (let c: usize = 0; c < inner; c += 4) {
      store<f32>(target + c, load<f32>(x + source + c));
      if (reused) store<f32>(target + outputBytes + c, load<f32>(e + source + c));
    }
  }
  add(problem, gathered, gathered + outputBytes, results, dy, gradients, outputs * <i32>(inner >> 2), true);
  for (let i = 0; i < outputs; i++) {
    const column = tapColumn(problem, i, tap, lowColumn, highColumn);
    if (column < 0) continue;
    const target = dx + <usize>(column - firstColumn) * inner;
    for (let c: usize = 0; c < inner; c += 4) {
      store<f32>(target + c, load<f32>(target + c) + load<f32>(gradients + <usize>i * inner + c));
    }
  }
}

/** The column of a tap of the tile's output `i`; −1 if it is padding, or must not be written. */
@inline
function tapColumn(problem: usize, i: i32, tap: i32, lowColumn: i32, highColumn: i32): i32 {
  const column = windowColumn(problem, firstOutput + i) + tap * field(problem, WIDTH_STEP);
  return tap < windowColumns(problem, firstOutput + i) && column >= lowColumn && column < highColumn ? column : -1;
}

/**
 * Adds (or, with `set`, writes) the gradients of `count` inputs, each with the window at the same
 * place in `result` and `dy`.
 */
function add(problem: usize, x: usize, e: usize, result: usize, dy: usize, dx: usize, count: i32, set: bool): void {
  const lowest = v128.load32_splat(problem, LOWEST);
  const scale = v128.load32_splat(problem, TO_EXPONENT);
  const round = v128.load32_splat(problem, ROUND);
  const c0 = v128.load32_splat(problem, COEFFICIENTS);
  const c1 = v128.load32_splat(problem, COEFFICIENTS + 4);
  const c2 = v128.load32_splat(problem, COEFFICIENTS + 8);
  const c3 = v128.load32_splat(problem, COEFFICIENTS + 12);
  const c4 = v128.load32_splat(problem, COEFFICIENTS + 16);
  const beta = v128.load32_splat(problem, BETA);
  const exact = field(problem, EXACT) != 0;
  const whole = count & ~3;
  for (let i = 0; i < whole; i += 4) {
    const mass = reused ? v128.load(e) : lowest;
    const gradient = gradientOf(v128.load(x), mass, result, dy, exact, beta, lowest, scale, round, c0, c1, c2, c3, c4);
    v128.store(dx, set ? gradient : f32x4.add(v128.load(dx), gradient));
    x += 16;
    e += 16;
    result += 16;
    dy += 16;
    dx += 16;
  }
  if (whole == count) return;
  const mass = reused ? v128.load(e) : lowest;
  let gradient = gradientOf(v128.load(x), mass, result, dy, exact, beta, lowest, scale, round, c0, c1, c2, c3, c4);
  for (let i = whole; i < count; i++) {
    const lane = f32x4.extract_lane(gradient, 0);
    store<f32>(dx, set ? lane : load<f32>(dx) + lane);
    gradient = v128.shuffle<f32>(gradient, gradient, 1, 2, 3, 0);
    dx += 4;
  }
}

/** What four windows each add to the gradient of one input. `mass` is its reused exponential. */
@inline
function gradientOf(
  value: v128,
  mass: v128,
  result: usize,
  dy: usize,
  exact: bool,
  beta: v128,
  lowest: v128,
  scale: v128,
  round: v128,
  c0: v128,
  c1: v128,
  c2: v128,
  c3: v128,
  c4: v128,
): v128 {
  let d = f32x4.sub(value, v128.load(result));
  let mask = v128.load(result + 3 * outputBytes);
  if (!reused) {
    d = f32x4.pmax(d, lowest);
    mass = exp2(f32x4.mul(d, scale), round, c0, c1, c2, c3, c4);
    mask = v128.and(mask, f32x4.gt(value, f32x4.splat(-Infinity)));
  }
  let weight = f32x4.pmax(f32x4.mul(mass, v128.load(result + 2 * outputBytes)), v128.load(result + 4 * outputBytes));
  if (exact) {
    const moves = f32x4.sub(f32x4.add(f32x4.splat(1), f32x4.mul(beta, d)), v128.load(result + outputBytes));
    weight = f32x4.mul(weight, moves);
  }
  // Last, so that a tiny gradient loses nothing on the way.
  return v128.and(f32x4.mul(weight, v128.load(dy)), mask);
}
