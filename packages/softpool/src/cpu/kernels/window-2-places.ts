/** Where the inputs of windows of 2 lie. */
import { field } from './read-problem';
import { HEIGHT, INNER, WIDTH } from './problem-fields';

/** Whether all values of a window of 2 along each axis are finite. Its first value is at `x`. */
export function isWindowFinite(problem: usize, x: usize, taps: i32): bool {
  for (let tap = 0; tap < taps; tap++) {
    if (!isFinite(load<f32>(x + window2Tap(problem, tap)))) return false;
  }
  return true;
}

/** The byte offset of the first value of a window of 2 along each axis. */
export function windowCorner(problem: usize, depth: i32, height: i32, width: i32): usize {
  const row = 2 * depth * field(problem, HEIGHT) + 2 * height;
  return <usize>((row * field(problem, WIDTH) + 2 * width) * field(problem, INNER)) << 2;
}

/** The byte offset of a value of a window of 2 from its first. */
export function window2Tap(problem: usize, tap: i32): usize {
  const right = tap & 1;
  const below = (tap >> 1) & 1;
  const behind = tap >> 2;
  return <usize>(((behind * field(problem, HEIGHT) + below) * field(problem, WIDTH) + right) * field(problem, INNER)) << 2;
}
