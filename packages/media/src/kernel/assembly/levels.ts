/**
 * Sums of samples of 8 and 16 bits whose weights are in the table: opaque levels. `rows` rows of
 * `pixels` pixels follow one another from `start`. Windows that lie in them with all their pixels
 * (`isWhole`) are finished at once, or added to windows of time (./time.ts); of others the sums are
 * continued.
 */
import { LEVELS, OUTPUTS, SUMS } from '../layout';
import { channels, slices, sumBytes, windowEnd, windowStart } from './image';
import { inTime, isAlone, isEnding, nextInTime, startTime } from './time';
import { writeChannels, writeColors, writeShared } from './write';

/**
 * The sums of three colors that share their weights. Whole windows have a loop of their own, which
 * does not ask for each whether it is one.
 */
export function sumColors8(outputs: i32, column: i32, pixels: i32, rows: i32, isWhole: bool): void {
  if (isWhole) sumColors(outputs, column, pixels, rows, true, false);
  else sumColors(outputs, column, pixels, rows, false, false);
}

/** As sumColors8, of 16 bits. */
export function sumColors16(outputs: i32, column: i32, pixels: i32, rows: i32, isWhole: bool): void {
  if (isWhole) sumColors(outputs, column, pixels, rows, true, true);
  else sumColors(outputs, column, pixels, rows, false, true);
}

/** The sums of channels with weights of their own. */
export function sumChannels8(outputs: i32, column: i32, pixels: i32, rows: i32, isWhole: bool): void {
  if (channels == 1) sumChannels(outputs, column, pixels, rows, isWhole, 1, false);
  else if (channels == 2) sumChannels(outputs, column, pixels, rows, isWhole, 2, false);
  else if (channels == 3) sumChannels(outputs, column, pixels, rows, isWhole, 3, false);
  else sumChannels(outputs, column, pixels, rows, isWhole, 4, false);
}

/** As sumChannels8, of 16 bits. */
export function sumChannels16(outputs: i32, column: i32, pixels: i32, rows: i32, isWhole: bool): void {
  if (channels == 1) sumChannels(outputs, column, pixels, rows, isWhole, 1, true);
  else if (channels == 2) sumChannels(outputs, column, pixels, rows, isWhole, 2, true);
  else if (channels == 3) sumChannels(outputs, column, pixels, rows, isWhole, 3, true);
  else sumChannels(outputs, column, pixels, rows, isWhole, 4, true);
}

/** The weight and the value of a sample. */
@inline
function levelAt(p: usize, c: i32, isWide: bool): v128 {
  return v128.load(<usize>LEVELS + (isWide ? <usize>load<u16>(p + (<usize>c << 1)) << 4 : <usize>load<u8>(p + <usize>c) << 4));
}

