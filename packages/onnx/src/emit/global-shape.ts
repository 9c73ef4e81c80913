/** The shape of the result of global pooling. */
import type { NodeList } from './node-list.ts';

/** `[N, C]`, and 1 for each spatial axis, however many there are. */
export function globalShape(list: NodeList, x: string): string {
  const shape = list.op('Shape', [x]);
  const outer = list.op('Slice', [shape, list.integers(0), list.integers(2)]);
  const spatial = list.op('Shape', [list.op('Slice', [shape, list.integers(2), list.integers(2n ** 63n - 1n)])]);
  return list.op('Concat', [outer, list.op('Expand', [list.integers(1), spatial])], { axis: 0 });
}
