/**
 * The kernels' entry points: loops over the rows of windows of a part of a job, by the method that
 * the plan has chosen.
 *
 * A part is `outer` consecutive elements, and in each the outputs (in a gradient, the inputs) from
 * `low` to `high` along `axis`, the first axis longer than 1: 0 depth, 1 height, 2 width. If only a
 * part of a tensor is in memory, its address is the one that the whole tensor would have.
 */
import { field, tableEntry } from './read-problem';
import { addRowGradients } from './gradient';
import { bandRows, WINDOW_2_SCRATCH } from './window-2';
import { poolWindow2 } from './window-2-forward';
import { poolWindow2Grad } from './window-2-gradient';
import {
  DEPTH,
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
  METHOD,
  OUT_DEPTH,
  OUT_HEIGHT,
  OUT_WIDTH,
  SHARED,
  TILE,
  WIDTH,
  WIDTH_COUNT,
  WIDTH_START,
  WIDTH_STEP,
} from './problem-fields';
import { sumAcross } from './rows-across';
import { sumDown } from './rows-down';
import { layOutTile, findRows, isResultFinite, rowsScratch } from './rows-tile';
import { fitsWindow3, sumThree } from './window-3';
import { poolWindow, poolWindowGrad, recordsBytes } from './one-window';

export { narrow, transpose, widen } from './convert';

// Exported only so that the optimizer keeps them apart: see window-2.ts and rows-tile.ts.
export { combine1, combine2, combine4, tournament1, tournament2, tournament4 } from './window-2-forward';
export { set1, set2, set4, subtract1, subtract2, subtract4 } from './window-2-gradient';
export { combineCareful, combineLongCareful, combineLongReused, combineReused, combineThree } from './rows-across';
export { sumDownCareful, sumDownReused, sumLongDownCareful, sumLongDownReused, sumThreeDown } from './rows-down';
export { sumThreeAlong, sumThreePositions } from './window-3';

/**
 * The methods, as numbered in plan.ts: one window at a time (one-window.ts), rows of any windows
 * (rows-*.ts), windows of 2 from 1, 2 or 4 rows of inputs (window-2.ts).
 */
const ONE_WINDOW: i32 = 0;
const ROWS: i32 = 1;
const WINDOW_2_FROM_1: i32 = 2;
const WINDOW_2_FROM_2: i32 = 3;

/** The bytes that the problem's method needs at SCRATCH. */
export function scratchBytes(problem: usize): usize {
  const method = field(problem, METHOD);
  return method == ONE_WINDOW ? 0 : method == ROWS ? rowsScratch(problem) : WINDOW_2_SCRATCH;
}

/** The bytes that every method needs at RECORDS. */
export function recordBytes(problem: usize): usize {
  return recordsBytes(problem);
}

/** Computes y from x. */
export function pool(problem: usize, x: usize, y: usize, outer: i32, axis: i32, low: i32, high: i32): void {
  for (let n = 0; n < outer; n++) {
    computeRows(problem, x, y, 0, axis, low, high, 0, 0);
    x += bytes(problem, DEPTH);
    y += bytes(problem, OUT_DEPTH);
  }
}

/** Computes dx from x and dy. */
export function poolGrad(problem: usize, x: usize, dy: usize, dx: usize, outer: i32, axis: i32, low: i32, high: i32): void {
  // The outputs whose windows cover any of the part's inputs.
  const start = axis == 0 ? DEPTH_START : axis == 1 ? HEIGHT_START : WIDTH_START;
  const count = start + 4;
  const step = field(problem, start + 8);
  const outputs = field(problem, OUT_DEPTH + axis * 4);
  let first = 0;
  while (first < outputs && tableEntry(problem, start, first) + (tableEntry(problem, count, first) - 1) * step < low) first++;
  let end = outputs;
  while (end > first && tableEntry(problem, start, end - 1) >= high) end--;
  const line = bytes(problem, DEPTH) / <usize>field(problem, DEPTH + axis * 4);
  for (let n = 0; n < outer; n++) {
    memory.fill(dx + <usize>low * line, 0, <usize>(high - low) * line);
    computeRows(problem, x, dy, dx, axis, first, end, low, high);
    x += bytes(problem, DEPTH);
    dx += bytes(problem, DEPTH);
    dy += bytes(problem, OUT_DEPTH);
  }
}

/**
 * The bytes of one outer element, of the input (sizes from DEPTH on) or the output (sizes from
 * OUT_DEPTH on).
 */
function bytes(problem: usize, sizes: i32): usize {
  const positions = <usize>field(problem, sizes) * <usize>field(problem, sizes + 4) * <usize>field(problem, sizes + 8);
  return positions * <usize>field(problem, INNER) * <usize>field(problem, ELEMENT);
}

/**
 * Computes the outputs `first` to `end` along `axis` of one outer element, tile by tile and row by
 * row, to `y`; or, with a `dx`, the gradients of the inputs from `low` to `high`, from `y`.
 */