@inline
function sumColors(outputs: i32, column: i32, pixels: i32, rows: i32, isWhole: bool, isWide: bool): void {
  const one = f64x2.splat(1);
  const step = <usize>(isWide ? channels << 1 : channels);
  const line = <usize>pixels * step;
  const zero = f64x2.splat(0);
  // A global is read from memory in each round.
  const alone = isAlone;
  const ending = isEnding;
  const count = channels;
  const linear = slices > 0;
  let sums = <usize>SUMS;
  let to = <usize>OUTPUTS;
  startTime();
  for (let i = 0; i < outputs; i++) {
    let p = windowStart(i, column, step, isWhole);
    let end = windowEnd(p, i, column, pixels, step, isWhole);
    let low = isWhole ? zero : v128.load(sums);
    let high = isWhole ? zero : v128.load(sums, 16);
    if (rows == 2 && end == p + (step << 1)) {
      // Four pixels without a loop, which takes as long as the pixels.
      let red = levelAt(p, 0, isWide);
      let green = levelAt(p, 1, isWide);
      let blue = levelAt(p, 2, isWide);
      let weight = sharedWeight(red, green, blue);
      low = f64x2.add(low, f64x2.mul(weight, v128.shuffle<f64>(red, green, 1, 3)));
      high = f64x2.add(high, f64x2.mul(weight, v128.shuffle<f64>(blue, one, 1, 2)));
      red = levelAt(p + step, 0, isWide);
      green = levelAt(p + step, 1, isWide);
      blue = levelAt(p + step, 2, isWide);
      weight = sharedWeight(red, green, blue);
      low = f64x2.add(low, f64x2.mul(weight, v128.shuffle<f64>(red, green, 1, 3)));
      high = f64x2.add(high, f64x2.mul(weight, v128.shuffle<f64>(blue, one, 1, 2)));
      p += line;
      red = levelAt(p, 0, isWide);
      green = levelAt(p, 1, isWide);
      blue = levelAt(p, 2, isWide);
      weight = sharedWeight(red, green, blue);
      low = f64x2.add(low, f64x2.mul(weight, v128.shuffle<f64>(red, green, 1, 3)));
      high = f64x2.add(high, f64x2.mul(weight, v128.shuffle<f64>(blue, one, 1, 2)));
      red = levelAt(p + step, 0, isWide);
      green = levelAt(p + step, 1, isWide);
      blue = levelAt(p + step, 2, isWide);
      weight = sharedWeight(red, green, blue);
      low = f64x2.add(low, f64x2.mul(weight, v128.shuffle<f64>(red, green, 1, 3)));
      high = f64x2.add(high, f64x2.mul(weight, v128.shuffle<f64>(blue, one, 1, 2)));
    } else {
      for (let row = 0; row < rows; row++, p += line, end += line) {
        for (let pixel = p; pixel < end; pixel += step) {
          const red = levelAt(pixel, 0, isWide);
          const green = levelAt(pixel, 1, isWide);
          const blue = levelAt(pixel, 2, isWide);
          const weight = sharedWeight(red, green, blue);
          low = f64x2.add(low, f64x2.mul(weight, v128.shuffle<f64>(red, green, 1, 3)));
          high = f64x2.add(high, f64x2.mul(weight, v128.shuffle<f64>(blue, one, 1, 2)));
        }
      }
    }
    if (!isWhole) {
      v128.store(sums, low);
      v128.store(sums, high, 16);
      sums += sumBytes;
      continue;
    }
    if (!alone) {
      low = inTime(low, 0);
      high = inTime(high, 16);
      nextInTime();
    }
    if (ending) to = linear ? writeShared(to, low, high, 0) : writeColors(to, low, high, count, isWide);
  }
}

/** The sum of three weights, twice. */
@inline
function sharedWeight(red: v128, green: v128, blue: v128): v128 {
  const total = f64x2.add(f64x2.add(red, green), blue);
  return v128.shuffle<f64>(total, total, 0, 0);
}

@inline
function sumChannels(outputs: i32, column: i32, pixels: i32, rows: i32, isWhole: bool, count: i32, isWide: bool): void {
  const step = <usize>(isWide ? count << 1 : count);
  const line = <usize>pixels * step;
  const zero = f64x2.splat(0);
  let sums = <usize>SUMS;
  let to = <usize>OUTPUTS;
  startTime();
  for (let i = 0; i < outputs; i++) {
    let first = isWhole ? zero : v128.load(sums);
    let second = isWhole ? zero : v128.load(sums, 16);
    let third = isWhole ? zero : v128.load(sums, 32);
    let fourth = isWhole ? zero : v128.load(sums, 48);
    let start = windowStart(i, column, step, isWhole);
    let end = windowEnd(start, i, column, pixels, step, isWhole);
    for (let row = 0; row < rows; row++, start += line, end += line) {
      for (let p = start; p < end; p += step) {
        first = f64x2.add(first, weighted(levelAt(p, 0, isWide)));
        if (count > 1) second = f64x2.add(second, weighted(levelAt(p, 1, isWide)));
        if (count > 2) third = f64x2.add(third, weighted(levelAt(p, 2, isWide)));
        if (count > 3) fourth = f64x2.add(fourth, weighted(levelAt(p, 3, isWide)));
      }
    }
    if (!isWhole) {
      v128.store(sums, first);
      if (count > 1) v128.store(sums, second, 16);
      if (count > 2) v128.store(sums, third, 32);
      if (count > 3) v128.store(sums, fourth, 48);
      sums += sumBytes;
      continue;
    }
    if (!isAlone) {
      first = inTime(first, 0);
      if (count > 1) second = inTime(second, 16);
      if (count > 2) third = inTime(third, 32);
      if (count > 3) fourth = inTime(fourth, 48);
      nextInTime();
    }
    if (isEnding) to = writeChannels(to, first, second, third, fourth);
  }
}

/** Turns w and x into w and w x. */
@inline
function weighted(level: v128): v128 {
  return f64x2.mul(level, v128.shuffle<f64>(f64x2.splat(1), level, 0, 2));
}
