/** Operators that take axes, in each opset. */
import type { NodeList } from './node-list.ts';

/** Applies an operator along one axis. A reduction keeps it, with a length of 1. */
export function overAxis(list: NodeList, opType: keyof typeof AXES_ARE_INPUT, tensor: string, axis: number): string {
  return list.opset < AXES_ARE_INPUT[opType] ? list.op(opType, [tensor], { axes: [axis] }) : list.op(opType, [tensor, list.integers(axis)]);
}

/** Reduces over all axes, to a number without axes. */
export function reducedToScalar(list: NodeList, opType: 'ReduceSum' | 'ReduceMax' | 'ReduceMin', tensor: string): string {
  return list.op(opType, [tensor], { keepdims: 0 });
}

/** The opset from which the axes are an input. Before, they are an attribute. */
const AXES_ARE_INPUT = { ReduceSum: 13, ReduceMax: 18, ReduceMin: 18, Squeeze: 13, Unsqueeze: 13 } as const;
