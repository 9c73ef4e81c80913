/** A call of a layer, as what writes it sees it. */
import type { NodeList } from '../../emit/node-list.ts';
import type { LayerGraph } from '../layer-graph.ts';
import type { Tensor } from '../tensors.ts';
import { Refusal } from '../unsupported.ts';
import type { AxisOrder, Shape, Value } from '../values.ts';

/** A call of a layer. */
export interface LayerCall {
  /** What its nodes and values are called: the layer's name, behind those of the models that it is in; of further calls, with a number. */
  readonly name: string;
  /** As its `getConfig()` gives it. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Value[];
  /** In the layers model. */
  readonly outputShape: Shape;
  /** By their names, as in `'kernel'`. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Where weights are added: the same for all calls of a layer. */
  readonly weightsName: string;
  /** Where its nodes are added. */
  readonly list: NodeList;
  readonly graph: LayerGraph;
  /** Whether soft pooling is written as operators. */
  readonly inline: boolean;
}

/** Writes a call, and says what came out. Throws a {@link Refusal} where it cannot. */
export type LayerWriter = (call: LayerCall) => Value;

/** The configuration, as the class of the layer has it. */
export function configOf<Config>({ config }: LayerCall): Config {
  return config as Config;
}

/** The only input, in an order, if one is asked for. */
export function inputOf(call: LayerCall, order?: (rank: number) => AxisOrder): Value {
  const [input] = call.inputs;
  if (input === undefined || call.inputs.length > 1) throw new Refusal(`it is called with ${call.inputs.length} inputs`);
  return order === undefined ? input : inOrder(call, input, order(input.shape.length));
}

/** A value with its axes in another order. */
export function inOrder({ graph, list }: LayerCall, value: Value, order: AxisOrder): Value {
  return graph.inOrder(list, value, order);
}

/** What came out, its axes stored as those of `like`. */
export function outputOf({ outputShape }: LayerCall, name: string, { order }: Pick<Value, 'order'>): Value {
  return { name, shape: outputShape, order };
}

/** Calls the node that gives `output` after the layer: that which does the layer's work, where it is not the last one. Returns `output`. */
export function mainNode({ list, name }: LayerCall, output: string): string {
  for (const node of list.nodes) if (node.output.includes(output)) node.name = name;
  return output;
}

/** A weight as the layer has it. */
export function weightOf({ weights }: LayerCall, name: string): Tensor {
  const weight = weights.get(name);
  if (weight === undefined) throw new Refusal(`it has no weight '${name}'; it has ${[...weights.keys()].join(', ') || 'none'}`);
  return weight;
}

/** Adds a weight to the graph. */
export function constant({ graph, weightsName }: LayerCall, name: string, tensor: Tensor): string {
  return graph.constant(`${weightsName}/${name}`, tensor);
}
