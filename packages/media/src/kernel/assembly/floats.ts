/**
 * Floating-point samples, of windows that lie in the piece with all their pixels: the largest
 * values of each window first, to which its weights are relative, then its sums. `pmax` is one
 * instruction, and passes over NaN, which makes its own weight and so the sums NaN.
 */
import { OUTPUTS } from '../layout';
import { channels, isRelative, windowEnd, windowStart } from './image';
import { product, weightsOf } from './weights';
import { writeChannels, writeShared } from './write';

/** Pools colors that share their weights. */
export function poolFloatColors(outputs: i32, column: i32, pixels: i32, rows: i32): void {
  if (channels == 2) poolShared(outputs, column, pixels, rows, 2);
  else if (channels == 3) poolShared(outputs, column, pixels, rows, 3);
  else poolShared(outputs, column, pixels, rows, 4);
}

/** Pools channels with weights of their own. */
export function poolFloatChannels(outputs: i32, column: i32, pixels: i32, rows: i32): void {
  if (channels == 1) poolGray(outputs, column, pixels, rows);
  else if (channels == 2) poolChannels(outputs, column, pixels, rows, 2);
  else if (channels == 3) poolChannels(outputs, column, pixels, rows, 3);
  else poolChannels(outputs, column, pixels, rows, 4);
}

/** The alpha of a pixel of `count` channels. */
@inline
function alphaAt(p: usize, count: i32): f64 {
  return count == 2 ? <f64>load<f32>(p, 4) : count == 4 ? <f64>load<f32>(p, 12) : 1;
}

/** The first two colors of a pixel, or gray twice, multiplied by alpha. */
@inline
function lowAt(p: usize, alpha: f64, count: i32): v128 {
  const colors = f64x2.promote_low_f32x4(count > 2 ? v128.load64_zero(p) : v128.load32_splat(p));
  return count % 2 == 0 ? f64x2.mul(colors, f64x2.splat(alpha)) : colors;
}

/** The third color twice, multiplied by alpha. */
@inline
function blueAt(p: usize, alpha: f64, count: i32): v128 {
  const blue = f64x2.promote_low_f32x4(v128.load32_splat(p, 8));
  return count == 4 ? f64x2.mul(blue, f64x2.splat(alpha)) : blue;
}

@inline
function poolShared(outputs: i32, column: i32, pixels: i32, rows: i32, count: i32): void {
  const one = f64x2.splat(1);
  const step = <usize>(count << 2);
  const line = <usize>pixels * step;
  let to = <usize>OUTPUTS;
  for (let i = 0; i < outputs; i++) {
    const start = windowStart(i, column, step, true);
    const length = windowEnd(start, i, column, pixels, step, true) - start;
    let largest = f64x2.splat(-Infinity);
    for (let row = 0, end = start + length; row < rows; row++, end += line) {
      for (let p = end - length; p < end; p += step) {
        const alpha = alphaAt(p, count);
        largest = f64x2.pmax(largest, lowAt(p, alpha, count));
        if (count > 2) largest = f64x2.pmax(largest, blueAt(p, alpha, count));
      }
    }
    const reference = f64x2.pmax(largest, v128.shuffle<f64>(largest, largest, 1, 0));
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    let lost = f64x2.splat(0);
    for (let row = 0, end = start + length; row < rows; row++, end += line) {
      for (let p = end - length; p < end; p += step) {
        const alpha = alphaAt(p, count);
        const colors = lowAt(p, alpha, count);
        let weight = weightsOf(colors, reference);
        if (count > 2) {
          const blue = blueAt(p, alpha, count);
          weight = f64x2.add(f64x2.add(v128.shuffle<f64>(weight, weight, 0, 0), v128.shuffle<f64>(weight, weight, 1, 1)), weightsOf(blue, reference));
          high = f64x2.add(high, product(weight, v128.shuffle<f64>(blue, one, 0, 2)));
        } else {
          high = f64x2.add(high, weight);
        }
        low = f64x2.add(low, product(weight, colors));
        if (count % 2 == 0) lost = f64x2.add(lost, product(weight, f64x2.splat(1 - alpha)));
      }
    }
    to = writeShared(to, low, high, f64x2.extract_lane(lost, 0));
  }
}

