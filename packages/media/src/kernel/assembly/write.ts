/** Turns the means or the largest values of an output into its samples. */
import { CONSTANTS, FIRST_LEVELS, THRESHOLDS } from '../layout';
import { HALF, TWO_52 } from './constants';
import { asValues, channels, colors, maximum, sampleBytes, slices } from './image';

/**
 * Writes an output at `to` and returns the address of the next one: the values of the first two
 * colors, of the third, and alpha. Colors are divided by alpha.
 */
export function write(to: usize, low: v128, high: v128, alpha: f64): usize {
  const most = f64x2.splat(maximum);
  if (alpha != maximum) {
    const isVisible = v128.splat<i64>(alpha > 0 ? -1 : 0);
    const divisor = f64x2.splat(alpha);
    low = v128.and(f64x2.mul(f64x2.div(low, divisor), most), isVisible);
    high = v128.and(f64x2.mul(f64x2.div(high, divisor), most), isVisible);
  }
  const values = clamped(low);
  const third = clamped(high);
  const last = clamped(f64x2.splat(alpha));
  return asValues ? writeValues(to, values, third, last) : sampleBytes == 4 ? writeFloats(to, values, third, last) : writeLevels(to, values, third, last);
}

/** Values from 0 to the largest sample, or NaN. `pmin` and `pmax` are one instruction each. */
@inline
function clamped(values: v128): v128 {
  const zero = f64x2.splat(0);
  return f64x2.pmin(f64x2.add(f64x2.pmax(values, zero), zero), f64x2.splat(maximum)); // -0 + 0 is 0
}

@inline
function writeValues(to: usize, low: v128, high: v128, alpha: v128): usize {
  store<f64>(to, f64x2.extract_lane(low, 0));
  if (colors == 3) {
    store<f64>(to, f64x2.extract_lane(low, 1), 8);
    store<f64>(to, f64x2.extract_lane(high, 0), 16);
  }
  if (colors < channels) store<f64>(to + (<usize>colors << 3), f64x2.extract_lane(alpha, 0));
  return to + (<usize>channels << 3);
}

@inline
function writeFloats(to: usize, low: v128, high: v128, alpha: v128): usize {
  store<f32>(to, <f32>f64x2.extract_lane(low, 0));
  if (colors == 3) {
    store<f32>(to, <f32>f64x2.extract_lane(low, 1), 4);
    store<f32>(to, <f32>f64x2.extract_lane(high, 0), 8);
  }
  if (colors < channels) store<f32>(to + (<usize>colors << 2), <f32>f64x2.extract_lane(alpha, 0));
  return to + (<usize>channels << 2);
}

@inline
function writeLevels(to: usize, low: v128, high: v128, alpha: v128): usize {
  if (slices > 0) {
    to = writeLevel(to, linearLevel(f64x2.extract_lane(low, 0)));
    if (colors == 3) {
      to = writeLevel(to, linearLevel(f64x2.extract_lane(low, 1)));
      to = writeLevel(to, linearLevel(f64x2.extract_lane(high, 0)));
    }
  } else {
    const first = roundedBits(low);
    to = writeLevel(to, i32x4.extract_lane(first, 0));
    if (colors == 3) {
      to = writeLevel(to, i32x4.extract_lane(first, 2));
      to = writeLevel(to, i32x4.extract_lane(roundedBits(high), 0));
    }
  }
  return colors < channels ? writeLevel(to, i32x4.extract_lane(roundedBits(alpha), 0)) : to;
}

@inline
function writeLevel(to: usize, level: i32): usize {
  if (sampleBytes == 1) store<u8>(to, <u8>level);
  else store<u16>(to, <u16>level);
  return to + sampleBytes;
}

/** The level of a value in linear light: see ../levels.ts. */
function linearLevel(value: f64): i32 {
  const slice = <i32>Math.floor((value / maximum) * slices);
  let level = <i32>load<u16>(<usize>FIRST_LEVELS + (<usize>slice << 1));
  while (load<f64>(<usize>THRESHOLDS + (<usize>level << 3), 8) <= value) level++;
  return level;
}

/**
 * The bits of values from 0 to 65535, rounded to the nearest; a value halfway between two levels
 * becomes the higher one. Adding 2^52 leaves no bits behind the point.
 */
@inline
function roundedBits(values: v128): v128 {
  return f64x2.add(f64x2.floor(f64x2.add(values, v128.load(CONSTANTS, HALF))), v128.load(CONSTANTS, TWO_52));
}

/** As `write`, of sums with shared weights: Σ w x, of which the fourth is Σ w, and Σ w (1 − α). */
@inline
export function writeShared(to: usize, low: v128, high: v128, lost: f64): usize {
  const total = v128.shuffle<f64>(high, high, 1, 1);
  const alpha = colors < channels ? maximum - lost / f64x2.extract_lane(total, 0) : maximum;
  return write(to, f64x2.div(low, total), f64x2.div(high, total), alpha);
}

/** As `write`, of sums with weights of their own: Σ w and Σ w x of each channel. */
@inline
export function writeChannels(to: usize, first: v128, second: v128, third: v128, fourth: v128): usize {
  const low = f64x2.div(v128.shuffle<f64>(first, second, 1, 3), v128.shuffle<f64>(first, second, 0, 2));
  const high = f64x2.div(v128.shuffle<f64>(third, fourth, 1, 3), v128.shuffle<f64>(third, fourth, 0, 2));
  const alpha = channels == 2 ? f64x2.extract_lane(low, 1) : channels == 4 ? f64x2.extract_lane(high, 1) : maximum;
  return write(to, low, high, alpha);
}

/**
 * As `writeShared`, of opaque levels that are not linear light: no alpha divides them, and none is
 * beyond the scale. Pixels have `count` channels.
 */
@inline
export function writeColors(to: usize, low: v128, high: v128, count: i32, isWide: bool): usize {
  const total = v128.shuffle<f64>(high, high, 1, 1);
  const first = roundedBits(f64x2.div(low, total));
  const third = roundedBits(f64x2.div(high, total));
  if (isWide) {
    store<u16>(to, <u16>i32x4.extract_lane(first, 0));
    store<u16>(to, <u16>i32x4.extract_lane(first, 2), 2);
    store<u16>(to, <u16>i32x4.extract_lane(third, 0), 4);
    if (count == 4) store<u16>(to, 0xffff, 6);
    return to + (<usize>count << 1);
  }
  store<u8>(to, <u8>i32x4.extract_lane(first, 0));
  store<u8>(to, <u8>i32x4.extract_lane(first, 2), 1);
  store<u8>(to, <u8>i32x4.extract_lane(third, 0), 2);
  if (count == 4) store<u8>(to, 0xff, 3);
  return to + <usize>count;
}
