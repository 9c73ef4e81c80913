/** The image that is pooled, and where its pixels and the windows over them are. */
import { COUNTS, LEVELS, PIECE, STARTS } from '../layout';

export let channels: i32 = 0;
/** Channels without alpha. */
export let colors: i32 = 0;
/** 1, 2, or 4 for float32. */
export let sampleBytes: i32 = 0;
/** The sample that stands for 1. */
export let maximum: f64 = 0;
/** β per unit of a value. */
export let slope: f64 = 0;
/** Whether the colors of a pixel share their weight. */
export let isShared: bool = false;
/** Whether weights are relative to the largest value of their window, in place of `maximum`. */
export let isRelative: bool = false;
/** The slices of the scale in FIRST_LEVELS; 0 unless samples of linear light are found there. */
export let slices: f64 = 0;
/** Whether the outputs are values in float64, in place of samples. */
export let asValues: bool = false;
/** The bytes of the sums of an output. */
export let sumBytes: usize = 0;

/** Describes the image. */
export function setImage(
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
  channels = channelCount;
  colors = colorCount;
  sampleBytes = bytes;
  maximum = largestSample;
  slope = beta;
  isShared = shared;
  isRelative = relative;
  slices = sliceCount;
  asValues = values;
  sumBytes = <usize>(!isShared ? channels << 4 : colors < channels ? 48 : 32);
}

/** Whether the pixels of the piece have their weights in the table: they are opaque levels. */
export function hasLevels(pixels: i32): bool {
  return !isRelative && areOpaqueLevels(pixels);
}

/** Whether the pixels of the piece are opaque and of 8 or 16 bits. */
export function areOpaqueLevels(pixels: i32): bool {
  if (sampleBytes == 4) return false;
  if (colors == channels) return true;
  const alpha = <usize>(colors * sampleBytes);
  const step = <usize>(channels * sampleBytes);
  let p = <usize>PIECE;
  const end = p + <usize>pixels * step;
  let all: u32 = 0xffff;
  if (step == 4 && sampleBytes == 1) {
    let four = i32x4.splat(-1);
    for (; p + 16 <= end; p += 16) four = v128.and(four, v128.load(p));
    if ((i32x4.extract_lane(four, 0) & i32x4.extract_lane(four, 1) & i32x4.extract_lane(four, 2) & i32x4.extract_lane(four, 3)) >>> 24 != 255) return false;
  }
  for (; p < end; p += step) all &= sampleBytes == 1 ? <u32>load<u8>(p + alpha) : <u32>load<u16>(p + alpha);
  return <f64>(sampleBytes == 1 ? all & 0xff : all) == maximum;
}

/**
 * The address of the first pixel of a window in the piece, whose first is in column `column`.
 * Windows that do not lie in it as a whole (`isWhole`) are cut.
 */
@inline
export function windowStart(output: i32, column: i32, step: usize, isWhole: bool): usize {
  const first = load<i32>(<usize>STARTS + (<usize>output << 2)) - column;
  return <usize>PIECE + <usize>(isWhole ? first : max(0, first)) * step;
}

/** The address behind the last pixel of a window, which starts at `start`, in its first row. */
@inline
export function windowEnd(start: usize, output: i32, column: i32, pixels: i32, step: usize, isWhole: bool): usize {
  const count = load<i32>(<usize>COUNTS + (<usize>output << 2));
  if (isWhole) return start + <usize>count * step;
  const end = load<i32>(<usize>STARTS + (<usize>output << 2)) + count - column;
  return <usize>PIECE + <usize>max(0, min(pixels, end)) * step;
}
