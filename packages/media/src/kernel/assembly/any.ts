/**
 * Sums of pixels of any kind, in a piece of rows: partly transparent ones, floating-point samples,
 * weights relative to the largest value of a window.
 */
import { LARGEST, LEVELS, OUTPUTS, SUMS } from '../layout';
import { areOpaqueLevels, channels, colors, isRelative, maximum, sampleBytes, sumBytes, windowEnd, windowStart } from './image';
import { product, weightsOf } from './weights';

/** Pixels of any kind whose colors share their weights. */
export function addShared(outputs: i32, column: i32, pixels: i32, rows: i32): void {
  const one = f64x2.splat(1);
  const step = <usize>(channels * sampleBytes);
  const pitch = <usize>pixels * step;
  let sums = <usize>SUMS;
  let largest = <usize>LARGEST;
  for (let i = 0; i < outputs; i++) {
    let start = windowStart(i, column, step, false);
    let end = windowEnd(start, i, column, pixels, step, false);
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
export function addChannels(outputs: i32, column: i32, pixels: i32, rows: i32): void {
  const step = <usize>(channels * sampleBytes);
  const pitch = <usize>pixels * step;
  let sums = <usize>SUMS;
  let largest = <usize>LARGEST;
  for (let i = 0; i < outputs; i++) {
    let start = windowStart(i, column, step, false);
    let end = windowEnd(start, i, column, pixels, step, false);
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

/** Raises the largest values of the outputs to those of a piece of rows. */
export function raiseLargest(outputs: i32, column: i32, pixels: i32, rows: i32): void {
  if (areOpaqueLevels(pixels * rows)) {
    if (sampleBytes == 1) raiseLevels(outputs, column, pixels, rows, false);
    else raiseLevels(outputs, column, pixels, rows, true);
    return;
  }
  const step = <usize>(channels * sampleBytes);
  const pitch = <usize>pixels * step;
  let largest = <usize>LARGEST;
  for (let i = 0; i < outputs; i++) {
    let start = windowStart(i, column, step, false);
    let end = windowEnd(start, i, column, pixels, step, false);
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

/** As raiseLargest, of opaque levels: the largest value is that of the largest level. */
@inline
function raiseLevels(outputs: i32, column: i32, pixels: i32, rows: i32, isWide: bool): void {
  const step = <usize>(isWide ? channels << 1 : channels);
  const pitch = <usize>pixels * step;
  const pixel = <usize>OUTPUTS; // the largest levels, as a pixel
  let largest = <usize>LARGEST;
  for (let i = 0; i < outputs; i++, largest += 32) {
    let start = windowStart(i, column, step, false);
    let end = windowEnd(start, i, column, pixels, step, false);
    let levels = i32x4.splat(0);
    for (let row = 0; row < rows; row++, start += pitch, end += pitch) {
      for (let p = start; p < end; p += step) {
        levels = isWide ? i16x8.max_u(levels, v128.load64_zero(p)) : i8x16.max_u(levels, v128.load32_zero(p));
      }
    }
    v128.store(pixel, levels);
    v128.store(largest, f64x2.max(v128.load(largest), lowValues(pixel, maximum)));
    v128.store(largest, f64x2.max(v128.load(largest, 16), highValues(pixel, maximum)), 16);
  }
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
