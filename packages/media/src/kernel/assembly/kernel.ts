/**
 * The kernel that pools images and frames (AssemblyScript): one row of outputs at a time, up to
 * MOST_OUTPUTS of them, to which pieces of input rows are added one after another. Sums of a frame
 * are then added to those of windows of time. What it computes is in ../pool-by-definition.ts; it
 * makes the same operations in the same order, so that the bits are the same. ../pool-rows.ts calls
 * it.
 *
 * The sums of an output, in float64:
 *     shared weights:       Σ w x of three colors, Σ w, and with alpha Σ w (maximum − alpha), 0
 *     weights of their own: Σ w and Σ w x of each channel
 */
import { COUNTS, FIRST_LEVELS, LARGEST, LEVELS, OUTPUTS, PIECE, STARTS, SUMS, THRESHOLDS } from '../layout';

// The image: see setUp.
let channels: i32 = 0;
let colors: i32 = 0;
let sampleBytes: i32 = 0;
let maximum: f64 = 0;
let slope: f64 = 0;
let isShared: bool = false;
let isRelative: bool = false;
/** The slices of the scale in FIRST_LEVELS; 0 unless samples of linear light are found there. */
let slices: f64 = 0;
/** The bytes of the sums of an output. */
let sumBytes: usize = 0;

/**
 * Describes the image: its channels, how many of them are colors, the bytes of a sample (4 for
 * float32), the sample that stands for 1, β per unit of a value, whether weights are shared, and
 * relative to the largest value of the window, and the slices of the scale in FIRST_LEVELS.
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
): void {
  channels = channelCount;
  colors = colorCount;
  sampleBytes = bytes;
  maximum = largestSample;
  slope = beta;
  isShared = shared;
  isRelative = relative;
  slices = sliceCount;
  sumBytes = <usize>(!isShared ? channels << 4 : colors < channels ? 48 : 32);
}

/** Computes the weight of every level, whose value is in the table. */
export function weighLevels(levels: i32): void {
  for (let i = 0; i < levels; i++) {
    const entry = <usize>LEVELS + (<usize>i << 4);
    store<f64>(entry, weightOf(load<f64>(entry, 8), maximum));
  }
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
  const isOpaque = !isRelative && sampleBytes < 4 && (colors == channels || isPieceOpaque(pixels * rows));
  if (isOpaque && isShared && colors == 3) {
    if (sampleBytes == 1) addColors8(outputs, column, pixels, rows);
    else addColors16(outputs, column, pixels, rows);
  } else if (isOpaque && !isShared) {
    if (sampleBytes == 1) addChannels8(outputs, column, pixels, rows);
    else addChannels16(outputs, column, pixels, rows);
  } else if (isShared) {
    addSharedAny(outputs, column, pixels, rows);
  } else {
    addChannelsAny(outputs, column, pixels, rows);
  }
}

