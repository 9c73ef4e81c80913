/** Shapes of global pooling. */
import { type NodeList, TO_THE_END } from './node-list.ts';

/** Names of shapes, as tensors. */
interface GlobalShapes {
  /** `[N, C, L]`: all spatial axes as one. */
  readonly flat: string;
  /** `[N, C]`, and 1 for each spatial axis: that of the result. */
  readonly result: string;
}

/**
 * Computes the shapes for an input with any number of spatial axes. L is a product of sizes, since
 * Reshape cannot infer a size of a tensor without elements, as with an empty batch.
 */
export function globalShapes(list: NodeList, x: string): GlobalShapes {
  const shape = list.op('Shape', [x]);
  const outer = list.op('Slice', [shape, list.integers(0), list.integers(2)]);
  const spatial = list.op('Slice', [shape, list.integers(2), list.integers(TO_THE_END)]);
  const withOuter = (inner: string): string => list.op('Concat', [outer, inner], { axis: 0 });
  return {
    flat: withOuter(list.op('ReduceProd', [spatial])),
    result: withOuter(list.op('Expand', [list.integers(1), list.op('Shape', [spatial])])),
  };
}
