/** Weights as they are written: exponentials, with what is done to them. */
import type { NodeProto } from 'onnx-buf';
import { integersOf } from '../graph/attributes.ts';
import type { Context } from './context.ts';
import type { GraphValues } from './graph-values.ts';
import type { Keys } from './keys.ts';
import { axesOf, isReduction, keepsAxes } from './reductions.ts';
import { type Chain, chainFrom, type Step, scalarOf, standardProducer } from './steps.ts';

/** A value that is made of exponentials, and what it is made by. */
export interface Exponentials {
  /** Operators after the exponential, without the sum over channels; the outermost first. */
  readonly outer: readonly Step[];
  /** Operators between the exponential and the sum over channels. */
  readonly inner: readonly Step[];
  readonly isShared: boolean;
  /** What is exponentiated. */
  readonly exponent: string;
  /** What the exponent is multiplied by: 1, or the logarithm of the base of a power. */
  readonly factor: number;
  /** The node of the exponential. */
  readonly node: NodeProto;
}

/** Finds the exponentials behind a value; a text says why it is only nearly a weight. */
export function exponentialsIn(context: Context, name: string): Exponentials | string | undefined {
  const { graph } = context;
  const { steps, producer } = chainFrom(graph, name);
  const own = exponentialAt(graph, producer);
  if (own !== undefined) return { outer: steps, inner: [], isShared: false, ...own };
  if (producer === undefined || !isReduction(producer)) return undefined;
  const below = chainFrom(graph, producer.input[0] ?? '');
  const shared = exponentialAt(graph, below.producer);
  if (shared === undefined) return undefined;
  const axes = axesOf(producer, undefined, (each) => listOf(context, each));
  const [axis, ...others] = axes ?? [];
  if (axis !== CHANNELS || others.length > 0)
    return `${producer.opType} ${nameOf(producer)} sums exponentials over ${axes === undefined ? 'axes that are not constant' : `axes ${axes}`}, not over the channels (axis 1)`;
  if (keepsAxes(producer)) return { outer: steps, inner: below.steps, isShared: true, ...shared };
  // The axis may come back by the next operator.
  const last = steps.at(-1)?.node;
  const isBack = last?.opType === 'Unsqueeze' && unsqueezedAxes(context, last).join() === '1';
  if (!isBack) return `${producer.opType} ${nameOf(producer)} drops the axis of the channels`;
  return { outer: steps.slice(0, -1), inner: below.steps, isShared: true, ...shared };
}

const CHANNELS = 1;

function exponentialAt(graph: GraphValues, node: NodeProto | undefined): Pick<Exponentials, 'exponent' | 'factor' | 'node'> | undefined {
  if (node?.opType === 'Exp') return { exponent: node.input[0] ?? '', factor: 1, node };
  if (node?.opType !== 'Pow') return undefined;
  const base = scalarOf(graph, node.input[0] ?? '');
  return base === undefined || base <= 0 ? undefined : { exponent: node.input[1] ?? '', factor: Math.log(base), node };
}

/** A constant list of integers. */
export function listOf({ numbersOf }: Context, name: string): number[] | undefined {
  const numbers = numbersOf(name);
  return numbers && Array.from(numbers.data);
}

function unsqueezedAxes(context: Context, node: NodeProto): readonly number[] {
  return integersOf(node, 'axes') ?? listOf(context, node.input[1] ?? '') ?? [];
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
}

/** Steps from x to an exponent as a line, or why they are not one. */
export function exponentOf(steps: readonly Step[], factor: number): Exponent {
  let { beta, offset, low, high } = { beta: 1, offset: 0, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const scale = (by: number): void => {
    [beta, offset] = [beta * by, offset * by];
    [low, high] = scaledLimits(low, high, by);
  };
  for (const step of steps.toReversed()) {
    if (step.kind === 'scale') scale(step.by);
    if (step.kind === 'add') [offset, low, high] = [offset + step.by, low + step.by, high + step.by];
    if (step.kind === 'clip') [low, high] = [Math.max(low, step.low), Math.min(high, step.high)];
  }
  if (factor !== 1) scale(factor);
  return { beta, offset, low, high };
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
  const { steps }: Chain = chainFrom(graph, exponent);
  for (let count = 0; count <= steps.length; count++) {
    const name = count === 0 ? exponent : (steps[count - 1]?.source ?? '');
    const moves = [...outside, ...movesIn(steps.slice(0, count))];
    if (keyAfter(keys, name, moves) === wanted) return steps.slice(0, count);
  }
  return undefined;
}

/** The movements among steps, the outermost first. */
export function movesIn(steps: readonly Step[]): NodeProto[] {
  return steps.filter(({ kind }) => kind === 'move').map(({ node }) => node);
}

/** The key of a value after movements, of which the outermost is first. */
export function keyAfter(keys: Keys, name: string, moves: readonly NodeProto[]): string {
  return moves.toReversed().reduce((key, node) => keys.moved(node, key), keys.of(name));
}

/** What a node is called in messages. */
export function nameOf({ name, output }: NodeProto): string {
  return name === '' ? (output[0] ?? '') : name;
}

/** The value whose exponential this is, as far down as steps lead. */
export function rootOf(graph: GraphValues, name: string): string {
  let each = name;
  for (let i = 0; i < MOST_STEPS; i++) {
    const { source, producer } = chainFrom(graph, each);
    if (producer?.opType !== 'Concat') return source;
    each = producer.input[0] ?? '';
  }
  return each;
}

const MOST_STEPS = 100;

/** The node of a softmax behind a value: in one step, or exponentials divided by their sum. */
export function softmaxIn(
  graph: GraphValues,
  name: string,
): { readonly node: NodeProto; readonly steps: readonly Step[]; readonly exponent: string } | undefined {
  const { steps, producer } = chainFrom(graph, name);
  if (producer?.opType === 'Softmax') return { node: producer, steps, exponent: producer.input[0] ?? '' };
  if (producer?.opType !== 'Div') return undefined;
  const [above, below] = producer.input as [string, string];
  const sum = standardProducer(graph, below);
  const exponential = standardProducer(graph, above);
  const isSoftmax = sum?.opType === 'ReduceSum' && keepsAxes(sum) && sum.input[0] === above && exponential?.opType === 'Exp';
  return isSoftmax ? { node: producer, steps, exponent: exponential?.input[0] ?? '' } : undefined;
}
