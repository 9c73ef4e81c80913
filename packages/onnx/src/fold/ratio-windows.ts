/** The windows of two sums: by operators for pooling, or by reductions over axes. */
import type { NodeProto } from 'onnx-buf';
import type { Context } from './context.ts';
import { listOf } from './exponents.ts';
import { followedSums } from './followed-sums.ts';
import { axesOf, isReduction, keepsAxes } from './reductions.ts';
import { chainFrom, type Step } from './steps.ts';
import { type WindowSum, windowSumOf, withPad } from './window-sums.ts';

/** A sum over windows, with what is done after it and before it. */
export interface Sum {
  readonly outer: readonly Step[];
  readonly node: NodeProto;
  /** Steps between the sum and what is summed. */
  readonly inner: readonly Step[];
  readonly source: string;
  readonly producer: NodeProto | undefined;
}

/** The windows of both sums, which are the same. */
export interface Windows {
  readonly sum: WindowSum | undefined;
  /** Factors on the means of both. */
  readonly factors: readonly [above: number, below: number];
  /** Steps between each sum and what it sums, without pads. */
  readonly above: readonly Step[];
  readonly below: readonly Step[];
  /** Whether zeros around x count. */
  readonly zeros: boolean;
  /** The number that pads the weights; 0 where it has none of its own. */
  readonly fill: number;
  readonly reshape: readonly number[] | undefined;
  /** The value that windows are gathered from, if they are. */
  readonly base: string | undefined;
}

/** The windows of a numerator and a denominator, or why they are not those of soft pooling. */
export function windowsOf(context: Context, x: string, above: Sum, below: Sum, isShared: boolean): Windows | string {
  const [ours, theirs] = [windowSumOf(context, above.node), windowSumOf(context, below.node)];
  if (typeof ours === 'string') return ours;
  if (typeof theirs === 'string') return theirs;
  if (ours === undefined || theirs === undefined) return reductions(context, x, above, below, ours ?? theirs, isShared);
  const [first, second] = [withPad(context, ours, above.inner), withPad(context, theirs, below.inner)];
  if (typeof first === 'string') return first;
  if (typeof second === 'string') return second;
  if (JSON.stringify(first.sum.window) !== JSON.stringify(second.sum.window))
    return 'the windows of the numerator and the denominator differ';
  if (first.sum.counts !== second.sum.counts) return 'the numerator and the denominator count padding differently';
  const { window } = first.sum;
  const isPadded = window !== undefined && (typeof window.padding === 'string' || window.padding.flat().some((each) => each > 0));
  if (isPadded && first.sum.fill !== 0) return 'its padding is neither left out nor zeros';
  const fill = isPadded ? second.sum.fill : 0;
  const zeros = fill !== 0;
  if (zeros && window !== undefined && (window.ceilMode || typeof window.padding === 'string'))
    return `it pads weights with ${fill} in ceil mode or by auto_pad`;
  const factors = [ours.factor, theirs.factor] as const;
  return { sum: first.sum, factors, above: first.steps, below: second.steps, zeros, fill, reshape: undefined, base: undefined };
}

/** Sums over axes: all spatial axes, or an axis along which windows are gathered. */
function reductions(
  context: Context,
  x: string,
  above: Sum,
  below: Sum,
  other: WindowSum | undefined,
  isShared: boolean,
): Windows | string {
  const isGlobal = [above.node, below.node].map((node) => node.opType === 'GlobalAveragePool' || isOverSpace(context, node));
  const isMean = [above.node, below.node].map((node) => node.opType !== 'ReduceSum');
  const isPlain = ![...above.inner, ...below.inner].some(({ node }) => node.opType === 'Pad');
  const steps = { above: above.inner, below: below.inner, zeros: false, fill: 0 };
  if (isGlobal.every(Boolean) && isPlain) {
    const kept = [above.node, below.node].map((node) => node.opType === 'GlobalAveragePool' || keepsAxes(node));
    if (kept[0] !== kept[1]) return 'only one of the numerator and the denominator drops the axes that it sums';
    if (isMean[0] !== isMean[1]) return 'one of the numerator and the denominator is a sum, and the other a mean';
    return {
      ...steps,
      sum: { window: undefined, factor: 1, counts: 'all', fill: 0 },
      factors: [1, 1],
      reshape: kept[0] ? undefined : [0, 0],
      base: undefined,
    };
  }
  if (other !== undefined) return 'the numerator and the denominator sum by operators of different kinds';
  if (isMean[0] !== isMean[1]) return 'one of the numerator and the denominator is a sum, and the other a mean';
  const followed = followedSums(context, x, above.node, below.node, isShared);
  if (typeof followed === 'string') return followed;
  const { window, zeros, reshape, base } = followed;
  return { ...steps, sum: { window, factor: 1, counts: 'all', fill: 0 }, factors: [1, 1], zeros, reshape, base };
}

/** Whether a node sums over all axes after batch and channels. */
function isOverSpace(context: Context, node: NodeProto): boolean {
  const input = chainFrom(context.graph, node.input[0] ?? '');
  const [left = '', right = ''] = input.producer?.opType === 'Mul' ? input.producer.input : [];
  const rank = context.rankOf(node.input[0] ?? '') ?? context.rankOf(left) ?? context.rankOf(right);
  const axes = isReduction(node) ? axesOf(node, rank, (name) => listOf(context, name)) : undefined;
  if (axes === undefined || rank === undefined || rank < 3 || rank > 5) return false;
  return axes.toSorted((a, b) => a - b).join() === Array.from({ length: rank - 2 }, (_, i) => i + 2).join();
}

/** The least share of a window that lies in the input, where a mean counts padding. */
export function leastShare({ sum }: Windows): number {
  const { window, counts } = sum ?? {};
  if (window === undefined || typeof window.padding === 'string' || counts === 'the elements of the input') return 1;
  return window.padding.reduce((share, around, axis) => {
    const kernel = window.kernelSize[axis] ?? 1;
    return share * Math.max(1 / kernel, 1 - Math.max(...around) / kernel);
  }, 1);
}
