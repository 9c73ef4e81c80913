/** Average poolings of exponentials: parts of soft pooling that is written as operators. */

/** Why such a pooling stays: soft pooling of weights would be something else. */
export const AVERAGES_EXPONENTIALS = 'it averages exponentials, as soft pooling written as operators does';

/** How the nodes of a graph are read. */
export interface GraphReader<Node> {
  /** The operator of a node, as ONNX or TensorFlow names it. */
  readonly opOf: (node: Node) => string;
  /** The nodes that a node reads, in the order of its inputs; `undefined` for other values. */
  readonly inputsOf: (node: Node) => readonly (Node | undefined)[];
  /** Whether a node is eˣ, or a constant to the power of x. */
  readonly isExponential: (node: Node) => boolean;
}

/**
 * Whether the input of a pooling is an exponential, or has one as a factor.
 *
 * @param pooling - The node of the pooling.
 * @param graph - How its graph is read.
 * @example
 * ```ts
 * // averagePool(x · eˣ)
 * const exp = { op: 'Exp', inputs: [] };
 * const pool = { op: 'AveragePool', inputs: [{ op: 'Mul', inputs: [undefined, exp] }] };
 * type Node = { readonly op: string; readonly inputs: readonly (Node | undefined)[] };
 * const graph = {
 *   opOf: ({ op }: Node) => op,
 *   inputsOf: ({ inputs }: Node) => inputs,
 *   isExponential: ({ op }: Node) => op === 'Exp',
 * };
 * readsExponential<Node>(pool, graph); // true
 * ```
 */
export function readsExponential<Node>(pooling: Node, graph: GraphReader<Node>): boolean {
  const { opOf, inputsOf, isExponential } = graph;
  const seen = new Set<Node>();
  const waiting = [pooling];
  for (let each = waiting.pop(); each !== undefined && seen.size < MOST_FOLLOWED; each = waiting.pop()) {
    for (const producer of opOf(each) === 'Mul' ? inputsOf(each) : inputsOf(each).slice(0, 1)) {
      if (producer === undefined || seen.has(producer)) continue;
      // A convolution adds up the weights of channels that share them.
      const weight = CONVOLUTIONS.has(opOf(producer)) ? inputsOf(producer)[0] : producer;
      if (weight !== undefined && isExponential(weight)) return true;
      seen.add(producer);
      if (FOLLOWED.has(opOf(producer)) || isDividedByConstant(producer, graph)) waiting.push(producer);
    }
  }
  return false;
}

/**
 * Whether a constant divides, which scales weights. Other quotients may be activations, such as
 * eˣ / (1 + eˣ).
 */
function isDividedByConstant<Node>(node: Node, { opOf, inputsOf }: GraphReader<Node>): boolean {
  if (!DIVISIONS.has(opOf(node))) return false;
  const divisor = inputsOf(node)[1];
  return divisor === undefined || CONSTANTS.has(opOf(divisor));
}

const DIVISIONS = new Set(['Div', 'RealDiv', 'DivNoNan']);

const CONSTANTS = new Set(['Constant', 'Const']);

/** Compositions have fewer operators; a long chain is something else. */
const MOST_FOLLOWED = 100;

const CONVOLUTIONS = new Set(['Conv', 'Conv2D']);

/** Operators after which an exponential is still a weight, or a value times its weight. */
const FOLLOWED = new Set([
  ...['Mul', 'Add', 'AddV2', 'Clip', 'ClipByValue', 'Min', 'Minimum', 'Max', 'Maximum'],
  ...['ReduceSum', 'Sum', 'ReduceMean', 'Mean', 'Cast', 'Identity', 'Pad', 'PadV2', 'Reshape', 'Flatten', 'Squeeze'],
  ...['Unsqueeze', 'ExpandDims', 'Transpose', 'Slice', 'StridedSlice', 'Expand', 'BroadcastTo'],
  ...['QuantizeLinear', 'DequantizeLinear'],
]);
