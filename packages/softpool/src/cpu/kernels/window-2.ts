/**
 * Windows of 2, 2×2 or 2×2×2 at stride 2, without padding: the most common case, and the fastest.
 * Three passes over a block that stays in the first-level cache: differences from the maximum,
 * their exponentials, and the results. See window-2-forward.ts and window-2-gradient.ts. "Rows" are
 * the 1, 2 or 4 rows of inputs that a window covers.
 *
 * Each pass is a function of its own for each number of rows. These functions are exported only so
 * that the optimizer keeps them apart: joined, they have more constants than the machine has
 * registers, and take a third longer.
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

/**
 * Σ e over the `values` (1, 2, 3, 4, 7 or 8) differences at `d`, whose exponentials lie ARRAY bytes
 * behind. It adds by halves, since every step may round.
 */
@inline
export function sumOfWeights(d: usize, values: i32): v128 {
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
@inline
export function sumOfProducts(d: usize, values: i32): v128 {
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

@inline
function product(d: usize, at: usize): v128 {
  return f32x4.mul(v128.load(d + at), v128.load(d + at, ARRAY));
}
