/** Poolings that average exponentials: parts of soft pooling that is written as operators. */
import type { NodeProto } from 'onnx-buf';
import { type GraphValues, isStandardDomain } from '../graph/graph-values.ts';

/** Why such a pooling stays: soft pooling of weights would be something else. */
export const AVERAGES_EXPONENTIALS = 'it averages exponentials, as soft pooling written as operators does (see fold)';

/** Whether the input of a node is an exponential, or has one as a factor. */
export function readsExponential(node: NodeProto, { producerOf, constantOf }: GraphValues): boolean {
  const seen = new Set<NodeProto>();
  const waiting = [node];
  for (let each = waiting.pop(); each !== undefined && seen.size < MOST_FOLLOWED; each = waiting.pop()) {
    for (const name of each.opType === 'Mul' ? each.input : each.input.slice(0, 1)) {
      const producer = producerOf(name);
      if (producer === undefined || seen.has(producer) || !isStandardDomain(producer.domain)) continue;
      // A convolution adds up the weights of channels that share them.
      const weight = producer.opType === 'Conv' ? producerOf(producer.input[0] ?? '') : producer;
      if (weight?.opType === 'Exp' || (weight?.opType === 'Pow' && constantOf(weight.input[0] ?? '') !== undefined)) return true;
      seen.add(producer);
      if (FOLLOWED.has(producer.opType)) waiting.push(producer);
    }
  }
  return false;
}

/** Compositions have fewer operators; a long chain is something else. */
const MOST_FOLLOWED = 100;

/** Operators after which an exponential is still a weight, or a value times its weight. */
const FOLLOWED = new Set([
  ...['Mul', 'Add', 'Clip', 'Min', 'Max', 'ReduceSum', 'ReduceMean', 'Cast', 'Identity'],
  ...['Pad', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Transpose', 'Slice', 'Expand'],
]);
