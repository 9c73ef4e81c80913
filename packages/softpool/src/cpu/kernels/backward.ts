/** The entry point of the gradient. Parts are as in forward.ts, but of inputs. */
import { field, tableEntry } from './read-problem';
import {
  APART,
  DEPTH,
  DEPTH_COUNT,
  DEPTH_START,
  DEPTH_STEP,
  ELEMENT,
  EXACT,
  HEIGHT_START,
  INNER,
  METHOD,
  OUT_DEPTH,
  SHARED,
  WIDTH,
  WIDTH_START,
} from './problem-fields';
import { poolWindowGrads } from './one-window';
import { sumAcross } from './rows-across';
import { sumDown } from './rows-down';
import { addRowGradients } from './rows-gradient';
import { findRows, isResultFinite } from './rows-tile';
import { isAnyLarge, startGradient } from './scaled-gradient';
import {
  band,
  count,
  depth,
  hasRows,
  height,
  nextRows,
  ONE_WINDOW,
  outerBytes,
  rowOffset,
  ROWS,
  startRows,
  width,
  window2Rows,
} from './walk';
import { isWindowFinite, window2Tap, windowCorner } from './window-2-places';
import { poolWindow2Grad } from './window-2-gradient';
import { fitsWindow3, sumThree } from './window-3';
import { LEAST_APART_GRAD, setWindowApartGrad } from './windows-apart';
import { bytesApart, endOfNeighbors } from './windows-in-pairs';

// Exported only so that the optimizer keeps them apart: see window-2.ts.
export { set1, set2, set4 } from './window-2-gradient';

/**
 * Computes dx from x and dy, or, of windows that overlap, dx times `scale`. Returns whether some dy
 * was so large that a sum may have overflowed: see ../gradient-overflow.ts.
 */
export function poolGrad(
  problem: usize,
  x: usize,
  dy: usize,
  dx: usize,
  outer: i32,
  axis: i32,
  low: i32,
  high: i32,
  scale: f64,
): bool {
  startGradient(scale);
  // The outputs whose windows cover any of the part's inputs.
  const start = axis == 0 ? DEPTH_START : axis == 1 ? HEIGHT_START : WIDTH_START;
  const counts = start + DEPTH_COUNT - DEPTH_START;
  const step = field(problem, start + DEPTH_STEP - DEPTH_START);
  const outputs = field(problem, OUT_DEPTH + axis * 4);
  let first = 0;
  while (first < outputs && tableEntry(problem, start, first) + (tableEntry(problem, counts, first) - 1) * step < low) first++;
  let end = outputs;
  while (end > first && tableEntry(problem, start, end - 1) >= high) end--;
  const line = outerBytes(problem, DEPTH) / <usize>field(problem, DEPTH + axis * 4);
  // Windows of 2 write what they cover, usually everything.
  const covered = outerBytes(problem, OUT_DEPTH) * <usize>(2 * window2Rows(problem));
  const isWritten = field(problem, METHOD) > ROWS && outerBytes(problem, DEPTH) == covered;
  for (let n = 0; n < outer; n++) {
    if (!isWritten) memory.fill(dx + <usize>low * line, 0, <usize>(high - low) * line);
    for (startRows(problem, axis, first, end); hasRows(); nextRows(problem)) {
      const row = dy + rowOffset(problem);
      const method = field(problem, METHOD);
      if (method == ONE_WINDOW || (method == ROWS && field(problem, SHARED) && field(problem, EXACT))) {
        addByWindows(problem, x, row, dx, axis, low, high);
      } else if (method == ROWS) addRow(problem, x, row, dx, axis, low, high);
      else setRows2(problem, x, row, dx);
    }
    x += outerBytes(problem, DEPTH);
    dx += outerBytes(problem, DEPTH);
    dy += outerBytes(problem, OUT_DEPTH);
  }
  return isAnyLarge();
}

/** Adds the row's gradients with one-window.ts: neighbors whose inputs are all written together. */
function addByWindows(problem: usize, x: usize, dy: usize, dx: usize, axis: i32, low: i32, high: i32): void {
  const inner = field(problem, INNER);
  const element = field(problem, ELEMENT);
  const end = width + count;
  const isPart = axis == 2 && (low > 0 || high < field(problem, WIDTH));
  for (let i = width; i < end; ) {
    const next = isPart || field(problem, SHARED) ? i + 1 : endOfNeighbors(problem, i, end);
    const apart = bytesApart(problem, i, next);
    poolWindowGrads(problem, x, dy, dx, depth, height, i, 0, (next - i) * inner, apart, axis, low, high);
    dy += (next - i) * inner * element;
    i = next;
  }
}

/**
 * Adds the row's gradients with rows-*.ts or windows-apart.ts, or with one-window.ts where windows
 * are not finite.
 */
function addRow(problem: usize, x: usize, dy: usize, dx: usize, axis: i32, low: i32, high: i32): void {
  findRows(problem, x, depth, height);
  if (field(problem, APART) >= LEAST_APART_GRAD) {
    for (let i = width; i < width + count; i++) {
      if (!setWindowApartGrad(problem, x, dy, dx, depth, height, i, axis, low, high)) {
        poolWindowGrads(problem, x, dy, dx, depth, height, i, 0, 1, 4, axis, low, high);
      }
      dy += 4;
    }
    return;
  }
  let finite = true;
  if (fitsWindow3(problem)) {
    finite = sumThree(problem, 0);
  } else {
    sumDown(problem, true);
    finite = sumAcross(problem, 0);
  }
  addRowGradients(problem, dy, dx, depth, height, axis, low, high);
  if (finite) return;
  const inner = field(problem, INNER);
  // Channels that share their weights are finite together.
  const channels = field(problem, SHARED) ? inner : 1;
  for (let i = 0; i < count * inner; i += channels) {
    if (isResultFinite(i)) continue;
    poolWindowGrads(problem, x, dy + (<usize>i << 2), dx, depth, height, width + i / inner, i % inner, channels, 4, axis, low, high);
  }
}

/**
 * Writes the rows' gradients with window-2-gradient.ts, or with one-window.ts where windows are not
 * finite.
 */
function setRows2(problem: usize, x: usize, dy: usize, dx: usize): void {
  const inner = field(problem, INNER);
  const rows = window2Rows(problem);
  const corner = windowCorner(problem, depth, height, width);
  if (poolWindow2Grad(problem, x + corner, dy, dx + corner, count * inner, rows, band)) return;
  for (let i = 0; i < band * count * inner; i++) {
    const channel = i % inner;
    const row = height + i / inner / count;
    const column = width + ((i / inner) % count);
    const window = windowCorner(problem, depth, row, column) + (<usize>channel << 2);
    if (isWindowFinite(problem, x + window, 2 * rows)) continue;
    for (let tap = 0; tap < 2 * rows; tap++) store<f32>(dx + window + window2Tap(problem, tap), 0);
    poolWindowGrads(problem, x, dy + (<usize>i << 2), dx, depth, row, column, channel, 1, 4, 0, 0, i32.MAX_VALUE);
  }
}
