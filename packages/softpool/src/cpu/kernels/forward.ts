/**
 * The entry point of the forward pass: loops over the rows of windows of a part of a job, by the
 * method that the plan has chosen.
 *
 * A part is `outer` consecutive elements, and in each the outputs (in a gradient, the inputs) from
 * `low` to `high` along `axis`, the first axis longer than 1: 0 depth, 1 height, 2 width. If only a
 * part of a tensor is in memory, its address is the one that the whole tensor would have.
 */
import { NEAR_ZERO } from './exp';
import { field } from './read-problem';
import { APART, DEPTH, ELEMENT, INNER, LOWEST, METHOD, OUT_DEPTH, SHARED } from './problem-fields';
import { poolWindows } from './one-window';
import { sumAcross } from './rows-across';
import { sumDown } from './rows-down';
import { findRows } from './rows-tile';
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
import { isWindowFinite, windowCorner } from './window-2-places';
import { poolWindow2 } from './window-2-forward';
import { fitsWindow3, sumThree } from './window-3';
import { LEAST_APART, poolWindowsApart } from './windows-apart';
import { bytesApart, endOfNeighbors } from './windows-in-pairs';

// Exported only so that the optimizer keeps them apart: see window-2.ts.
export { combine1, combine2, combine4, tournament1, tournament2, tournament4 } from './window-2-forward';

/** Computes y from x. */
export function pool(problem: usize, x: usize, y: usize, outer: i32, axis: i32, low: i32, high: i32): void {
  for (let n = 0; n < outer; n++) {
    for (startRows(problem, axis, low, high); hasRows(); nextRows(problem)) {
      const row = y + rowOffset(problem);
      if (field(problem, METHOD) == ONE_WINDOW) poolByWindows(problem, x, row);
      else if (field(problem, METHOD) == ROWS) poolRow(problem, x, row);
      else poolRows2(problem, x, row);
    }
    x += outerBytes(problem, DEPTH);
    y += outerBytes(problem, OUT_DEPTH);
  }
}

/** Computes the row with one-window.ts: neighbors of the same shape and distance together. */
function poolByWindows(problem: usize, x: usize, y: usize): void {
  const inner = field(problem, INNER);
  const element = field(problem, ELEMENT);
  const end = width + count;
  for (let i = width; i < end; ) {
    const next = endOfNeighbors(problem, i, end);
    const apart = bytesApart(problem, i, next);
    poolWindows(problem, x, y, depth, height, i, 0, (next - i) * inner, apart);
    y += (next - i) * inner * element;
    i = next;
  }
}

/**
 * Computes the row with rows-*.ts or windows-apart.ts, or with one-window.ts where windows are not
 * finite.
 */
function poolRow(problem: usize, x: usize, y: usize): void {
  findRows(problem, x, depth, height);
  if (field(problem, APART) >= LEAST_APART) {
    poolWindowsApart(problem, y, width, width + count);
  } else {
    let finite = true;
    if (fitsWindow3(problem)) {
      finite = sumThree(problem, y);
    } else {
      sumDown(problem, false);
      finite = sumAcross(problem, y);
    }
    if (finite) return;
  }
  const inner = field(problem, INNER);
  // Channels that share their weights are finite together.
  const channels = field(problem, SHARED) ? inner : 1;
  for (let i = 0; i < count * inner; i += channels) {
    const at = y + (<usize>i << 2);
    if (!isFinite(load<f32>(at))) poolWindows(problem, x, at, depth, height, width + i / inner, i % inner, channels, 4);
  }
}

/**
 * Computes the rows with window-2-forward.ts, and with one-window.ts where windows are not finite:
 * those with −∞ only where it could count.
 */
function poolRows2(problem: usize, x: usize, y: usize): void {
  const inner = field(problem, INNER);
  const rows = window2Rows(problem);
  if (poolWindow2(problem, x + windowCorner(problem, depth, height, width), y, count * inner, rows, band)) return;
  const nearZero = load<f32>(problem, LOWEST) * NEAR_ZERO;
  for (let i = 0; i < band * count * inner; i++) {
    const at = y + (<usize>i << 2);
    const output = load<f32>(at);
    if (abs(output) >= nearZero && isFinite(output)) continue;
    const channel = i % inner;
    const row = height + i / inner / count;
    const column = width + ((i / inner) % count);
    const window = windowCorner(problem, depth, row, column) + (<usize>channel << 2);
    if (isFinite(output) && isWindowFinite(problem, x + window, 2 * rows)) continue;
    poolWindows(problem, x, at, depth, row, column, channel, 1, 4);
  }
}