function computeRows(problem: usize, x: usize, y: usize, dx: usize, axis: i32, first: i32, end: i32, low: i32, high: i32): void {
  const method = field(problem, METHOD);
  const line = field(problem, INNER) * field(problem, ELEMENT);
  const firstDepth = axis == 0 ? first : 0;
  const endDepth = axis == 0 ? end : field(problem, OUT_DEPTH);
  const firstHeight = axis == 1 ? first : 0;
  const endHeight = axis == 1 ? end : field(problem, OUT_HEIGHT);
  const firstWidth = axis == 2 ? first : 0;
  const endWidth = axis == 2 ? end : field(problem, OUT_WIDTH);
  const tile = field(problem, TILE);
  for (let width = firstWidth; width < endWidth; width += tile) {
    const count = min(tile, endWidth - width);
    if (method == ROWS) layOutTile(problem, width, count, true);
    const band = method > ROWS ? bandRows(count * field(problem, INNER)) : 1;
    for (let depth = firstDepth; depth < endDepth; depth++) {
      for (let height = firstHeight; height < endHeight; height += band) {
        const row = y + <usize>(((depth * field(problem, OUT_HEIGHT) + height) * field(problem, OUT_WIDTH) + width) * line);
        if (method == ONE_WINDOW) windowsRow(problem, x, row, dx, depth, height, width, count, axis, low, high);
        else if (method == ROWS) anyRow(problem, x, row, dx, depth, height, width, count, axis, low, high);
        else window2Rows(problem, x, row, dx, depth, height, width, count, min(band, endHeight - height));
      }
    }
  }
}

/** Computes one row of outputs with one-window.ts. */
function windowsRow(
  problem: usize,
  x: usize,
  y: usize,
  dx: usize,
  depth: i32,
  height: i32,
  width: i32,
  count: i32,
  axis: i32,
  low: i32,
  high: i32,
): void {
  const inner = field(problem, INNER);
  for (let i = width; i < width + count; i++) {
    if (dx == 0) poolWindow(problem, x, y, depth, height, i, 0, inner);
    else poolWindowGrad(problem, x, y, dx, depth, height, i, 0, inner, axis, low, high);
    y += inner * field(problem, ELEMENT);
  }
}

/**
 * Computes one row of outputs with rows-*.ts, or with one-window.ts where windows are not finite or
 * a row cannot be served.
 */
function anyRow(
  problem: usize,
  x: usize,
  y: usize,
  dx: usize,
  depth: i32,
  height: i32,
  width: i32,
  count: i32,
  axis: i32,
  low: i32,
  high: i32,
): void {
  const isShared = field(problem, SHARED) != 0;
  if (isShared && dx != 0 && field(problem, EXACT)) {
    windowsRow(problem, x, y, dx, depth, height, width, count, axis, low, high);
    return;
  }
  findRows(problem, x, depth, height);
  const target = dx == 0 ? y : 0;
  let finite = true;
  if (fitsWindow3(problem)) {
    finite = sumThree(problem, target);
  } else {
    sumDown(problem, target == 0);
    finite = sumAcross(problem, target);
  }
  if (dx != 0) addRowGradients(problem, y, dx, depth, height, axis, low, high);
  if (finite) return;
  const inner = field(problem, INNER);
  // Channels that share their weights are finite together.
  const channels = isShared ? inner : 1;
  for (let i = 0; i < count * inner; i += channels) {
    const at = y + (<usize>i << 2);
    if (dx == 0) {
      if (!isFinite(load<f32>(at))) poolWindow(problem, x, at, depth, height, width + i / inner, i % inner, channels);
    } else if (!isResultFinite(i)) {
      poolWindowGrad(problem, x, at, dx, depth, height, width + i / inner, i % inner, channels, axis, low, high);
    }
  }
}

/**
 * Computes rows of outputs with window-2-*.ts, and again with one-window.ts where windows are not
 * finite.
 */
function window2Rows(problem: usize, x: usize, y: usize, dx: usize, depth: i32, height: i32, width: i32, count: i32, band: i32): void {
  const inner = field(problem, INNER);
  const rows = field(problem, METHOD) == WINDOW_2_FROM_1 ? 1 : field(problem, METHOD) == WINDOW_2_FROM_2 ? 2 : 4;
  const corner = windowCorner(problem, depth, height, width);
  const finite =
    dx == 0
      ? poolWindow2(problem, x + corner, y, count * inner, rows, band)
      : poolWindow2Grad(problem, x + corner, y, dx + corner, count * inner, rows, band);
  if (finite) return;
  for (let i = 0; i < band * count * inner; i++) {
    const at = y + (<usize>i << 2);
    const channel = i % inner;
    const position = i / inner;
    const row = height + position / count;
    const column = width + (position % count);
    const window = windowCorner(problem, depth, row, column) + (<usize>channel << 2);
    const isInputFinite = isWindowFinite(problem, x + window, 2 * rows);
    if (dx == 0) {
      if (!isInputFinite || !isFinite(load<f32>(at))) poolWindow(problem, x, at, depth, row, column, channel, 1);
    } else if (!isInputFinite) {
      for (let tap = 0; tap < 2 * rows; tap++) store<f32>(dx + window + window2Tap(problem, tap), 0);
      poolWindowGrad(problem, x, at, dx, depth, row, column, channel, 1, 0, 0, i32.MAX_VALUE);
    }
  }
}

/** Whether all values of a window of 2 along each axis are finite. Its first value is at `x`. */
function isWindowFinite(problem: usize, x: usize, taps: i32): bool {
  for (let tap = 0; tap < taps; tap++) {
    if (!isFinite(load<f32>(x + window2Tap(problem, tap)))) return false;
  }
  return true;
}

/** The byte offset of the first value of a window of 2 along each axis. */
function windowCorner(problem: usize, depth: i32, height: i32, width: i32): usize {
  const row = 2 * depth * field(problem, HEIGHT) + 2 * height;
  return <usize>((row * field(problem, WIDTH) + 2 * width) * field(problem, INNER)) << 2;
}

/** The byte offset of a value of a window of 2 from its first. */
function window2Tap(problem: usize, tap: i32): usize {
  const right = tap & 1;
  const below = (tap >> 1) & 1;
  const behind = tap >> 2;
  return <usize>(((behind * field(problem, HEIGHT) + below) * field(problem, WIDTH) + right) * field(problem, INNER)) << 2;
}
