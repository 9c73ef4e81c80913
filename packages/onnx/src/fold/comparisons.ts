/**
 * What operators that steer movements compare sizes with. Where sizes are dynamic, a few are tried;
 * others may lie on the other side of a constant, and be cut or rounded differently.
 */

/** Numbers that an operator compares, or rounds, for one size of the input. */
interface Comparison {
  /** The operator and its output. */
  readonly by: string;
  readonly operands: readonly ArrayLike<number>[];
  /** What comes of rounding. */
  readonly result?: ArrayLike<number>;
}

/** The comparisons of one trial, each with a key. */
export type Comparisons = Map<string, Comparison>;

/** Ends of slices that mean the end of the input, and limits that are none. */
const ENDLESS = 2 ** 31 - 1;

/** Whether a number is a constant that sizes may lie beyond. */
function isLimit(value: number): boolean {
  return Math.abs(value) > 1 && Math.abs(value) < ENDLESS;
}

/** The comparison of a size with a constant whose other side was not tried, in words. */
export function untriedSide(trials: readonly Comparisons[]): string | undefined {
  for (const key of new Set(trials.flatMap((each) => Array.from(each.keys())))) {
    const found = problemOf(trials.flatMap((each) => each.get(key) ?? []));
    if (found !== undefined) return found;
  }
  return undefined;
}

function problemOf(all: readonly Comparison[]): string | undefined {
  const [first] = all;
  if (first === undefined) return undefined;
  const { by, operands, result } = first;
  const open = operands.map((_, i) => differ(all.map((each) => each.operands[i])));
  if (!open.includes(true)) return undefined;
  if (result !== undefined) {
    const isFixed = !differ(all.map((each) => each.result));
    return isFixed ? `${by} gives ${Array.from(result)} for the sizes that were tried, and may not for others` : undefined;
  }
  const limit = operands.flatMap((each, i) => (open[i] ? [] : Array.from(each))).find(isLimit);
  return limit === undefined ? undefined : `${by} compares a size with ${limit}, beyond which none was tried`;
}

function differ(lists: readonly (ArrayLike<number> | undefined)[]): boolean {
  return new Set(lists.map((each) => Array.from(each ?? []).join())).size > 1;
}
