/**
 * The kernel that pools images and frames (AssemblyScript): one row of outputs at a time, up to
 * MOST_OUTPUTS of them. If the windows fit the piece, and the frame is in one window of time,
 * `pool` does the row in one call. Else pieces of input rows are added to sums one after another,
 * and sums of a frame to those of windows of time. What it computes is in ../pool-by-definition.ts;
 * it makes the same operations in the same order, so that the bits are the same. ../pool-rows.ts
 * calls it.
 *
 * The sums of an output, in float64:
 *     shared weights:       Σ w x of three colors, Σ w, and with alpha Σ w (maximum − alpha), 0
 *     weights of their own: Σ w and Σ w x of each channel
 */
import { LARGEST, LEVELS, OUTPUTS, SUMS } from '../layout';
import { addChannels, addShared, raiseLargest } from './any';
import { setConstants } from './constants';
import { poolFloatChannels, poolFloatColors } from './floats';
import { channels, colors, hasLevels, isShared, maximum, sampleBytes, setImage, slices, sumBytes } from './image';
import { sumChannels16, sumChannels8, sumColors16, sumColors8 } from './levels';
import { isAlone, setTime } from './time';
import { weightOf } from './weights';
import { write, writeChannels, writeColors, writeShared } from './write';

/**
 * Describes the image: its channels, how many of them are colors, the bytes of a sample (4 for
 * float32), the sample that stands for 1, β per unit of a value, whether weights are shared, and
 * relative to the largest value of the window, the slices of the scale in FIRST_LEVELS, and whether
 * outputs are values, not samples.
 */
export function setUp(
  channelCount: i32,
  colorCount: i32,
  bytes: i32,
  largestSample: f64,
  beta: f64,
  shared: bool,
  relative: bool,
  sliceCount: f64,
  values: bool,
): void {
  setConstants();
  setImage(channelCount, colorCount, bytes, largestSample, beta, shared, relative, sliceCount, values);
}

/** Computes the weight of every level, whose value is in the table. */
export function weighLevels(levels: i32): void {
  for (let i = 0; i < levels; i++) {
    const entry = <usize>LEVELS + (<usize>i << 4);
    store<f64>(entry, weightOf(load<f64>(entry, 8), maximum));
  }
}

/**
 * Pools windows that lie in the piece with all their pixels: `rows` rows of `pixels` pixels, the
 * first in column `column`. The frame counts `weight` times in a window of time, whose sums are at
 * `sums` unless it is the first and the last in it. If it is the last, the outputs are computed.
 * Returns false if it cannot: some levels are partly transparent, or their weights are relative.
 */
export function pool(outputs: i32, column: i32, pixels: i32, rows: i32, weight: f64, sums: usize, isFirst: bool, isLast: bool): bool {
  setTime(weight, sums, isFirst, isLast);
  if (!isAlone && (sampleBytes == 4 || (isShared && colors < channels))) return false;
  if (sampleBytes == 4) {
    if (isShared) poolFloatColors(outputs, column, pixels, rows);
    else poolFloatChannels(outputs, column, pixels, rows);
    return true;
  }
  if ((isShared && colors != 3) || !hasLevels(pixels * rows)) return false;
  if (isShared) {
    if (sampleBytes == 1) sumColors8(outputs, column, pixels, rows, true);
    else sumColors16(outputs, column, pixels, rows, true);
  } else if (sampleBytes == 1) sumChannels8(outputs, column, pixels, rows, true);
  else sumChannels16(outputs, column, pixels, rows, true);
  return true;
}

/** Clears the sums of a row of outputs. */
export function clearSums(outputs: i32): void {
  memory.fill(<usize>SUMS, 0, <usize>outputs * sumBytes);
}

/** Clears the largest values of a row of outputs. */
export function clearLargest(outputs: i32): void {
  const least = f64x2.splat(-Infinity);
  const end = <usize>LARGEST + (<usize>outputs << 5);
  for (let at: usize = <usize>LARGEST; at < end; at += 16) v128.store(at, least);
}

/**
 * Adds a piece of `rows` rows, whose first pixels are in column `column`, to the sums of its
 * outputs.
 */
export function add(outputs: i32, column: i32, pixels: i32, rows: i32): void {
  const isLevels = hasLevels(pixels * rows);
  if (isLevels && isShared && colors == 3) {
    if (sampleBytes == 1) sumColors8(outputs, column, pixels, rows, false);
    else sumColors16(outputs, column, pixels, rows, false);
  } else if (isLevels && !isShared) {
    if (sampleBytes == 1) sumChannels8(outputs, column, pixels, rows, false);
    else sumChannels16(outputs, column, pixels, rows, false);
  } else if (isShared) addShared(outputs, column, pixels, rows);
  else addChannels(outputs, column, pixels, rows);
}

/** Raises the largest values of the outputs to those of a piece of rows. */
export function addLargest(outputs: i32, column: i32, pixels: i32, rows: i32): void {
  raiseLargest(outputs, column, pixels, rows);
}

/** Makes the largest color of each output that of all its channels, which share their weights. */
export function shareLargest(outputs: i32): void {
  for (let i = 0; i < outputs; i++) {
    const at = <usize>LARGEST + (<usize>i << 5);
    let largest = load<f64>(at);
    for (let c = 1; c < colors; c++) largest = Math.max(largest, load<f64>(at + (<usize>c << 3)));
    for (let c = 0; c < 4; c++) store<f64>(at + (<usize>c << 3), largest);
  }
}

/**
 * Adds the sums of a row of outputs, times `weight`, to those at `from`, unless they are the first,
 * and writes them at `to`.
 */
export function blend(outputs: i32, weight: f64, from: usize, to: usize, isFirst: bool): void {
  const factor = f64x2.splat(weight);
  const end = <usize>SUMS + <usize>outputs * sumBytes;
  for (let at: usize = <usize>SUMS; at < end; at += 16, from += 16, to += 16) {
    const weighted = f64x2.mul(factor, v128.load(at));
    v128.store(to, isFirst ? weighted : f64x2.add(v128.load(from), weighted));
  }
}

/** As blend, of largest values. */
export function blendLargest(outputs: i32, from: usize, to: usize, isFirst: bool): void {
  const end = <usize>LARGEST + (<usize>outputs << 5);
  for (let at: usize = <usize>LARGEST; at < end; at += 16, from += 16, to += 16) {
    const largest = v128.load(at);
    v128.store(to, isFirst ? largest : f64x2.max(v128.load(from), largest));
  }
}

/** Turns the sums at `from`, or with `isLargest` largest values, into outputs. */
export function finish(outputs: i32, from: usize, isLargest: bool): void {
  let to = <usize>OUTPUTS;
  const isWide = sampleBytes == 2;
  const areColors = isShared && colors == 3 && sampleBytes < 4 && slices == 0;
  for (let i = 0; i < outputs; i++) {
    if (isLargest) {
      const alpha = colors < channels ? load<f64>(from + (<usize>colors << 3)) : maximum;
      to = write(to, v128.load(from), v128.load(from, 16), alpha);
      from += 32;
    } else {
      const lost: f64 = isShared && colors < channels ? load<f64>(from, 32) : 0;
      if (areColors && lost == 0) to = writeColors(to, v128.load(from), v128.load(from, 16), channels, isWide);
      else if (isShared) to = writeShared(to, v128.load(from), v128.load(from, 16), lost);
      else to = writeChannels(to, v128.load(from), v128.load(from, 16), v128.load(from, 32), v128.load(from, 48));
      from += sumBytes;
    }
  }
}
