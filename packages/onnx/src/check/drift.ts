/** How far the outputs of one model are from those of another, over all runs. */
import { type NamedTensors, numbersOf, type TensorValue } from './elements.ts';

/**
 * How far an output is from what it was. Measures are `null` if shapes differ or the elements are
 * not numbers.
 */
export interface Drift {
  readonly output: string;
  readonly type: string;
  /** Its shape in the first run, or in the first in which the models differ in it. */
  readonly shape: readonly number[];
  /** Its shape in the second model; `null` if that has no such output. */
  readonly shapeAfter: readonly number[] | null;
  /** The largest difference. */
  readonly largest: number | null;
  /**
   * The root mean square of the differences, divided by that of the finite numbers of the first
   * model's output.
   */
  readonly relative: number | null;
  /** The share of the elements that differ. */
  readonly changed: number | null;
  /**
   * In how many rows of `[N, K]` both models have their largest value at the same place; `null` for
   * other shapes. A row with NaN has no largest value, so it is never the same, also if both models
   * have NaN in it.
   */
  readonly sameTop1: { readonly rows: number; readonly same: number } | null;
}

/** Accumulates the outputs of runs. */
export interface DriftMeter {
  add(was: NamedTensors, is: NamedTensors): void;
  drifts(): Drift[];
}

/** An empty meter. */
export function driftMeter(): DriftMeter {
  const sums = new Map<string, Sums>();
  return {
    add(was, is) {
      for (const [output, tensor] of Object.entries(was)) {
        const sum = sums.get(output) ?? emptySums(tensor, is[output]);
        sums.set(output, sum);
        addTo(sum, tensor, is[output]);
      }
    },
    drifts: () => Array.from(sums, ([output, sum]) => driftOf(output, sum)),
  };
}

interface Sums {
  readonly type: string;
  shape: readonly number[];
  shapeAfter: readonly number[] | null;
  /** Whether all runs could be compared. */
  isComparable: boolean;
  elements: number;
  changed: number;
  largest: number;
  /** Sum of the squares of the differences. */
  squares: number;
  /** Sum of the squares of the finite numbers of the first model's output. */
  scale: number;
  rows: number;
  sameRows: number;
}

function emptySums({ type, shape }: TensorValue, is: TensorValue | undefined): Sums {
  const nothing = { elements: 0, changed: 0, largest: 0, squares: 0, scale: 0, rows: 0, sameRows: 0 };
  return { type, shape, shapeAfter: is?.shape ?? null, isComparable: true, ...nothing };
}

function addTo(sums: Sums, was: TensorValue, is: TensorValue | undefined): void {
  const [a, b] = [numbersOf(was), is && numbersOf(is)];
  const isSameShape = was.shape.join() === is?.shape.join();
  if (!isSameShape && sums.shape.join() === sums.shapeAfter?.join()) {
    sums.shape = was.shape;
    sums.shapeAfter = is?.shape ?? null;
  }
  if (!isSameShape || a === undefined || b === undefined) {
    sums.isComparable = false;
    return;
  }
  sums.elements += a.length;
  for (let i = 0; i < a.length; i++) {
    const [value, other] = [a[i] ?? 0, b[i] ?? 0];
    // Where scores are masked, −∞ would hide all differences.
    if (Number.isFinite(value)) sums.scale += value ** 2;
    if (value === other || (Number.isNaN(value) && Number.isNaN(other))) continue;
    const difference = Math.abs(other - value);
    sums.changed++;
    sums.largest = Number.isNaN(difference) ? Number.NaN : Math.max(sums.largest, difference);
    sums.squares += difference ** 2;
  }
  const [rows = 0, classes = 0, ...more] = was.shape;
  if (classes < 2 || more.length > 0) return;
  sums.rows += rows;
  for (let row = 0; row < rows; row++) {
    const best = top1(a, row * classes, classes);
    if (best !== undefined && best === top1(b, row * classes, classes)) sums.sameRows++;
  }
}

/** The place of the largest number, of equal ones the first; `undefined` if there is a NaN. */
function top1(numbers: ArrayLike<number>, start: number, length: number): number | undefined {
  let best = 0;
  for (let i = 0; i < length; i++) {
    const value = numbers[start + i] ?? 0;
    if (Number.isNaN(value)) return undefined;
    if (value > (numbers[start + best] ?? 0)) best = i;
  }
  return best;
}

function driftOf(output: string, { type, shape, shapeAfter, rows, sameRows, ...sums }: Sums): Drift {
  const measured =
    sums.isComparable && sums.elements > 0
      ? {
          largest: sums.largest,
          relative: sums.squares === 0 ? 0 : Math.sqrt(sums.squares / sums.scale),
          changed: sums.changed / sums.elements,
          sameTop1: rows === 0 ? null : { rows, same: sameRows },
        }
      : { largest: null, relative: null, changed: null, sameTop1: null };
  return { output, type, shape, shapeAfter, ...measured };
}
