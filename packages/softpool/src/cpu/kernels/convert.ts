/** Converts tensors: float16 to float32 and back, channelsFirst to channelsLast and back. */
import { prefetch } from './prefetch';

/**
 * Converts `count` float16 numbers to float32. The arrays may overlap if `target` + 4·count ≤
 * `source` + 2·count.
 */
export function widen(source: usize, target: usize, count: i32): void {
  const vectors = (count + 3) >> 2;
  for (let i = 0; i < vectors; i++) {
    const bits = v128.load64_zero(source);
    const half = i32x4.extend_low_i16x8_u(bits);
    const sign = i32x4.shl(v128.and(half, i32x4.splat(0x8000)), 16);
    const magnitude = v128.and(half, i32x4.splat(0x7fff));
    // Exponent and fraction move into place. A multiplication corrects the exponent's bias, and
    // makes subnormals normal.
    const scaled = f32x4.mul(i32x4.shl(magnitude, 13), i32x4.splat(0x77800000)); // 2^112
    const special = i32x4.gt_s(magnitude, i32x4.splat(0x7bff));
    const infinite = v128.or(i32x4.shl(magnitude, 13), i32x4.splat(0x7f800000));
    v128.store(target, v128.or(sign, v128.bitselect(infinite, scaled, special)));
    source += 8;
    target += 16;
  }
}

/** Converts `count` float32 numbers to the nearest float16, ties to even. In place is allowed. */
export function narrow(source: usize, target: usize, count: i32): void {
  const vectors = (count + 3) >> 2;
  for (let i = 0; i < vectors; i++) {
    const value = v128.load(source);
    const sign = v128.and(i32x4.shr_u(value, 16), i32x4.splat(0x8000));
    const magnitude = v128.and(value, i32x4.splat(0x7fffffff));
    // Normal results: adding half of a float16 unit less one, plus the unit's own bit, makes
    // truncation round to even.
    const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
    const normal = i32x4.shr_u(i32x4.add(i32x4.add(i32x4.sub(magnitude, i32x4.splat(0x38000000)), i32x4.splat(0xfff)), odd), 13);
    // Subnormal results: adding ½ leaves the number of units of 2^-24 in the low bits, rounded by
    // the addition.
    const subnormal = i32x4.sub(f32x4.add(magnitude, f32x4.splat(0.5)), i32x4.splat(0x3f000000));
    const small = i32x4.lt_s(magnitude, i32x4.splat(0x38800000)); // 2^-14
    const large = i32x4.ge_s(magnitude, i32x4.splat(0x477ff000)); // 65520
    const nan = i32x4.gt_s(magnitude, i32x4.splat(0x7f800000));
    let result = v128.bitselect(subnormal, normal, small);
    result = v128.bitselect(i32x4.splat(0x7c00), result, large);
    result = v128.bitselect(i32x4.splat(0x7e00), result, nan);
    result = v128.or(result, sign);
    v128.store64_lane(target, v128.shuffle<i16>(result, result, 0, 2, 4, 6, 8, 10, 12, 14), 0);
    source += 16;
    target += 8;
  }
}

/**
 * Transposes a matrix whose elements have 4 or 8 bytes; those of 4 bytes in blocks of 4×4. The rows
 * begin `down` bytes apart, those of the result `across`. The outer loop is along the larger of the
 * two, so that few cache lines and pages are in use at a time: those of 8 rows that are far apart,
 * or of 8 columns that become such rows.
 */
export function transpose(source: usize, target: usize, rows: i32, columns: i32, element: usize, down: usize, across: usize): void {
  for (let row = 0; row < rows; row++) prefetch(source + <usize>row * down, <usize>columns * element);
  const byRows = down > across;
  const outer = byRows ? rows : columns;
  const outerFrom = byRows ? down : element;
  const outerTo = byRows ? element : across;
  const inner = byRows ? columns : rows;
  const innerFrom = byRows ? element : down;
  const innerTo = byRows ? across : element;
  const whole = element == 4 ? ~3 : 0;
  const blockOuter = outer & whole;
  const blockInner = inner & whole;
  for (let first = 0; first < blockOuter; first += 8) {
    const end = min(first + 8, blockOuter);
    for (let i = 0; i < blockInner; i += 4) {
      for (let o = first; o < end; o += 4) {
        const from = source + <usize>o * outerFrom + <usize>i * innerFrom;
        const to = target + <usize>o * outerTo + <usize>i * innerTo;
        const a = v128.load(from);
        const b = v128.load(from + down);
        const c = v128.load(from + 2 * down);
        const d = v128.load(from + 3 * down);
        const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
        const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
        const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
        const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
        v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
        v128.store(to + across, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
        v128.store(to + 2 * across, v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5));
        v128.store(to + 3 * across, v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7));
      }
    }
  }
  for (let o = 0; o < outer; o++) {
    for (let i = o < blockOuter ? blockInner : 0; i < inner; i++) {
      const from = source + <usize>o * outerFrom + <usize>i * innerFrom;
      const to = target + <usize>o * outerTo + <usize>i * innerTo;
      if (element == 8) store<i64>(to, load<i64>(from));
      else store<i32>(to, load<i32>(from));
    }
  }
}
