/**
 * The taps of the windows that one-window.ts and windows-in-pairs.ts compute: a record for each in
 * the scratch, with the byte offset of the tap, whether this part may write there, whether its
 * weight is above 0 though its mass has underflowed, and the mass Σ exp(β (x − max)) over the
 * channels that share weights.
 */
import { field, tableEntry } from './read-problem';
import {
  DEPTH_COUNT,
  DEPTH_START,
  DEPTH_STEP,
  ELEMENT,
  HEIGHT,
  HEIGHT_COUNT,
  HEIGHT_START,
  HEIGHT_STEP,
  INNER,
  RECORDS,
  WIDTH,
  WIDTH_COUNT,
  WIDTH_START,
  WIDTH_STEP,
} from './problem-fields';

export const OWNED: usize = 4;
export const WEIGHS: usize = 6;
export const MASS: usize = 8;
export const RECORD: usize = 16;

/** The end of the records. */
export let end: usize = 0;

/** Lists the taps of one window. */
export function findTaps(problem: usize, depth: i32, height: i32, width: i32, axis: i32, low: i32, high: i32): void {
  const depths = tableEntry(problem, DEPTH_COUNT, depth);
  const heights = tableEntry(problem, HEIGHT_COUNT, height);
  const widths = tableEntry(problem, WIDTH_COUNT, width);
  const stride = field(problem, INNER) * field(problem, ELEMENT);
  end = <usize>field(problem, RECORDS);
  for (let i = 0; i < depths; i++) {
    const d = tableEntry(problem, DEPTH_START, depth) + i * field(problem, DEPTH_STEP);
    for (let j = 0; j < heights; j++) {
      const h = tableEntry(problem, HEIGHT_START, height) + j * field(problem, HEIGHT_STEP);
      for (let k = 0; k < widths; k++) {
        const w = tableEntry(problem, WIDTH_START, width) + k * field(problem, WIDTH_STEP);
        const along = axis == 0 ? d : axis == 1 ? h : w;
        store<i32>(end, ((d * field(problem, HEIGHT) + h) * field(problem, WIDTH) + w) * stride);
        store<i16>(end, i16(along >= low && along < high), OWNED);
        end += RECORD;
      }
    }
  }
}
