/** The exports of both modules, that of the forward pass and that of the gradient. */
import { field } from './read-problem';
import { METHOD } from './problem-fields';
import { recordsBytes } from './one-window';
import { rowsScratch } from './rows-tile';
import { ONE_WINDOW, ROWS } from './walk';
import { WINDOW_2_SCRATCH } from './window-2';

export { narrow, transpose, widen } from './convert';

// Exported only so that the optimizer keeps them apart: see window-2.ts and rows-tile.ts.
export { combineCareful, combineLongCareful, combineLongReused, combineReused, combineThree, combineTwo } from './rows-across';
export { sumDownCareful, sumDownReused, sumLongDownCareful, sumLongDownReused, sumThreeDown, sumTwoDown } from './rows-down';
export { sumThreeAlong, sumThreePositions } from './window-3';

/** The bytes that the problem's method needs at SCRATCH. */
export function scratchBytes(problem: usize): usize {
  const method = field(problem, METHOD);
  return method == ONE_WINDOW ? 0 : method == ROWS ? rowsScratch(problem) : WINDOW_2_SCRATCH;
}

/** The bytes that every method needs at RECORDS. */
export function recordBytes(problem: usize): usize {
  return recordsBytes(problem);
}
