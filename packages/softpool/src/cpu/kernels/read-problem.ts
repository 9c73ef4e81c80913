/** Reads the problem block. */
import { DEPTH_COUNT, HEIGHT_COUNT, OUT_DEPTH, OUT_HEIGHT } from './problem-fields';

/** An entry of the problem block as an integer. */
@inline
export function field(problem: usize, entry: i32): i32 {
  return load<i32>(problem + entry);
}

/** Entry `index` of an int32 table whose address is in the problem block. */
@inline
export function tableEntry(problem: usize, table: i32, index: i32): i32 {
  return load<i32>(<usize>field(problem, table) + (<usize>index << 2));
}

/** The rows in the largest window. */
export function mostRows(problem: usize): i32 {
  let depths = 0;
  let heights = 0;
  for (let i = 0; i < field(problem, OUT_DEPTH); i++) depths = max(depths, tableEntry(problem, DEPTH_COUNT, i));
  for (let i = 0; i < field(problem, OUT_HEIGHT); i++) heights = max(heights, tableEntry(problem, HEIGHT_COUNT, i));
  return depths * heights;
}
