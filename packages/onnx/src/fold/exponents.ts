/** Exponents as they are written: lines of x, between limits. */
import type { NodeProto } from 'onnx-buf';
import type { GraphValues } from '../graph/graph-values.ts';
import type { Context } from './context.ts';
import type { Keys } from './keys.ts';
import { chainFrom, pathTo, roundingIn, type Step, shiftsIn } from './steps.ts';

/** A constant list of integers. */
export function listOf({ numbersOf }: Context, name: string): number[] | undefined {
  const numbers = numbersOf(name);
  return numbers && Array.from(numbers.data);
}

/** A limit on exponents. */
interface Limits {
  readonly low: number;
  readonly high: number;
}

/** An exponent as a line: β x + offset, between limits. */
export interface Exponent extends Limits {
  readonly beta: number;
  readonly offset: number;
  /** Why it is rounded, if it is. */
  readonly rounding: string | undefined;
  /** The steps that add or subtract what may be the same in a whole window. */
  readonly shifts: readonly Step[];
  /** Whether x is limited before something is subtracted, so that the limits are unknown. */
  readonly isLimitedBefore: boolean;
}

/** Steps from x to an exponent as a line, or why they are not one. */
export function exponentOf(steps: readonly Step[], factor: number): Exponent {
  let { beta, offset, low, high } = { beta: 1, offset: 0, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const scale = (by: number): void => {
    [beta, offset] = [beta * by, offset * by];
    [low, high] = scaledLimits(low, high, by);
  };
  let isLimitedBefore = false;
  for (const step of steps.toReversed()) {
    if (step.kind === 'shift') isLimitedBefore ||= Number.isFinite(low) || Number.isFinite(high);
    if (step.kind === 'scale') scale(step.by);
    if (step.kind === 'add') [offset, low, high] = [offset + step.by, low + step.by, high + step.by];
    if (step.kind === 'clip') [low, high] = [Math.max(low, step.low), Math.min(high, step.high)];
  }
  if (factor !== 1) scale(factor);
  return { beta, offset, low, high, rounding: roundingIn(steps, 'its exponents'), shifts: shiftsIn(steps), isLimitedBefore };
}

/** A sum of weights as it is written: scale · weight + epsilon, between limits. */
export interface Scaled extends Limits {
  readonly scale: number;
  readonly epsilon: number;
}

/** What steps do to a weight or a sum. */
export function scaledBy(steps: readonly Step[]): Scaled {
  let { scale, epsilon, low, high } = { scale: 1, epsilon: 0, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  for (const step of steps.toReversed()) {
    if (step.kind === 'scale') {
      [scale, epsilon] = [scale * step.by, epsilon * step.by];
      [low, high] = scaledLimits(low, high, step.by);
    }
    if (step.kind === 'add') [epsilon, low, high] = [epsilon + step.by, low + step.by, high + step.by];
    if (step.kind === 'clip') [low, high] = [Math.max(low, step.low), Math.min(high, step.high)];
  }
  return { scale, epsilon, low, high };
}

function scaledLimits(low: number, high: number, by: number): [low: number, high: number] {
  const scaled = (limit: number): number => (Number.isFinite(limit) ? limit * by : by < 0 ? -limit : limit);
  return by < 0 ? [scaled(high), scaled(low)] : [scaled(low), scaled(high)];
}

/**
 * The steps from an exponent down to the value with this key; `undefined` if they do not lead to
 * it.
 */
export function stepsTo(
  graph: GraphValues,
  keys: Keys,
  exponent: string,
  wanted: string,
  outside: readonly NodeProto[],
): readonly Step[] | undefined {
  return pathTo(graph, exponent, (name, steps) => keyAfter(keys, name, [...outside, ...movesIn(steps)]) === wanted);
}

/** The movements among steps, the outermost first. */
export function movesIn(steps: readonly Step[]): NodeProto[] {
  return steps.filter(({ kind }) => kind === 'move').map(({ node }) => node);
}

/** The key of a value after movements, of which the outermost is first. */
export function keyAfter(keys: Keys, name: string, moves: readonly NodeProto[]): string {
  return moves.toReversed().reduce((key, node) => keys.moved(node, key), keys.of(name));
}

/** The value whose exponential this is, as far down as steps lead. */
export function rootOf(graph: GraphValues, name: string): string {
  let each = name;
  for (let i = 0; i < MOST_STEPS; i++) {
    const { source, producer } = chainFrom(graph, each);
    if (producer?.opType !== 'Concat' && producer?.opType !== 'Sub') return source;
    each = producer.input[0] ?? '';
  }
  return each;
}

const MOST_STEPS = 100;
