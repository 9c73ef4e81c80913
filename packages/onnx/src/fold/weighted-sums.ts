/** Sums of x · softmax(β x), whose windows are gathered along an axis. */
import type { NodeProto } from 'onnx-buf';
import { exponentLimits } from './changes.ts';
import type { Context } from './context.ts';
import { exponentOf, rootOf, softmaxIn } from './exponentials.ts';
import { basesOf, followedSums } from './followed-sums.ts';
import { type FoundPooling, floatTypeOf, type Match, TYPE_UNKNOWN } from './match.ts';
import { chainFrom, type Step } from './steps.ts';

/** The sum that a node computes, if its summands are values times their own softmax. */
export function weightedSumAt(context: Context, node: NodeProto): Match | undefined {
  if (node.opType !== 'ReduceSum') return undefined;
  const { graph } = context;
  const { steps, producer } = chainFrom(graph, node.input[0] ?? '');
  if (producer?.opType !== 'Mul') return undefined;
  const [left = '', right = ''] = producer.input;
  for (const [x, weight] of [
    [left, right],
    [right, left],
  ] as const) {
    const softmax = softmaxIn(graph, weight);
    if (softmax === undefined || rootOf(graph, softmax.exponent) !== rootOf(graph, x)) continue;
    const form = 'ReduceSum(x·softmax(x))';
    const isPlain = [...steps, ...softmax.steps].every(({ kind }) => kind === 'same' || kind === 'move');
    if (!isPlain) return { node, form, found: 'its softmax or its product is scaled or limited before the sum' };
    return { node, form, found: pooled(context, node, x, softmax.exponent) };
  }
  return undefined;
}

function pooled(context: Context, node: NodeProto, x: string, argument: string): FoundPooling | string {
  const steps = stepsBelow(context, argument, new Set(basesOf(context, x)));
  if (steps === undefined) return 'x is scaled or limited before it is weighted';
  const exponent = exponentOf(steps, 1);
  if (!(exponent.beta >= 0)) return `it multiplies x by ${exponent.beta} in the exponent; SoftPool takes β ≥ 0`;
  const type = floatTypeOf(context, x);
  if (type === undefined) return TYPE_UNKNOWN;
  const limits = exponentLimits(exponent, type);
  if (limits.refusal !== undefined) return limits.refusal;
  const followed = followedSums(context, x, node, undefined);
  if (typeof followed === 'string') return followed;
  const { window, zeros, reshape, base } = followed;
  return {
    x: base,
    moves: [],
    window: window && zeros ? { ...window, padMode: 'zeros' } : window,
    beta: exponent.beta,
    weights: 'perChannel',
    after: [],
    reshape,
    notes: limits.notes,
  };
}

/** The steps from a softmax's argument down to one of the values that x is moved from. */
function stepsBelow({ graph }: Context, argument: string, bases: ReadonlySet<string>): readonly Step[] | undefined {
  const { steps } = chainFrom(graph, argument);
  if (bases.has(argument)) return [];
  const count = steps.findIndex(({ source }) => bases.has(source)) + 1;
  return count > 0 ? steps.slice(0, count) : undefined;
}
