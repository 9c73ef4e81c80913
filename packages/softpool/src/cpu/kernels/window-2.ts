/**
 * Windows of 2, 2×2 or 2×2×2 at stride 2, without padding: the most common case, and the fastest.
 * See window-2-forward.ts and window-2-gradient.ts. "Rows" are the 1, 2 or 4 rows of inputs that a
 * window covers.
 *
 * The loops are functions of their own for each number of rows. These functions are exported only
 * so that the compiler optimizes each by itself: together, they have more constants than the
 * machine has registers, and take a third longer. The build joins those that lose nothing
 * afterwards (scripts/split-kernels.mjs).
 */
import { field } from './read-problem';
import { INNER, WIDTH } from './problem-fields';

/** Vectors of outputs in a block. */
export const BLOCK: i32 = 64;

/** The bytes of an array with an entry for each value of a block's windows. */
export const ARRAY: usize = BLOCK * 8 * 16;

/** The scratch that these kernels need: differences, exponentials and maxima. */
export const WINDOW_2_SCRATCH: usize = 2 * ARRAY + BLOCK * 16;

/**
 * The rows of `count` outputs computed together, so that short rows fill a block: only whole
 * vectors follow one another.
 */
export function bandRows(count: i32): i32 {
  return count % 4 == 0 ? max(1, (BLOCK << 2) / count) : 1;
}

/** The bytes from the inputs of one row of windows to those of the next. */
export function bandStep(problem: usize): usize {
  return <usize>(2 * field(problem, WIDTH) * field(problem, INNER)) << 2;
}

/**
 * The offset of the first window values of output vector `v` in a row, in bytes. In channelsFirst
 * the two columns of windows alternate, and the last vector reaches back if the row ends within it.
 * In channelsLast columns are positions of `inner` bytes.
 */
@inline
export function columnOffset(v: i32, inner: usize, count: i32): usize {
  if (inner == 4) return min(<usize>v << 5, <usize>(count - 4) << 3);
  const position = (<usize>v << 4) / inner;
  return (<usize>v << 4) + position * inner;
}
