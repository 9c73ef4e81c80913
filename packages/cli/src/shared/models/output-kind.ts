/** What the output of an ONNX classifier is: logits, or probabilities after a softmax. */
import { fromBinary } from '@bufbuild/protobuf';
import { type GraphProto, ModelProtoSchema, type NodeProto } from 'onnx-buf';

/** Operators that pass their first input on. */
const PASSING = ['Identity', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Dropout'];

/** The operator that makes an output, without those that only pass it on; `undefined` if unknown. */
export function lastOperator(bytes: Uint8Array, output: string): string | undefined {
  const { graph } = fromBinary(ModelProtoSchema, bytes);
  return graph === undefined ? undefined : producerOf(graph, output)?.opType;
}

/** Number of values in the tensors that a model holds. */
export function parametersOf(bytes: Uint8Array): number {
  const { graph } = fromBinary(ModelProtoSchema, bytes);
  const sizes = graph?.initializer.map(({ dims }) => dims.reduce((product, size) => product * Number(size), 1)) ?? [];
  return sizes.reduce((sum, size) => sum + size, 0);
}

function producerOf({ node }: GraphProto, output: string): NodeProto | undefined {
  let made: NodeProto | undefined;
  let name = output;
  // A value is made by a node before the node that takes it, so this ends in any graph.
  for (let i = node.length - 1; i >= 0; i--) {
    const current = node[i];
    if (current === undefined || !current.output.includes(name)) continue;
    made = current;
    if (current.domain !== '' || !PASSING.includes(current.opType)) break;
    name = current.input[0] ?? '';
  }
  return made;
}
