/** What the output of an ONNX classifier is: logits, or probabilities after a softmax. */
import { fromBinary } from '@bufbuild/protobuf';
import { type GraphProto, ModelProtoSchema, type NodeProto } from 'onnx-buf';
import { product } from 'softpool/internal';

/** Operators that pass their first input on, or round it. */
const PASSING = [
  ...['Identity', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Dropout'],
  ...['QuantizeLinear', 'DequantizeLinear'],
];

/** The two names of the standard's domain, and ONNX Runtime's, which has quantized operators. */
const DOMAINS = ['', 'ai.onnx', 'com.microsoft'];

/** What a file says of its classifier. */
export interface OutputKind {
  /** The operator that makes the output, beyond those that only pass it on; quantized or not. */
  readonly operator: string | undefined;
  /** Number of values in the tensors that the model holds. */
  readonly values: number;
}

/** Reads what makes an output of a model. */
export function outputKind(bytes: Uint8Array, output: string): OutputKind {
  const { graph } = fromBinary(ModelProtoSchema, bytes);
  if (graph === undefined) return { operator: undefined, values: 0 };
  const sizes = graph.initializer.map(({ dims }) => product(dims.map(Number)));
  return { operator: producerOf(graph, output)?.opType.replace(/^QLinear/, ''), values: sizes.reduce((sum, size) => sum + size, 0) };
}

function producerOf({ node }: GraphProto, output: string): NodeProto | undefined {
  let made: NodeProto | undefined;
  let name = output;
  // A value is made by a node before the node that takes it, so this ends in any graph.
  for (let i = node.length - 1; i >= 0; i--) {
    const current = node[i];
    if (current === undefined || !current.output.includes(name)) continue;
    made = current;
    if (!DOMAINS.includes(current.domain) || !PASSING.includes(current.opType)) break;
    name = current.input[0] ?? '';
  }
  return made;
}
