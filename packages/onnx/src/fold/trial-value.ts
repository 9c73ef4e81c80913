/** Values of a trial: see trial.ts. */
import { product } from 'softpool/internal';
import type { GraphValues } from '../graph/graph-values.ts';
import type { Comparisons } from './comparisons.ts';

/** A padded zero among positions. */
export const ZERO = -1;

/** No element. */
export const ABSENT = -2;

/**
 * A value for one size of the input: an array of numbers, or of positions in the input. An
 * `'exponent'` is the logarithm of weights that channels share. A `'shift'` is computed from the
 * input, and the same numbers in its data are the same values.
 */
export interface TrialValue {
  readonly kind: 'numbers' | 'input' | 'exponent' | 'weight' | 'product' | 'shift';
  readonly shape: readonly number[];
  readonly data: Int32Array | readonly number[];
  /** The operator that changed the input's elements, if one did. */
  readonly changedBy?: string | undefined;
  /** The Cast to float16 that rounded them, if one did. */
  readonly roundedBy?: string | undefined;
  /** The padding that has no weight, if there is any. */
  readonly padding?: Padding | undefined;
  /** Which elements share a softmax, for weights that are divided by their sum. */
  readonly groups?: Int32Array | undefined;
  /** How many elements each softmax has. */
  readonly groupSize?: number | undefined;
  /** What is subtracted from each exponent. */
  readonly shifts?: Int32Array | undefined;
  /** Whether weights are summed over channels. Their positions are those in the first channel. */
  readonly isShared?: boolean;
}

/** Very negative numbers around an input. */
export interface Padding {
  /** The node that adds them. */
  readonly by: string;
  /** What they are in the value. */
  readonly fill: number;
}

/** How many elements may still be followed in a model. */
export interface Budget {
  left: number;
}

/** What a value is computed from. */
export interface Trial {
  readonly graph: GraphValues;
  readonly opset: number;
  /** The elements that may still be followed. */
  readonly budget: Budget;
  /** The pooled value. */
  readonly base: string;
  /** Its shape. */
  readonly shape: readonly number[];
  readonly valueAt: (name: string) => TrialValue;
  /** A number for a key. */
  readonly shiftOf: (key: string) => number;
  /** What sizes are compared with. */
  readonly compared: Comparisons;
}

/** Why an element cannot be followed. */
export class NotFollowed extends Error {}

/** Why weights whose exponents are shifted within a window are not those of soft pooling. */
export const SHIFTS_DIFFER = 'what its exponents subtract from x differs within a window';

/** The most elements of a value. */
const MOST_ELEMENTS = 2 ** 22;

/** The most axes of a value. */
const MOST_AXES = 32;

/** The number of elements of a shape. Throws if they are too many, also for a part of its axes. */
export function checkedSize(shape: readonly number[]): number {
  const most = product(shape.map((size) => Math.max(1, size)));
  if (!(most <= MOST_ELEMENTS)) throw new NotFollowed(`its windows have more than ${MOST_ELEMENTS} elements`);
  if (shape.length > MOST_AXES) throw new NotFollowed(`its windows have more than ${MOST_AXES} axes`);
  return product(shape);
}

/** The most elements that are followed in a model, over all operators, sizes and values. */
const MOST_IN_MODEL = 2 ** 27;

/** The budget of a model. */
export function wholeBudget(): Budget {
  return { left: MOST_IN_MODEL };
}

/** Takes elements from a budget. Throws if there are not as many. */
export function spend(budget: Budget, elements: number): void {
  budget.left -= elements;
  if (budget.left < 0) throw new OverBudget(`the windows of this model have more than ${MOST_IN_MODEL} elements to follow`);
}

/** No value can be followed from now on. */
class OverBudget extends NotFollowed {}

/** The numbers from 0 on. */
export function firstNumbers(count: number): Int32Array {
  const numbers = new Int32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = i;
  return numbers;
}

/** For each element, a number that it shares with those that differ along `axes` only. */
export function groupsOf(shape: readonly number[], axes: readonly number[]): Int32Array {
  let groups = new Int32Array(1);
  for (const [at, size] of shape.entries()) {
    const isJoined = axes.includes(at);
    const next = new Int32Array(groups.length * size);
    for (let i = 0, to = 0; i < groups.length; i++) {
      for (let k = 0; k < size; k++) next[to++] = isJoined ? (groups[i] as number) : (groups[i] as number) * size + k;
    }
    groups = next;
  }
  return groups;
}

/** The softmaxes, or other sums, along axes. */
export function grouped(shape: readonly number[], axes: readonly number[]): Pick<TrialValue, 'groups' | 'groupSize'> {
  return { groups: groupsOf(shape, axes), groupSize: product(axes.map((axis) => shape[axis] ?? 1)) };
}

/** The shape without axes that are reduced, or with 1 for them. */
export function reducedShape(shape: readonly number[], axes: readonly number[], keeps: boolean): number[] {
  return shape.flatMap((size, at) => (axes.includes(at) ? (keeps ? [1] : []) : [size]));
}

/**
 * For each element of an array of shape `to`, the position in one of shape `from` that is broadcast
 * to it; `undefined` if it does not fit.
 */
export function broadcastPositions(from: readonly number[], to: readonly number[]): Int32Array | undefined {
  const sizes = [...Array.from({ length: to.length - from.length }, () => 1), ...from];
  if (from.length > to.length || sizes.some((size, at) => size !== 1 && size !== to[at])) return undefined;
  let positions = new Int32Array(1);
  for (const [at, size] of to.entries()) {
    const next = new Int32Array(positions.length * size);
    for (let i = 0, j = 0; i < positions.length; i++) {
      for (let k = 0; k < size; k++) next[j++] = sizes[at] === 1 ? (positions[i] as number) : (positions[i] as number) * size + k;
    }
    positions = next;
  }
  return positions;
}

/** The position in the first channel at the same place, in an input `[batch, channels, ...]`. */
export function inFirstChannel(position: number, [, channels = 1, ...spatial]: readonly number[]): number {
  if (position < 0) return position;
  const plane = product(spatial);
  return position - (Math.floor(position / plane) % channels) * plane;
}
