/**
 * Operators on a large tensor, one part after the other. What an operator passes to the next then
 * stays in the processor's cache; on the whole tensor, it would go to memory and back.
 *
 *     count = the most parts of at least LEAST_PART elements, of one size
 *     y = If(count > 1) { Scan over the parts } else { the operators on the whole tensor }
 *
 * If the sizes are static, the runtime decides that once, when it opens the model.
 */
import { type NodeList, TO_THE_END } from './node-list.ts';
import { subgraph } from './subgraph.ts';

/**
 * The least number of elements in a part: a megabyte. In smaller parts, the time to start operators
 * counts, and ONNX Runtime has too few channels for two threads.
 */
const LEAST_PART = 2 ** 18;

/** Of a tensor with more elements than as many parts have at least, the parts are larger. */
const MOST_PARTS = 256;

/**
 * Adds operators that keep the batch and the number of axes.
 *
 * @param x - The tensor [N, C, …spatial], in float32.
 * @param rank - The number of its axes.
 * @param unit - What parts consist of: whole images [n, C, …spatial], or planes [1, p, …spatial],
 *   each of one channel.
 * @param add - Adds the operators for a tensor to a list, and returns their results, in float32.
 * @returns The results for the whole tensor.
 */
export function inParts(
  list: NodeList,
  x: string,
  { rank, unit }: { readonly rank: number; readonly unit: 'images' | 'planes' },
  add: (part: NodeList, x: string) => readonly string[],
): string[] {
  const { op, ops, integers } = list;
  const split = unit === 'images' ? 1 : 2;
  const shape = op('Shape', [x]);
  const outer = op('Slice', [shape, integers(0), integers(split)]);
  const count = partCount(list, op('ReduceProd', [outer]), op('ReduceProd', [shape]));

  const whole = list.branch('whole');
  const wholeResults = add(whole, x);
  const parts = list.branch('parts');
  const inner = parts.op('Slice', [shape, parts.integers(split), parts.integers(TO_THE_END)]);
  const partShape = unit === 'images' ? [parts.integers(-1)] : [parts.integers(1), parts.integers(-1)];
  const stacked = parts.op('Reshape', [x, parts.op('Concat', [count, ...partShape, inner], { axis: 0 })]);
  const body = parts.branch('part');
  const part = body.nameOf('x');
  const bodyResults = add(body, part);
  const each = { body: subgraph('part', body, bodyResults, { inputs: [part], rank }), num_scan_inputs: 1 };
  const stackedResults = parts.ops('Scan', [stacked], each, bodyResults.length);

  const branches = {
    then_branch: subgraph('parts', parts, stackedResults),
    else_branch: subgraph('whole', whole, wholeResults),
  };
  return ops('If', [op('Greater', [count, integers(1)])], branches, wholeResults.length).map((result) => {
    const own = op('Slice', [op('Shape', [result]), integers(split - rank), integers(TO_THE_END)]);
    return op('Reshape', [result, op('Concat', [outer, own], { axis: 0 })]);
  });
}

/** The number of parts, as a tensor of one axis: a divisor of the number of units. */
function partCount(list: NodeList, units: string, elements: string): string {
  const { op, integers } = list;
  const counts = integers(...Array.from({ length: MOST_PARTS }, (_, i) => i + 1));
  const divides = op('Equal', [op('Mod', [units, counts]), integers(0)]);
  const divisors = op('Where', [divides, counts, integers(1)]);
  const isTooMany = op('Greater', [divisors, op('Div', [elements, integers(LEAST_PART)])]);
  return op('ReduceMax', [op('Where', [isTooMany, integers(1), divisors])]);
}
