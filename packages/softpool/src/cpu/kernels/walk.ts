/**
 * The walk over the rows of windows of one outer element, tile by tile:
 *
 *     for (startRows(problem, axis, first, end); hasRows(); nextRows(problem)) …
 */
import { field } from './read-problem';
import { DEPTH, ELEMENT, INNER, METHOD, OUT_DEPTH, OUT_HEIGHT, OUT_WIDTH, TILE } from './problem-fields';
import { layOutTile } from './rows-tile';
import { bandRows } from './window-2';

/**
 * The methods, as numbered in plan.ts: one window at a time (one-window.ts), rows of any windows
 * (rows-*.ts), windows of 2 from 1, 2 or 4 rows of inputs (window-2.ts).
 */
export const ONE_WINDOW: i32 = 0;
export const ROWS: i32 = 1;
const WINDOW_2_FROM_1: i32 = 2;
const WINDOW_2_FROM_2: i32 = 3;

// The current row of windows, its first window and how many they are; and how many such rows are
// computed together.
export let depth: i32 = 0;
export let height: i32 = 0;
export let width: i32 = 0;
export let count: i32 = 0;
export let band: i32 = 0;

let firstDepth: i32 = 0;
let endDepth: i32 = 0;
let firstHeight: i32 = 0;
let endHeight: i32 = 0;
let endWidth: i32 = 0;

/** Goes to the first row of the outputs from `first` to `end` along `axis`. */
export function startRows(problem: usize, axis: i32, first: i32, end: i32): void {
  firstDepth = axis == 0 ? first : 0;
  endDepth = axis == 0 ? end : field(problem, OUT_DEPTH);
  firstHeight = axis == 1 ? first : 0;
  endHeight = axis == 1 ? end : field(problem, OUT_HEIGHT);
  endWidth = axis == 2 ? end : field(problem, OUT_WIDTH);
  depth = firstDepth;
  height = firstHeight;
  width = axis == 2 ? first : 0;
  if (hasRows()) startTile(problem);
}

/** Whether there is a current row. */
export function hasRows(): bool {
  return depth < endDepth && height < endHeight && width < endWidth;
}

/** Goes to the next row, or to those that follow a band. */
export function nextRows(problem: usize): void {
  height += band;
  if (height >= endHeight) {
    height = firstHeight;
    depth++;
    if (depth >= endDepth) {
      depth = firstDepth;
      width += field(problem, TILE);
      if (width < endWidth) startTile(problem);
      return;
    }
  }
  startBand(problem);
}

function startTile(problem: usize): void {
  count = min(field(problem, TILE), endWidth - width);
  if (field(problem, METHOD) == ROWS) layOutTile(problem, width, count, true);
  startBand(problem);
}

function startBand(problem: usize): void {
  band = field(problem, METHOD) > ROWS ? min(bandRows(count * field(problem, INNER)), endHeight - height) : 1;
}

/** The offset in bytes of the current row's first output. */
export function rowOffset(problem: usize): usize {
  const position = (depth * field(problem, OUT_HEIGHT) + height) * field(problem, OUT_WIDTH) + width;
  return <usize>(position * field(problem, INNER) * field(problem, ELEMENT));
}

/**
 * The bytes of one outer element, of the input (sizes from DEPTH on) or the output (sizes from
 * OUT_DEPTH on).
 */
export function outerBytes(problem: usize, sizes: i32): usize {
  const positions = <usize>field(problem, sizes) * <usize>field(problem, sizes + 4) * <usize>field(problem, sizes + 8);
  return positions * <usize>field(problem, INNER) * <usize>field(problem, ELEMENT);
}

/** The rows of inputs that a window of 2 covers. */
export function window2Rows(problem: usize): i32 {
  const method = field(problem, METHOD);
  return method == WINDOW_2_FROM_1 ? 1 : method == WINDOW_2_FROM_2 ? 2 : 4;
}
