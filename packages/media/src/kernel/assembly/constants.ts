/**
 * Constants in the kernel's memory, each twice: engines load them in one instruction, and take
 * three or four for one that stands in the code, in each round of a loop.
 */
import { CONSTANTS } from '../layout';

export const HALF: usize = 0;
export const TWO_52: usize = 16;
export const LOG2E: usize = 32;
export const LN2_HIGH: usize = 48;
export const LN2_LOW: usize = 64;
export const MAGIC: usize = 80;
export const LEAST: usize = 96;
export const ONE: usize = 112;
/** Those of Taylor's series of e^x, from the highest degree. */
export const SERIES: usize = 128;

/** Writes the constants. */
export function setConstants(): void {
  set(HALF, 0.5);
  set(TWO_52, 4503599627370496);
  set(LOG2E, 1.4426950408889634);
  set(LN2_HIGH, 0.6931471803691238);
  set(LN2_LOW, 1.9082149292705877e-10);
  set(MAGIC, 6755399441055744);
  set(LEAST, -708);
  set(ONE, 1);
  set(SERIES, 1.605904383682161e-10);
  set(SERIES + 16, 2.08767569878681e-9);
  set(SERIES + 32, 2.505210838544172e-8);
  set(SERIES + 48, 2.755731922398589e-7);
  set(SERIES + 64, 2.7557319223985893e-6);
  set(SERIES + 80, 2.48015873015873e-5);
  set(SERIES + 96, 1.984126984126984e-4);
  set(SERIES + 112, 1.388888888888889e-3);
  set(SERIES + 128, 8.333333333333333e-3);
  set(SERIES + 144, 4.1666666666666664e-2);
  set(SERIES + 160, 1.6666666666666666e-1);
  set(SERIES + 176, 0.5);
}

function set(at: usize, value: f64): void {
  v128.store(<usize>CONSTANTS + at, f64x2.splat(value));
}
