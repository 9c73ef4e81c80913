/** Sums and means over axes. */
import type { NodeProto } from 'onnx-buf';
import { integerOf, integersOf } from '../graph/attributes.ts';

/** Whether a node sums, or averages, over axes. */
export function isReduction({ opType }: NodeProto): boolean {
  return opType === 'ReduceSum' || opType === 'ReduceMean';
}

/** Whether the axes stay, with size 1. */
export function keepsAxes(node: NodeProto): boolean {
  return integerOf(node, 'keepdims', 1) !== 0;
}

/**
 * The axes of a reduction, counted from 0 if the rank is known; `undefined` if they are not
 * constant.
 */
export function axesOf(
  node: NodeProto,
  rank: number | undefined,
  listOf: (name: string) => readonly number[] | undefined,
): readonly number[] | undefined {
  const given = node.input[1] ?? '';
  const axes = integersOf(node, 'axes') ?? (given === '' ? undefined : listOf(given));
  if (axes === undefined && given !== '') return undefined;
  if (axes === undefined || axes.length === 0) return integerOf(node, 'noop_with_empty_axes', 0) === 0 ? everyAxis(rank) : [];
  return axes.map((axis) => (axis < 0 && rank !== undefined ? axis + rank : axis));
}

function everyAxis(rank: number | undefined): number[] | undefined {
  return rank === undefined ? undefined : Array.from({ length: rank }, (_, at) => at);
}
