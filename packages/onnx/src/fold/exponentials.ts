/** Weights as they are written: exponentials, with what is done to them. */
import type { NodeProto } from 'onnx-buf';
import { integerOf, integersOf } from '../graph/attributes.ts';
import type { GraphValues } from '../graph/graph-values.ts';
import { nameOf } from '../graph/node-name.ts';
import type { Context } from './context.ts';
import { listOf } from './exponents.ts';
import { axesOf, isReduction } from './reductions.ts';
import { chainFrom, pathTo, type Step, scalarOf, standardProducer } from './steps.ts';

/** A value that is made of exponentials, and what it is made by. */
export interface Exponentials {
  /** Operators after the exponential, without the sum over channels; the outermost first. */
  readonly outer: readonly Step[];
  /** Operators between the exponential and the sum over channels. */
  readonly inner: readonly Step[];
  readonly isShared: boolean;
  /** Whether that is the mean over channels, not their sum. */
  readonly isMean: boolean;
  /** What is exponentiated. */
  readonly exponent: string;
  /** What the exponent is multiplied by: 1, or the logarithm of the base of a power. */
  readonly factor: number;
  /** The node of the exponential. */
  readonly node: NodeProto;
  /** If it sums over another axis than the channels: what is wrong, unless that axis has them. */
  readonly otherAxis?: string | undefined;
}

/** Finds the exponentials behind a value; a text says why it is only nearly a weight. */
export function exponentialsIn(context: Context, name: string): Exponentials | string | undefined {
  const { graph } = context;
  const { steps, producer } = chainFrom(graph, name);
  const own = exponentialAt(graph, producer);
  if (own !== undefined) {
    const shared = sharedLogarithmIn(context, own.exponent);
    if (shared === undefined) return { outer: steps, inner: [], isShared: false, isMean: false, ...own };
    return typeof shared === 'string' ? shared : { ...shared, outer: [...steps, ...shared.outer] };
  }
  if (producer === undefined || !(isReduction(producer) || producer.opType === 'Conv')) return undefined;
  const below = chainFrom(graph, producer.input[0] ?? '');
  const exponential = exponentialAt(graph, below.producer);
  if (exponential === undefined) return undefined;
  const shared = { outer: steps, inner: below.steps, isShared: true, isMean: producer.opType === 'ReduceMean', ...exponential };
  if (producer.opType !== 'Conv') return { ...shared, otherAxis: otherAxisOf(context, producer) };
  const outer = pointwise(context, producer);
  return typeof outer === 'string' ? outer : { ...shared, outer: [...steps, ...outer] };
}

const CHANNELS = 1;

/** Why a sum is not over the channels; `undefined` if it is. */
function otherAxisOf(context: Context, node: NodeProto): string | undefined {
  const rank = context.rankOf(node.input[0] ?? '');
  const axes = axesOf(node, rank, (each) => listOf(context, each));
  const [axis, ...others] = axes ?? [];
  if (axis === CHANNELS && others.length === 0) return undefined;
  return `${node.opType} ${nameOf(node)} sums exponentials over ${axes === undefined ? 'axes that are not constant' : `axes ${axes}`}, not over the channels (axis 1)`;
}

/** The steps of a convolution that adds up the channels of each position, or why it is another. */
function pointwise(context: Context, node: NodeProto): readonly Step[] | string {
  const weights = context.numbersOf(node.input[1] ?? '');
  const [value = 0, ...others] = Array.from(weights?.data ?? []);
  const isPlain =
    weights?.shape.slice(2).every((size) => size === 1) &&
    integerOf(node, 'group', 1) === 1 &&
    (node.input[2] ?? '') === '' &&
    ![...(integersOf(node, 'strides') ?? [])].some((stride) => stride !== 1) &&
    ![...(integersOf(node, 'pads') ?? [])].some((pad) => pad !== 0);
  if (!isPlain || !(value > 0) || others.some((other) => other !== value))
    return `Conv ${nameOf(node)} does not add up exponentials over channels with equal weights`;
  return [{ kind: 'scale', node, source: node.input[0] ?? '', by: value }];
}

function exponentialAt(graph: GraphValues, node: NodeProto | undefined): Pick<Exponentials, 'exponent' | 'factor' | 'node'> | undefined {
  if (node?.opType === 'Exp') return { exponent: node.input[0] ?? '', factor: 1, node };
  if (node?.opType !== 'Pow') return undefined;
  const base = scalarOf(graph, node.input[0] ?? '');
  return base === undefined || base <= 0 ? undefined : { exponent: node.input[1] ?? '', factor: Math.log(base), node };
}

/**
 * The logarithm of a sum of exponentials over channels behind a value, as the weights that it
 * stands for.
 */
export function sharedLogarithmIn(context: Context, name: string): Exponentials | string | undefined {
  const { graph } = context;
  const isEnd = (each: string): boolean => LOGARITHMS.has(standardProducer(graph, each)?.opType ?? '');
  const steps = pathTo(graph, name, isEnd);
  const node = standardProducer(graph, steps?.at(-1)?.source ?? name);
  if (steps === undefined || node === undefined) return undefined;
  const [input = ''] = node.input;
  const isOverChannels = node.opType === 'ReduceLogSumExp' && otherAxisOf(context, node) === undefined;
  const weights = node.opType === 'Log' ? exponentialsIn(context, input) : undefined;
  if (!isOverChannels && !(typeof weights === 'object' && weights.isShared)) return undefined;
  if (steps.some(({ kind }) => kind === 'scale' || kind === 'clip'))
    return `it scales or limits the logarithm of the weights that channels share, ${node.opType} ${nameOf(node)}`;
  const outer = steps.map((step): Step => (step.kind === 'add' ? { ...step, kind: 'scale', by: Math.exp(step.by) } : step));
  return typeof weights === 'object'
    ? { ...weights, outer: [...outer, ...weights.outer] }
    : { outer, inner: [], isShared: true, isMean: false, exponent: input, factor: 1, node };
}

const LOGARITHMS = new Set(['ReduceLogSumExp', 'Log']);
