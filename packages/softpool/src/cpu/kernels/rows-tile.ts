/**
 * Windows of any kind, a row of outputs at a time, in vectors along the row in either layout. Each
 * window is summed axis by axis:
 *
 *     down     for each column, over the window's rows:
 *              m_c = max x,  E_c = Σ e,  N_c = Σ e (x − m_c)
 *     across   for each output, over its columns:
 *              m = max m_c,  E = Σ E_c,  N = Σ N_c + E_c (m_c − m),  y = m + N / E
 *
 * All terms of N have one sign, so nothing cancels and y stays in [min, max]. There are two ways to
 * compute e.
 *
 * Reused: e = exp(β x), once per input, kept in a ring of rows for all windows over it, so that the
 * cost of a window grows with its sides and not with its area. Right while every |β x| of its rows
 * is small (see expGuarded), as activations nearly always are. Shared weights are always reused:
 * windows for which that is not right are computed again, one by one (see shareWeights).
 *
 * Careful: e = exp(β (x − m_c)) down and f = exp(β (m_c − m)) across, with E = Σ E_c f and N = Σ
 * (N_c + E_c (m_c − m)) f. Right for all finite inputs, and as fast where windows do not overlap.
 *
 * Sums of more than eight terms are in float64. For the gradient so are those of more than three,
 * and all careful sums: a weight near 1 has every error of E, while in an output N is small.
 *
 * This file lays out the scratch; rows-down.ts and rows-across.ts sum.
 */
import { expGuarded, GUARD, LOWEST_EXPONENT } from './exp';
import { prefetch } from './prefetch';
import { field, mostRows, tableEntry } from './read-problem';
import {
  DEPTH_COUNT,
  DEPTH_START,
  DEPTH_STEP,
  HEIGHT,
  HEIGHT_COUNT,
  HEIGHT_START,
  HEIGHT_STEP,
  INNER,
  OUT_WIDTH,
  RING_DEPTH,
  RING_HEIGHT,
  SCRATCH,
  SHARED,
  TILE,
  TO_EXPONENT,
  WIDTH,
  WIDTH_BEFORE,
  WIDTH_COUNT,
  WIDTH_KERNEL,
  WIDTH_START,
  WIDTH_STEP,
  WIDTH_STRIDE,
} from './problem-fields';
import { highHalf } from './vectors';

/** The identity of max, used for m_c in padding. It is finite so that 0 times it is 0. */
export const NO_MAXIMUM: f32 = -3.4028234663852886e38;

/**
 * The bytes of a long row. The exponentials of a row are computed in one stream, in which a
 * processor fetches short rows ahead but waits in long ones. Without them all rows of a window are
 * read side by side: there it waits in short ones.
 */
const LONG_ROW: usize = 8192;

/** The most terms of a sum in float32. */
export const SHORT: i32 = 8;

// The tile: its outputs, the input columns they cover, and the first column of the rows m_c, E_c,
// N_c, maybe in the padding.
export let firstOutput: i32 = 0;
export let outputs: i32 = 0;
export let firstColumn: i32 = 0;
export let columns: i32 = 0;
export let originColumn: i32 = 0;

// The scratch: the rows m_c, E_c, N_c; the same for each tap across, if vectors cannot load them in
// place; the results m, N / E, E, and two rows more; the ring of rows of e, with a tag each; and
// the addresses of x and of e of the current window's rows.
export let rowBytes: usize = 0;
export let outputBytes: usize = 0;
export let down: usize = 0;
export let gathered: usize = 0;
export let results: usize = 0;
let ring: usize = 0;
let tags: usize = 0;
export let addresses: usize = 0;

/** The rows in the current window, and whether their exponentials are reused. */
export let windowRows: i32 = 0;
export let reused: bool = false;

/**
 * Whether vectors load the taps of four outputs in place: at stride 1, or at stride 2 as every
 * second element of two vectors.
 */
@inline
export function inPlace(problem: usize): bool {
  return field(problem, WIDTH_STRIDE) == 1 || (field(problem, WIDTH_STRIDE) == 2 && field(problem, INNER) == 1);
}

/** The first column of an output's window, which may be in the padding. */
@inline
export function windowColumn(problem: usize, output: i32): i32 {
  const stride = field(problem, WIDTH_STRIDE);
  return stride ? output * stride - field(problem, WIDTH_BEFORE) : tableEntry(problem, WIDTH_START, output);
}

/** The taps across of an output's window, padding included. */
@inline
export function windowColumns(problem: usize, output: i32): i32 {
  return field(problem, WIDTH_STRIDE) ? field(problem, WIDTH_KERNEL) : tableEntry(problem, WIDTH_COUNT, output);
}

/** The bytes of scratch for any tile of the problem. */
export function rowsScratch(problem: usize): usize {
  let most: usize = 0;
  for (let output = 0; output < field(problem, OUT_WIDTH); output += field(problem, TILE)) {
    most = max(most, layOutTile(problem, output, min(field(problem, TILE), field(problem, OUT_WIDTH) - output), false));
  }
  return most;
}