/** As poolFloatChannels, of gray: two pixels at a time. */
function poolGray(outputs: i32, column: i32, pixels: i32, rows: i32): void {
  const line = <usize>pixels << 2;
  let to = <usize>OUTPUTS;
  for (let i = 0; i < outputs; i++) {
    const start = windowStart(i, column, 4, true);
    const length = windowEnd(start, i, column, pixels, 4, true) - start;
    let largest = f64x2.splat(-Infinity);
    for (let row = 0, end = start + length; row < rows; row++, end += line) {
      for (let p = end - length; p < end; p += 8) largest = f64x2.pmax(largest, graysAt(p, end));
    }
    const reference = f64x2.pmax(largest, v128.shuffle<f64>(largest, largest, 1, 0));
    let sums = f64x2.splat(0);
    for (let row = 0, end = start + length; row < rows; row++, end += line) {
      for (let p = end - length; p < end; p += 8) {
        const values = graysAt(p, end);
        const weights = weightsOf(values, reference);
        const weighted = product(weights, values);
        sums = f64x2.add(sums, v128.shuffle<f64>(weights, weighted, 0, 2));
        if (p + 4 < end) sums = f64x2.add(sums, v128.shuffle<f64>(weights, weighted, 1, 3));
      }
    }
    to = writeChannels(to, sums, sums, sums, sums);
  }
}

/** Two pixels, or the last one of a window's row twice. */
@inline
function graysAt(p: usize, end: usize): v128 {
  return f64x2.promote_low_f32x4(p + 4 < end ? v128.load64_zero(p) : v128.load32_splat(p));
}

@inline
function poolChannels(outputs: i32, column: i32, pixels: i32, rows: i32, count: i32): void {
  const step = <usize>(count << 2);
  const line = <usize>pixels * step;
  const zero = f64x2.splat(0);
  let to = <usize>OUTPUTS;
  for (let i = 0; i < outputs; i++) {
    const start = windowStart(i, column, step, true);
    const length = windowEnd(start, i, column, pixels, step, true) - start;
    let lowLargest = f64x2.splat(-Infinity);
    let highLargest = f64x2.splat(-Infinity);
    if (isRelative) {
      for (let row = 0, end = start + length; row < rows; row++, end += line) {
        for (let p = end - length; p < end; p += step) {
          lowLargest = f64x2.pmax(lowLargest, firstAt(p, count));
          if (count > 2) highLargest = f64x2.pmax(highLargest, lastAt(p, count));
        }
      }
    }
    let first = zero;
    let second = zero;
    let third = zero;
    let fourth = zero;
    for (let row = 0, end = start + length; row < rows; row++, end += line) {
      for (let p = end - length; p < end; p += step) {
        const low = firstAt(p, count);
        const weights = weightsOf(low, lowLargest);
        const weighted = product(weights, low);
        first = f64x2.add(first, v128.shuffle<f64>(weights, weighted, 0, 2));
        if (count > 1) second = f64x2.add(second, v128.shuffle<f64>(weights, weighted, 1, 3));
        if (count > 2) {
          const high = lastAt(p, count);
          const highWeights = weightsOf(high, highLargest);
          const highWeighted = product(highWeights, high);
          third = f64x2.add(third, v128.shuffle<f64>(highWeights, highWeighted, 0, 2));
          if (count > 3) fourth = f64x2.add(fourth, v128.shuffle<f64>(highWeights, highWeighted, 1, 3));
        }
      }
    }
    to = writeChannels(to, first, second, third, fourth);
  }
}

/** The values of the first two channels; colors are multiplied by alpha. */
@inline
function firstAt(p: usize, count: i32): v128 {
  const alpha = alphaAt(p, count);
  const values = lowAt(p, alpha, count);
  return count == 2 ? f64x2.replace_lane(values, 1, alpha) : values;
}

/** The values of the other two channels. */
@inline
function lastAt(p: usize, count: i32): v128 {
  const alpha = alphaAt(p, count);
  const values = blueAt(p, alpha, count);
  return count == 4 ? f64x2.replace_lane(values, 1, alpha) : values;
}
