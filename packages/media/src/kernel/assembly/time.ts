/** The window of time that outputs are added to, in the order of their sums. */
import { sumBytes } from './image';

/** Whether the window has no other frame: then it needs no memory. */
export let isAlone: bool = true;
/** Whether the window ends with this frame. */
export let isEnding: bool = true;
let isFirst: bool = true;
let frameWeight: f64 = 1;
let window: usize = 0;
let sums: usize = 0;

/**
 * Describes the window: the weight of the frame, where the sums of the first output are, and
 * whether the window starts and ends here.
 */
export function setTime(weight: f64, at: usize, first: bool, last: bool): void {
  frameWeight = weight;
  window = at;
  isFirst = first;
  isEnding = last;
  isAlone = first && last && weight == 1;
}

/** Begins with the first output. */
@inline
export function startTime(): void {
  sums = window;
}

/** The sums of the window with those of this frame, which are kept unless the window ends. */
@inline
export function inTime(frame: v128, at: usize): v128 {
  const weighted = f64x2.mul(f64x2.splat(frameWeight), frame);
  const total = isFirst ? weighted : f64x2.add(v128.load(sums + at), weighted);
  if (!isEnding) v128.store(sums + at, total);
  return total;
}

/** Moves to the sums of the next output. */
@inline
export function nextInTime(): void {
  sums += sumBytes;
}