/** Lays out the scratch for a tile, and with `clear` clears it. Returns the bytes it takes. */
export function layOutTile(problem: usize, output: i32, count: i32, clear: bool): usize {
  const inner = field(problem, INNER);
  const step = field(problem, WIDTH_STEP);
  const lastOutput = output + count - 1;
  const endColumn = windowColumn(problem, lastOutput) + (windowColumns(problem, lastOutput) - 1) * step + 1;
  firstOutput = output;
  outputs = count;
  originColumn = windowColumn(problem, output);
  firstColumn = max(originColumn, 0);
  // Vectors need four elements: a short tile takes surplus columns.
  const end = min(field(problem, WIDTH), max(endColumn, firstColumn + 4));
  firstColumn = min(firstColumn, max(0, end - 4));
  originColumn = min(originColumn, firstColumn);
  columns = end - firstColumn;
  const slots = <usize>(field(problem, RING_DEPTH) * field(problem, RING_HEIGHT));
  rowBytes = rounded(<usize>((max(endColumn, end) - originColumn) * inner) << 2);
  outputBytes = rounded(<usize>(count * inner) << 2);
  down = <usize>field(problem, SCRATCH);
  results = down + 3 * rowBytes;
  gathered = results + 5 * outputBytes;
  ring = gathered + (inPlace(problem) || inner >= 4 ? 0 : <usize>field(problem, WIDTH_KERNEL) * 3 * outputBytes);
  // The gradient gathers rows of x, e and dx there.
  ring = max(ring, gathered + 3 * outputBytes);
  tags = ring + slots * rowBytes;
  addresses = tags + rounded(slots << 2);
  if (clear) {
    memory.fill(tags, 0xff, slots << 2);
    const elements = rowBytes >> 2;
    for (let i: usize = 0; i < elements; i++) store<f32>(down + (i << 2), NO_MAXIMUM);
    memory.fill(down + rowBytes, 0, 2 * rowBytes);
  }
  return addresses + (<usize>mostRows(problem) << 3) - <usize>field(problem, SCRATCH);
}

/** The bytes of whole vectors, and of one that reaches over the end. */
function rounded(bytes: usize): usize {
  return (bytes + 47) & ~15;
}

/**
 * Finds the rows of a window, and computes their exponentials if they can be reused. Sets `reused`.
 */
export function findRows(problem: usize, x: usize, depth: i32, height: i32): void {
  const depths = tableEntry(problem, DEPTH_COUNT, depth);
  const heights = tableEntry(problem, HEIGHT_COUNT, height);
  const inner = field(problem, INNER);
  const ringDepth = field(problem, RING_DEPTH);
  const ringHeight = field(problem, RING_HEIGHT);
  const isShared = field(problem, SHARED) != 0;
  windowRows = depths * heights;
  reused = ringDepth > 0;
  const bytes = <usize>(columns * inner) << 2;
  let entry = addresses;
  for (let i = 0; i < depths; i++) {
    const d = tableEntry(problem, DEPTH_START, depth) + i * field(problem, DEPTH_STEP);
    for (let j = 0; j < heights; j++) {
      const h = tableEntry(problem, HEIGHT_START, height) + j * field(problem, HEIGHT_STEP);
      const row = d * field(problem, HEIGHT) + h;
      const from = x + (<usize>((row * field(problem, WIDTH) + firstColumn) * inner) << 2);
      store<usize>(entry, from);
      if (ringDepth > 0) {
        const slot = <usize>((d & (ringDepth - 1)) * ringHeight + (h & (ringHeight - 1)));
        const e = ring + slot * rowBytes;
        const tag = tags + (slot << 2);
        if (load<i32>(tag) >> 1 != row) {
          if (bytes >= LONG_ROW) prefetch(from, bytes);
          const safe = expGuarded(problem, from, e, bytes);
          if (isShared) shareWeights(problem, from, e, safe);
          store<i32>(tag, (row << 1) | i32(safe || isShared));
        }
        store<usize>(entry, e, 4);
        reused = reused && (load<i32>(tag) & 1) != 0;
      } else if (bytes < LONG_ROW) {
        prefetch(from, bytes);
      }
      entry += 8;
    }
  }
}

/**
 * Replaces the exponentials of a position's channels by their sum. Unless all of the row are
 * `safe`, the sum of a position for which it is not accurate is NaN, so that no result over it is
 * finite, and only these windows are computed one by one.
 */
function shareWeights(problem: usize, x: usize, e: usize, safe: bool): void {
  const inner = field(problem, INNER);
  const scale = load<f32>(problem, TO_EXPONENT);
  const bytes = <usize>inner << 2;
  for (let i = 0; i < columns; i++) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    let at: usize = 0;
    for (; at + 16 <= bytes; at += 16) {
      const values = v128.load(e + at);
      low = f64x2.add(low, f64x2.promote_low_f32x4(values));
      high = f64x2.add(high, f64x2.promote_low_f32x4(highHalf(values)));
    }
    low = f64x2.add(low, high);
    let sum = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
    for (; at < bytes; at += 4) sum += load<f32>(e + at);
    if (!safe && !isAccurate(x, scale, bytes)) sum = NaN;
    const shared = f32x4.splat(<f32>sum);
    for (at = 0; at + 16 <= bytes; at += 16) v128.store(e + at, shared);
    for (; at < bytes; at += 4) store<f32>(e + at, <f32>sum);
    e += bytes;
    x += bytes;
  }
}

/**
 * Whether the sum of a position's exponentials is accurate: the largest exponent of 2 is within
 * ±16, as in expGuarded. A smaller one then has little or no share in it, and needs only to be in
 * the range of exp2.
 */
function isAccurate(x: usize, scale: f32, bytes: usize): bool {
  let lowest: f32 = 0;
  let highest: f32 = -Infinity;
  for (let at: usize = 0; at < bytes; at += 4) {
    const exponent = load<f32>(x + at) * scale;
    lowest = min(lowest, exponent); // NaN if one is
    highest = max(highest, exponent);
  }
  return lowest >= LOWEST_EXPONENT && abs(highest) <= <f32>GUARD;
}

/** Whether result `i` was finite, after the gradient of a row. */
export function isResultFinite(i: i32): bool {
  return load<i32>(results + 3 * outputBytes + (<usize>i << 2)) != 0;
}
