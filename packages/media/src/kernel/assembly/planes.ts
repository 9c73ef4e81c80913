/**
 * The kernel that turns 8-bit planes of luma and chroma, 4:2:0, into RGB (AssemblyScript).
 * ../../node/video/planes-to-rgb.ts calls it.
 *
 * Chroma is interpolated between columns and rows, with each sample in the middle of four pixels:
 * sums of 16ths, 3:1 on each axis. The matrix is in 2^-13, so that a color is a sum of two products
 * of 16 bits (i32x4.dot_i16x8_s) in 2^-17, rounded once.
 */

/** Bits after the point of a color. */
const SHIFT: i32 = 17;

// The matrix and what luma is without light: see setUp.
let lumaBlack: i16 = 0;
let redPair: v128 = i32x4.splat(0);
let greenPair: v128 = i32x4.splat(0);
let greenBlue: v128 = i32x4.splat(0);
let bluePair: v128 = i32x4.splat(0);

/** Takes the luma of black, and the matrix in 2^-13: of luma, and of chroma for each color. */
export function setUp(black: i32, luma: i32, redCr: i32, greenCb: i32, greenCr: i32, blueCb: i32): void {
  lumaBlack = <i16>(black << 4);
  redPair = i32x4.splat((redCr << 16) | (luma & 0xffff));
  greenPair = i32x4.splat((greenCr << 16) | (luma & 0xffff));
  greenBlue = i32x4.splat(greenCb & 0xffff);
  bluePair = i32x4.splat((blueCb << 16) | (luma & 0xffff));
}

/**
 * Converts a frame. Rows of chroma are mixed at `scratch`, with a sample before and many after
 * them. Up to 48 bytes after the last pixel of a row are overwritten too.
 */
export function toRgb(luma: usize, cb: usize, cr: usize, rgb: usize, scratch: usize, width: i32, height: i32): void {
  const chromaWidth = (width + 1) >> 1;
  const chromaHeight = (height + 1) >> 1;
  const mixedCb = scratch + 16;
  const mixedCr = mixedCb + (<usize>chromaWidth << 1) + 64;
  for (let y = 0; y < height; y++) {
    const near = y >> 1;
    const far = max(0, min(chromaHeight - 1, y & 1 ? near + 1 : near - 1));
    mixRows(cb + <usize>(near * chromaWidth), cb + <usize>(far * chromaWidth), mixedCb, chromaWidth);
    mixRows(cr + <usize>(near * chromaWidth), cr + <usize>(far * chromaWidth), mixedCr, chromaWidth);
    convertRow(luma + <usize>(y * width), mixedCb, mixedCr, rgb + <usize>(y * width) * 3, width);
  }
}

/** Mixes two rows of chroma 3:1, less the 512 of gray, and repeats the samples at both ends. */
function mixRows(near: usize, far: usize, mixed: usize, count: i32): void {
  const gray = i16x8.splat(512);
  const three = i16x8.splat(3);
  for (let i: usize = 0; i < <usize>count; i += 8) {
    const sum = i16x8.add(i16x8.mul(v128.load8x8_u(near + i), three), v128.load8x8_u(far + i));
    v128.store(mixed + (i << 1), i16x8.sub(sum, gray));
  }
  const last = mixed + (<usize>count << 1);
  store<i16>(mixed - 2, load<i16>(mixed));
  store<i16>(last, load<i16>(last - 2));
}

/** Converts a row, 16 pixels at a time. */
function convertRow(luma: usize, cb: usize, cr: usize, rgb: usize, width: i32): void {
  const black = i16x8.splat(lumaBlack);
  for (let x: usize = 0; x < <usize>width; x += 16) {
    const samples = v128.load(luma + x);
    const evenCb = between(cb + x, -2);
    const oddCb = between(cb + x, 2);
    const evenCr = between(cr + x, -2);
    const oddCr = between(cr + x, 2);
    convert8(
      i16x8.sub(i16x8.shl(i16x8.extend_low_i8x16_u(samples), 4), black),
      v128.shuffle<i16>(evenCb, oddCb, 0, 8, 1, 9, 2, 10, 3, 11),
      v128.shuffle<i16>(evenCr, oddCr, 0, 8, 1, 9, 2, 10, 3, 11),
      rgb,
    );
    convert8(
      i16x8.sub(i16x8.shl(i16x8.extend_high_i8x16_u(samples), 4), black),
      v128.shuffle<i16>(evenCb, oddCb, 4, 12, 5, 13, 6, 14, 7, 15),
      v128.shuffle<i16>(evenCr, oddCr, 4, 12, 5, 13, 6, 14, 7, 15),
      rgb + 24,
    );
    rgb += 48;
  }
}

/** Eight samples of chroma, mixed 3:1 with those before or after them. */
@inline
function between(at: usize, other: i32): v128 {
  return i16x8.add(i16x8.mul(v128.load(at), i16x8.splat(3)), v128.load(at + other));
}

/** Converts eight pixels, whose luma and chroma are in 16ths. */
@inline
function convert8(luma: v128, cb: v128, cr: v128, rgb: usize): void {
  const zero = i16x8.splat(0);
  const lowCr = v128.shuffle<i16>(luma, cr, 0, 8, 1, 9, 2, 10, 3, 11);
  const highCr = v128.shuffle<i16>(luma, cr, 4, 12, 5, 13, 6, 14, 7, 15);
  const lowCb = v128.shuffle<i16>(luma, cb, 0, 8, 1, 9, 2, 10, 3, 11);
  const highCb = v128.shuffle<i16>(luma, cb, 4, 12, 5, 13, 6, 14, 7, 15);
  const lowZero = v128.shuffle<i16>(cb, zero, 0, 8, 1, 9, 2, 10, 3, 11);
  const highZero = v128.shuffle<i16>(cb, zero, 4, 12, 5, 13, 6, 14, 7, 15);
  const red = rounded(i32x4.dot_i16x8_s(lowCr, redPair), i32x4.dot_i16x8_s(highCr, redPair));
  const green = rounded(
    i32x4.add(i32x4.dot_i16x8_s(lowCr, greenPair), i32x4.dot_i16x8_s(lowZero, greenBlue)),
    i32x4.add(i32x4.dot_i16x8_s(highCr, greenPair), i32x4.dot_i16x8_s(highZero, greenBlue)),
  );
  const blue = rounded(i32x4.dot_i16x8_s(lowCb, bluePair), i32x4.dot_i16x8_s(highCb, bluePair));
  const redGreen = i8x16.narrow_i16x8_u(red, green);
  const blues = i8x16.narrow_i16x8_u(blue, zero);
  v128.store(rgb, v128.shuffle<i8>(redGreen, blues, 0, 8, 16, 1, 9, 17, 2, 10, 18, 3, 11, 19, 4, 12, 20, 5));
  v128.store(rgb, v128.shuffle<i8>(redGreen, blues, 13, 21, 6, 14, 22, 7, 15, 23, 0, 0, 0, 0, 0, 0, 0, 0), 16);
}

/** Eight colors as whole numbers. */
@inline
function rounded(low: v128, high: v128): v128 {
  const half = i32x4.splat(1 << (SHIFT - 1));
  return i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(low, half), SHIFT), i32x4.shr_s(i32x4.add(high, half), SHIFT));
}
