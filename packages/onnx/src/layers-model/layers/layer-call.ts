/** A call of a layer, as its writer sees it. */
import type { NodeList } from '../../emit/node-list.ts';
import type { Target } from '../../emit/target.ts';
import type { LayerGraph } from '../layer-graph.ts';
import type { Tensor } from '../tensors.ts';
import { Refusal } from '../unsupported.ts';
import type { AxisOrder, Shape, Value } from '../values.ts';

/** A call of a layer. */
export interface LayerCall {
  /**
   * The name of its nodes and values: the layer's name after those of the models around it. Further
   * calls have a number.
   */
  readonly name: string;
  /** As from `getConfig()`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Value[];
  /** In the layers model. */
  readonly outputShape: Shape;
  /** By name, e.g. `'kernel'`. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** The name for added weights, the same in all calls of a layer. */
  readonly weightsName: string;
  /** The list that its nodes are added to. */
  readonly list: NodeList;
  readonly graph: LayerGraph;
  /** Whether soft pooling is written as operators. */
  readonly inline: boolean;
  /** Where the model is to run. */
  readonly target: Target;
}

/** Writes a call and returns its result. Throws a {@link Refusal} if it cannot. */
export type LayerWriter = (call: LayerCall) => Value;

/** The configuration, typed as the layer's class has it. */
export function configOf<Config>({ config }: LayerCall): Config {
  return config as Config;
}

/** The only input, in a given order if there is one. */
export function inputOf(call: LayerCall, order?: (rank: number) => AxisOrder): Value {
  const [input] = call.inputs;
  if (input === undefined || call.inputs.length > 1) throw new Refusal(`it is called with ${call.inputs.length} inputs`);
  return order === undefined ? input : inOrder(call, input, order(input.shape.length));
}

/** A value with its axes in another order. */
export function inOrder({ graph, list }: LayerCall, value: Value, order: AxisOrder): Value {
  return graph.inOrder(list, value, order);
}

/** The result, with its axes stored like those of `like`. */
export function outputOf({ outputShape }: LayerCall, name: string, { order }: Pick<Value, 'order'>): Value {
  return { name, shape: outputShape, order };
}

/**
 * Names the node that gives `output` after the layer: the node that does its work, if that is not
 * the last one. Returns `output`.
 */
export function mainNode({ list, name }: LayerCall, output: string): string {
  for (const node of list.nodes) if (node.output.includes(output)) node.name = name;
  return output;
}

/** A weight of the layer. */
export function weightOf({ weights }: LayerCall, name: string): Tensor {
  const weight = weights.get(name);
  if (weight === undefined) throw new Refusal(`it has no weight '${name}'; it has ${[...weights.keys()].join(', ') || 'none'}`);
  return weight;
}

/** Adds a weight to the graph. */
export function constant({ graph, weightsName }: LayerCall, name: string, tensor: Tensor): string {
  return graph.constant(`${weightsName}/${name}`, tensor);
}
