/** Reductions over one axis, in each opset. */
import type { NodeList } from './node-list.ts';

/** Reduces over one axis, which stays with a length of 1. */
export function reduced(list: NodeList, opType: keyof typeof AXES_ARE_INPUT, tensor: string, axis: number): string {
  return list.opset < AXES_ARE_INPUT[opType] ? list.op(opType, [tensor], { axes: [axis] }) : list.op(opType, [tensor, list.integers(axis)]);
}

/** Reduces over all axes, to a number without axes. */
export function reducedToScalar(list: NodeList, opType: keyof typeof AXES_ARE_INPUT, tensor: string): string {
  return list.op(opType, [tensor], { keepdims: 0 });
}

/** The opset from which the axes of a reduction are an input. Before, they are an attribute. */
const AXES_ARE_INPUT = { ReduceSum: 13, ReduceMax: 18, ReduceMin: 18 } as const;
