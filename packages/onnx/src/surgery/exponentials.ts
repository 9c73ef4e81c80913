/** Poolings that average exponentials, in a graph of ONNX. */
import { type GraphReader, readsExponential } from '@softpool/surgery';
import type { NodeProto } from 'onnx-buf';
import { RUNTIME_DOMAIN } from '../graph/domain.ts';
import { type GraphValues, isStandardDomain } from '../graph/graph-values.ts';

/** Whether a pooling node averages exponentials, or values times exponentials. */
export function averagesExponentials(node: NodeProto, { producerOf, constantOf }: GraphValues): boolean {
  const graph: GraphReader<NodeProto> = {
    opOf: ({ opType }) => opType,
    inputsOf: ({ input }) =>
      input.map((name) => {
        const producer = producerOf(name);
        return producer !== undefined && (isStandardDomain(producer.domain) || producer.domain === RUNTIME_DOMAIN) ? producer : undefined;
      }),
    isExponential: ({ opType, input: [base = ''] }) => opType === 'Exp' || (opType === 'Pow' && constantOf(base) !== undefined),
  };
  return readsExponential(node, graph);
}
