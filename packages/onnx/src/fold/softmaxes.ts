/** Weights that add up to 1, as they are written. */
import { nameOf } from '../graph/node-name.ts';
import type { Context } from './context.ts';
import { exponentialsIn, sharedLogarithmIn } from './exponentials.ts';
import { isReduction, keepsAxes } from './reductions.ts';
import { chainFrom, type Step, standardProducer } from './steps.ts';

/** A softmax behind a value. */
export interface Softmax {
  /** What is done to the weights before and after they are divided by their sum. */
  readonly steps: readonly Step[];
  readonly exponent: string;
  readonly factor: number;
  readonly isShared: boolean;
}

/**
 * Finds a softmax: as one operator, as the exponential of its logarithm, as exponentials divided by
 * their sum, or as the exponential of a difference from the logarithm of that sum.
 */
export function softmaxIn(context: Context, name: string): Softmax | string | undefined {
  const { graph, keys } = context;
  const { steps, producer } = chainFrom(graph, name);
  if (producer?.opType === 'Softmax') return ofExponent(context, producer.input[0] ?? '', steps);
  if (producer?.opType === 'Exp') {
    const [exponent = ''] = producer.input;
    const inner = standardProducer(graph, exponent);
    if (inner?.opType === 'LogSoftmax') return ofExponent(context, inner.input[0] ?? '', steps);
    const subtracted = inner?.opType === 'Sub' ? standardProducer(graph, inner.input[1] ?? '') : undefined;
    if (inner === undefined || subtracted?.opType !== 'ReduceLogSumExp') return undefined;
    const [[from = ''], [of = '']] = [inner.input, subtracted.input];
    if (keys.of(from) === keys.of(of)) return ofExponent(context, exponent, steps);
    return `its weights are no softmax: Sub ${nameOf(inner)} subtracts the logarithm of a sum of exponentials of ${of} from ${from}`;
  }
  if (producer?.opType !== 'Div') return undefined;
  const [above = '', below = ''] = producer.input;
  const sum = standardProducer(graph, below);
  if (sum === undefined || !isReduction(sum) || sum.opType !== 'ReduceSum' || !keepsAxes(sum) || sum.input[0] !== above) return undefined;
  const weights = exponentialsIn(context, above);
  if (typeof weights !== 'object') return weights;
  return { ...weights, steps: [...steps, ...weights.outer, ...weights.inner] };
}

function ofExponent(context: Context, exponent: string, steps: readonly Step[]): Softmax | string {
  const shared = sharedLogarithmIn(context, exponent);
  if (shared === undefined) return { steps, exponent, factor: 1, isShared: false };
  return typeof shared === 'string' ? shared : { ...shared, steps: [...steps, ...shared.outer, ...shared.inner] };
}
