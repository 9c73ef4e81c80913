/** e^x with the same bits on every engine; `Math.exp` may differ in its last bit. */

/** 2^-i, exact. */
const HALVES = Float64Array.from({ length: 1023 }, (_, i) => 2 ** -i);

/**
 * e^x for x ≤ 0, within two units in the last place; 0 below −708, where it is hardly a normal
 * number. Only additions and multiplications, which IEEE 754 rounds alike everywhere: e^x = 2^n
 * e^r, |r| ≤ ln2/2. n ln2 is subtracted in two parts, the first with room for the bits of n. e^r is
 * Taylor's series to degree 13, whose remainder is below 2^-56.
 */
export function exponential(x: number): number {
  if (!(x >= -708)) return Number.isNaN(x) ? x : 0;
  const n = Math.floor(x * Math.LOG2E + 0.5);
  const r = x - n * 0.6931471803691238 - n * 1.9082149292705877e-10;
  let p = 1.605904383682161e-10;
  p = p * r + 2.08767569878681e-9;
  p = p * r + 2.505210838544172e-8;
  p = p * r + 2.755731922398589e-7;
  p = p * r + 2.7557319223985893e-6;
  p = p * r + 2.48015873015873e-5;
  p = p * r + 1.984126984126984e-4;
  p = p * r + 1.388888888888889e-3;
  p = p * r + 8.333333333333333e-3;
  p = p * r + 4.1666666666666664e-2;
  p = p * r + 1.6666666666666666e-1;
  p = p * r + 0.5;
  return (1 + (r + r * r * p)) * (HALVES[-n] as number);
}