/** Raises the largest values of the outputs to those of a piece of rows. */
export function addLargest(outputs: i32, column: i32, pixels: i32, rows: i32): void {
  const step = <usize>(channels * sampleBytes);
  const pitch = <usize>pixels * step;
  let largest = <usize>LARGEST;
  for (let i = 0; i < outputs; i++) {
    let start = windowStart(i, column, step);
    let end = windowEnd(i, column, pixels, step);
    let low = v128.load(largest);
    let high = v128.load(largest, 16);
    for (let row = 0; row < rows; row++, start += pitch, end += pitch) {
      for (let p = start; p < end; p += step) {
        const alpha = alphaOf(p);
        low = f64x2.max(low, lowValues(p, alpha));
        high = f64x2.max(high, highValues(p, alpha));
      }
    }
    v128.store(largest, low);
    v128.store(largest, high, 16);
    largest += 32;
  }
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

/**
 * Turns the sums at `from`, or with `isLargest` largest values, into values or, unless `asValues`,
 * samples.
 */
export function finish(outputs: i32, from: usize, isLargest: bool, asValues: bool): void {
  let to = <usize>OUTPUTS;
  if (!isLargest && isShared && colors == 3 && sampleBytes == 1 && slices == 0) {
    finishColors8(outputs, from);
    return;
  }
  for (let i = 0; i < outputs; i++) {
    let alpha = maximum;
    if (colors < channels) alpha = isLargest ? load<f64>(from + (<usize>colors << 3)) : meanAlpha(from);
    for (let c = 0; c < channels; c++) {
      let value = alpha;
      if (c < colors) {
        value = isLargest ? load<f64>(from + (<usize>c << 3)) : mean(from, c);
        if (alpha != maximum) value = alpha > 0 ? (value / alpha) * maximum : 0;
      }
      value = min(maximum, max(0, value));
      if (asValues) {
        store<f64>(to, value);
        to += 8;
        continue;
      }
      const level = slices > 0 && c < colors ? linearLevel(value) : <i32>(value + 0.5);
      if (sampleBytes == 1) store<u8>(to, <u8>level);
      else store<u16>(to, <u16>level);
      to += <usize>sampleBytes;
    }
    from += isLargest ? 32 : sumBytes;
  }
}

/** The level of a value in linear light: see ../levels.ts. */
function linearLevel(value: f64): i32 {
  const slice = <i32>Math.floor((value / maximum) * slices);
  let level = <i32>load<u16>(<usize>FIRST_LEVELS + (<usize>slice << 1));
  while (load<f64>(<usize>THRESHOLDS + (<usize>level << 3), 8) <= value) level++;
  return level;
}

/** As finish, of colors of 8 bits that share their weights. */
function finishColors8(outputs: i32, from: usize): void {
  const half = f64x2.splat(0.5);
  let to = <usize>OUTPUTS;
  for (let i = 0; i < outputs; i++) {
    const high = v128.load(from, 16);
    const total = v128.shuffle<f64>(high, high, 1, 1);
    let first = f64x2.div(v128.load(from), total);
    let second = f64x2.div(high, total);
    let alpha = maximum;
    if (channels == 4) {
      const lost = load<f64>(from, 32);
      if (lost > 0) {
        alpha = maximum - lost / f64x2.extract_lane(total, 0);
        const isVisible = f64x2.splat(alpha > 0 ? 1 : 0);
        const divisor = f64x2.splat(alpha > 0 ? alpha : 1);
        const scale = f64x2.splat(maximum);
        first = f64x2.min(f64x2.mul(f64x2.mul(f64x2.div(first, divisor), scale), isVisible), scale);
        second = f64x2.min(f64x2.mul(f64x2.mul(f64x2.div(second, divisor), scale), isVisible), scale);
      }
    }
    const low = i32x4.trunc_sat_f64x2_u_zero(f64x2.add(first, half));
    store<u8>(to, <u8>i32x4.extract_lane(low, 0));
    store<u8>(to, <u8>i32x4.extract_lane(low, 1), 1);
    store<u8>(to, <u8>i32x4.extract_lane(i32x4.trunc_sat_f64x2_u_zero(f64x2.add(second, half)), 0), 2);
    if (channels == 4) store<u8>(to, <u8>(max(alpha, 0) + 0.5), 3);
    to += channels;
    from += sumBytes;
  }
}

/** Whether all pixels of a piece have full alpha. */
function isPieceOpaque(pixels: i32): bool {
  const alpha = <usize>(colors * sampleBytes);
  const end = <usize>PIECE + <usize>(pixels * channels * sampleBytes);
  let all: u32 = 0xffff;
  for (let p: usize = <usize>PIECE; p < end; p += channels * sampleBytes) {
    all &= sampleBytes == 1 ? <u32>load<u8>(p + alpha) : <u32>load<u16>(p + alpha);
  }
  return <f64>(sampleBytes == 1 ? all & 0xff : all) == maximum;
}

/** The address of the first pixel of a window in a piece. */
@inline
function windowStart(output: i32, column: i32, step: usize): usize {
  const first = max(0, load<i32>(<usize>STARTS + (<usize>output << 2)) - column);
  return <usize>PIECE + <usize>first * step;
}

/** The address behind the last pixel of a window in a piece. */
@inline
function windowEnd(output: i32, column: i32, pixels: i32, step: usize): usize {
  const end = load<i32>(<usize>STARTS + (<usize>output << 2)) + load<i32>(<usize>COUNTS + (<usize>output << 2)) - column;
  return <usize>PIECE + <usize>max(0, min(pixels, end)) * step;
}

function addColors8(outputs: i32, column: i32, pixels: i32, rows: i32): void {
  addColors(outputs, column, pixels, rows, false);
}

function addColors16(outputs: i32, column: i32, pixels: i32, rows: i32): void {
  addColors(outputs, column, pixels, rows, true);
}

function addChannels8(outputs: i32, column: i32, pixels: i32, rows: i32): void {
  if (channels == 1) addChannels(outputs, column, pixels, rows, 1, false);
  else if (channels == 2) addChannels(outputs, column, pixels, rows, 2, false);
  else if (channels == 3) addChannels(outputs, column, pixels, rows, 3, false);
  else addChannels(outputs, column, pixels, rows, 4, false);
}

function addChannels16(outputs: i32, column: i32, pixels: i32, rows: i32): void {
  if (channels == 1) addChannels(outputs, column, pixels, rows, 1, true);
  else if (channels == 2) addChannels(outputs, column, pixels, rows, 2, true);
  else if (channels == 3) addChannels(outputs, column, pixels, rows, 3, true);
  else addChannels(outputs, column, pixels, rows, 4, true);
}

/** The weight and the value of a sample. */
@inline
function levelAt(p: usize, c: i32, isWide: bool): v128 {
  return v128.load(<usize>LEVELS + (isWide ? <usize>load<u16>(p + (<usize>c << 1)) << 4 : <usize>load<u8>(p + <usize>c) << 4));
}

/** Three opaque colors that share their weights. */
@inline
function addColors(outputs: i32, column: i32, pixels: i32, rows: i32, isWide: bool): void {
  const one = f64x2.splat(1);
  const step = <usize>(isWide ? channels << 1 : channels);
  const pitch = <usize>pixels * step;
  let sums = <usize>SUMS;
  for (let i = 0; i < outputs; i++) {
    let start = windowStart(i, column, step);
    let end = windowEnd(i, column, pixels, step);
    let low = v128.load(sums);
    let high = v128.load(sums, 16);
    for (let row = 0; row < rows; row++, start += pitch, end += pitch) {
      for (let p = start; p < end; p += step) {
        const red = levelAt(p, 0, isWide);
        const green = levelAt(p, 1, isWide);
        const blue = levelAt(p, 2, isWide);
        const total = f64x2.add(f64x2.add(red, green), blue);
        const weight = v128.shuffle<f64>(total, total, 0, 0);
        low = f64x2.add(low, f64x2.mul(weight, v128.shuffle<f64>(red, green, 1, 3)));
        high = f64x2.add(high, f64x2.mul(weight, v128.shuffle<f64>(blue, one, 1, 2)));
      }
    }
    v128.store(sums, low);
    v128.store(sums, high, 16);
    sums += sumBytes;
  }
}

/** Opaque channels, `count` of them, with weights of their own. */
@inline
function addChannels(outputs: i32, column: i32, pixels: i32, rows: i32, count: i32, isWide: bool): void {
  const step = <usize>(isWide ? count << 1 : count);
  const pitch = <usize>pixels * step;
  let sums = <usize>SUMS;
  for (let i = 0; i < outputs; i++) {
    let start = windowStart(i, column, step);
    let end = windowEnd(i, column, pixels, step);
    let first = v128.load(sums);
    let second = v128.load(sums, 16);
    let third = v128.load(sums, 32);
    let fourth = v128.load(sums, 48);
    for (let row = 0; row < rows; row++, start += pitch, end += pitch) {
      for (let p = start; p < end; p += step) {
        first = f64x2.add(first, weighted(levelAt(p, 0, isWide)));
        if (count > 1) second = f64x2.add(second, weighted(levelAt(p, 1, isWide)));
        if (count > 2) third = f64x2.add(third, weighted(levelAt(p, 2, isWide)));
        if (count > 3) fourth = f64x2.add(fourth, weighted(levelAt(p, 3, isWide)));
      }
    }
    v128.store(sums, first);
    if (count > 1) v128.store(sums, second, 16);
    if (count > 2) v128.store(sums, third, 32);
    if (count > 3) v128.store(sums, fourth, 48);
    sums += sumBytes;
  }
}

/** Turns w and x into w and w x. */
@inline
function weighted(level: v128): v128 {
  return f64x2.mul(level, v128.shuffle<f64>(f64x2.splat(1), level, 0, 2));
}

/** Pixels of any kind whose colors share their weights. */
function addSharedAny(outputs: i32, column: i32, pixels: i32, rows: i32): void {
  const one = f64x2.splat(1);
  const step = <usize>(channels * sampleBytes);
  const pitch = <usize>pixels * step;
  let sums = <usize>SUMS;
  let largest = <usize>LARGEST;
  for (let i = 0; i < outputs; i++) {
    let start = windowStart(i, column, step);
    let end = windowEnd(i, column, pixels, step);
    const reference = isRelative ? v128.load64_splat(largest) : f64x2.splat(maximum);
    let low = v128.load(sums);
    let high = v128.load(sums, 16);
    let lost: f64 = 0;
    if (colors < channels) lost = load<f64>(sums, 32);
    for (let row = 0; row < rows; row++, start += pitch, end += pitch) {
      for (let p = start; p < end; p += step) {
        const alpha = alphaOf(p);
        const lowX = lowValues(p, alpha);
        const highX = highValues(p, alpha);
        let weight: f64;
        if (hasTable(alpha)) {
          weight = load<f64>(levelAddress(p, 0));
          if (colors == 3) weight = weight + load<f64>(levelAddress(p, 1)) + load<f64>(levelAddress(p, 2));
        } else {
          const weights = weightsOf(lowX, reference);
          weight = f64x2.extract_lane(weights, 0);
          if (colors == 3) weight = weight + f64x2.extract_lane(weights, 1) + f64x2.extract_lane(weightsOf(highX, reference), 0);
        }
        const w = f64x2.splat(weight);
        low = f64x2.add(low, product(w, lowX));
        high = f64x2.add(high, product(w, v128.shuffle<f64>(highX, one, 0, 2)));
        if (weight != 0) lost += weight * (maximum - alpha);
      }
    }
    v128.store(sums, low);
    v128.store(sums, high, 16);
    if (colors < channels) store<f64>(sums, lost, 32);
    sums += sumBytes;
    largest += 32;
  }
}

/** Pixels of any kind whose channels have weights of their own. */
function addChannelsAny(outputs: i32, column: i32, pixels: i32, rows: i32): void {
  const step = <usize>(channels * sampleBytes);
  const pitch = <usize>pixels * step;
  let sums = <usize>SUMS;
  let largest = <usize>LARGEST;
  for (let i = 0; i < outputs; i++) {
    let start = windowStart(i, column, step);
    let end = windowEnd(i, column, pixels, step);
    const lowReference = isRelative ? v128.load(largest) : f64x2.splat(maximum);
    const highReference = isRelative ? v128.load(largest, 16) : f64x2.splat(maximum);
    let first = v128.load(sums);
    let second = v128.load(sums, 16);
    let third = v128.load(sums, 32);
    let fourth = v128.load(sums, 48);
    for (let row = 0; row < rows; row++, start += pitch, end += pitch) {
      for (let p = start; p < end; p += step) {
        const alpha = alphaOf(p);
        const lowX = lowValues(p, alpha);
        const lowW = weightsOf(lowX, lowReference);
        const lowN = product(lowW, lowX);
        first = f64x2.add(first, v128.shuffle<f64>(lowW, lowN, 0, 2));
        second = f64x2.add(second, v128.shuffle<f64>(lowW, lowN, 1, 3));
        if (channels > 2) {
          const highX = highValues(p, alpha);
          const highW = weightsOf(highX, highReference);
          const highN = product(highW, highX);
          third = f64x2.add(third, v128.shuffle<f64>(highW, highN, 0, 2));
          fourth = f64x2.add(fourth, v128.shuffle<f64>(highW, highN, 1, 3));
        }
      }
    }
    v128.store(sums, first);
    if (channels > 1) v128.store(sums, second, 16);
    if (channels > 2) v128.store(sums, third, 32);
    if (channels > 3) v128.store(sums, fourth, 48);
    sums += sumBytes;
    largest += 32;
  }
}

/** Weights times values; 0 where a weight is 0, since an infinite value would give NaN. */
@inline
function product(weights: v128, values: v128): v128 {
  return v128.and(f64x2.mul(weights, values), f64x2.ne(weights, f64x2.splat(0)));
}

/** The alpha of a pixel. */
@inline
function alphaOf(p: usize): f64 {
  if (colors == channels) return maximum;
  if (sampleBytes == 1) return <f64>load<u8>(p + <usize>colors);
  if (sampleBytes == 2) return <f64>load<u16>(p + (<usize>colors << 1));
  return <f64>load<f32>(p + (<usize>colors << 2));
}

/** Whether the weights of a pixel's colors are in the table. */
@inline
function hasTable(alpha: f64): bool {
  return alpha == maximum && !isRelative && sampleBytes < 4;
}

@inline
function levelAddress(p: usize, c: i32): usize {
  return <usize>LEVELS + (<usize>(sampleBytes == 1 ? <i32>load<u8>(p + <usize>c) : <i32>load<u16>(p + (<usize>c << 1))) << 4);
}

/** The value of a color, multiplied by alpha. */
@inline
function colorAt(p: usize, c: i32, alpha: f64): f64 {
  const value = sampleBytes < 4 ? load<f64>(levelAddress(p, c), 8) : <f64>load<f32>(p + (<usize>c << 2));
  return alpha == maximum ? value : (value * alpha) / maximum;
}

/** The values of the first two channels, colors or alpha; 0 where there is none. */
@inline
function lowValues(p: usize, alpha: f64): v128 {
  const first = f64x2.splat(colorAt(p, 0, alpha));
  return f64x2.replace_lane(first, 1, colors == 3 ? colorAt(p, 1, alpha) : channels == 2 ? alpha : 0);
}

/** The values of the other two channels. */
@inline
function highValues(p: usize, alpha: f64): v128 {
  if (colors < 3) return f64x2.splat(0);
  return f64x2.replace_lane(f64x2.splat(colorAt(p, 2, alpha)), 1, channels == 4 ? alpha : 0);
}

function weightOf(value: f64, largest: f64): f64 {
  return f64x2.extract_lane(weightsOf(f64x2.splat(value), f64x2.splat(largest)), 0);
}

/** The weights of values. Infinite values of floating-point samples have no difference. */
@inline
function weightsOf(values: v128, largest: v128): v128 {
  const one = f64x2.splat(1);
  if (slope == 0) return one;
  const weights = exponentials(f64x2.mul(f64x2.splat(slope), f64x2.sub(values, largest)));
  return v128.bitselect(one, weights, f64x2.eq(values, largest));
}

/** The mean of a color. */
function mean(sums: usize, c: i32): f64 {
  if (isShared) return load<f64>(sums + (<usize>c << 3)) / load<f64>(sums, 24);
  return load<f64>(sums + (<usize>c << 4), 8) / load<f64>(sums + (<usize>c << 4));
}

function meanAlpha(sums: usize): f64 {
  return isShared ? maximum - load<f64>(sums, 32) / load<f64>(sums, 24) : mean(sums, colors);
}

/** Two of ../exponential.ts. Adding 1.5·2^52 to n leaves it in the low bits, for the exponent. */
@inline
function exponentials(x: v128): v128 {
  const n = f64x2.floor(f64x2.add(f64x2.mul(x, f64x2.splat(1.4426950408889634)), f64x2.splat(0.5)));
  const high = f64x2.sub(x, f64x2.mul(n, f64x2.splat(0.6931471803691238)));
  const r = f64x2.sub(high, f64x2.mul(n, f64x2.splat(1.9082149292705877e-10)));
  let p = f64x2.splat(1.605904383682161e-10);
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(2.08767569878681e-9));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(2.505210838544172e-8));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(2.755731922398589e-7));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(2.7557319223985893e-6));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(2.48015873015873e-5));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.984126984126984e-4));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.388888888888889e-3));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(8.333333333333333e-3));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(4.1666666666666664e-2));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.6666666666666666e-1));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(0.5));
  const mantissa = f64x2.add(f64x2.splat(1), f64x2.add(r, f64x2.mul(f64x2.mul(r, r), p)));
  const result = i64x2.add(mantissa, i64x2.shl(f64x2.add(n, f64x2.splat(6755399441055744)), 52));
  const lost = v128.and(x, f64x2.ne(x, x)); // 0, or NaN of NaN
  return v128.bitselect(result, lost, f64x2.ge(x, f64x2.splat(-708)));
}
