/** Sums of x · softmax(β x), whose windows are gathered along an axis. */
import type { NodeProto } from 'onnx-buf';
import { nameOf } from '../graph/node-name.ts';
import { exponentLimits } from './changes.ts';
import type { Context } from './context.ts';
import { exponentOf, rootOf } from './exponents.ts';
import { followedSums, valuesBelow } from './followed-sums.ts';
import { type FoundPooling, floatTypeOf, type Match, TYPE_UNKNOWN } from './match.ts';
import { type Softmax, softmaxIn } from './softmaxes.ts';
import { chainFrom, pathTo, roundingIn } from './steps.ts';

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
    const softmax = softmaxIn(context, weight);
    if (softmax === undefined) continue;
    const form = `ReduceSum(x·${typeof softmax === 'object' && softmax.isShared ? 'softmax(log Σ eˣ over channels)' : 'softmax(x)'})`;
    if (typeof softmax === 'string') return { node, form, found: softmax };
    if (rootOf(graph, softmax.exponent) !== rootOf(graph, x)) {
      const reduction = reductionOf(context, softmax.exponent, x);
      if (reduction === undefined) continue;
      return { node, form, found: `its softmax is of ${reduction} of x, not of x or of the logarithm of Σ eˣ over channels` };
    }
    const rounding = roundingIn(steps, 'what it sums') ?? roundingIn(softmax.steps, 'its weights');
    if (rounding !== undefined && floatTypeOf(context, x) !== 'float16') return { node, form, found: rounding };
    const isPlain = [...steps, ...softmax.steps].every(({ kind }) => UNSCALED.has(kind));
    if (!isPlain) return { node, form, found: 'its softmax or its product is scaled or limited before the sum' };
    return { node, form, found: pooled(context, node, x, softmax) };
  }
  return undefined;
}

/** The reduction of x that is exponentiated, if it is one. */
function reductionOf({ graph }: Context, exponent: string, x: string): string | undefined {
  const { producer } = chainFrom(graph, exponent);
  if (producer === undefined || !producer.opType.startsWith('Reduce')) return undefined;
  return rootOf(graph, producer.input[0] ?? '') === rootOf(graph, x) ? `${producer.opType} ${nameOf(producer)}` : undefined;
}

const UNSCALED = new Set(['same', 'round', 'move', 'shift']);

function pooled(context: Context, node: NodeProto, x: string, { exponent: argument, factor, isShared }: Softmax): FoundPooling | string {
  const values = new Set(valuesBelow(context, x));
  const steps = pathTo(context.graph, argument, (name) => values.has(name));
  if (steps === undefined) return 'x is scaled or limited before it is weighted';
  const exponent = exponentOf(steps, factor);
  if (!(exponent.beta >= 0)) return `it multiplies x by ${exponent.beta} in the exponent; SoftPool takes β ≥ 0`;
  const type = floatTypeOf(context, x);
  if (type === undefined) return TYPE_UNKNOWN;
  if (exponent.rounding !== undefined && type !== 'float16') return exponent.rounding;
  const limits = exponentLimits(exponent, type);
  if (limits.refusal !== undefined) return limits.refusal;
  const followed = followedSums(context, x, node, undefined, isShared);
  if (typeof followed === 'string') return followed;
  const { window, zeros, reshape, base } = followed;
  return {
    x: base,
    moves: [],
    window: window && zeros ? { ...window, padMode: 'zeros' } : window,
    beta: exponent.beta,
    weights: isShared ? 'shared' : 'perChannel',
    after: [],
    reshape,
    notes: limits.notes,
  };
}
