/** The values of a graph: who makes each, which are constants, and who reads them. */
import type { GraphProto, NodeProto, TensorProto } from 'onnx-buf';
import { attributeOf } from './attributes.ts';
import { type Scope, scopeOf } from './scope.ts';

/** A graph, or the nodes of a function, and what is around it. */
export interface GraphValues {
  readonly nodes: NodeProto[];
  /** Types and shapes; `undefined` in a function, which takes any. */
  readonly scope: Scope | undefined;
  /** The node that makes a value, also one in a graph around this one. */
  readonly producerOf: (name: string) => NodeProto | undefined;
  /** The tensor of a constant, whose data may be in another file. */
  readonly constantOf: (name: string) => TensorProto | undefined;
}

/** The values of a graph. `outer` are those of the graph around it. */
export function valuesOf(graph: GraphProto, outer?: GraphValues): GraphValues {
  const inputs = new Set(graph.input.map(({ name }) => name));
  // A caller may give the others.
  const initializers = graph.initializer.filter(({ name }) => !inputs.has(name));
  return valuesIn(graph.node, new Map(initializers.map((tensor) => [tensor.name, tensor])), scopeOf(graph, outer?.scope), outer);
}

/** The values of nodes in a function. */
export function functionValues(nodes: NodeProto[]): GraphValues {
  return valuesIn(nodes, new Map(), undefined, undefined);
}

function valuesIn(
  nodes: NodeProto[],
  initializers: ReadonlyMap<string, TensorProto>,
  scope: Scope | undefined,
  outer: GraphValues | undefined,
): GraphValues {
  const producers = new Map(nodes.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const producerOf = (name: string): NodeProto | undefined => producers.get(name) ?? outer?.producerOf(name);
  const constantOf = (name: string): TensorProto | undefined => {
    const own = initializers.get(name);
    if (own !== undefined) return own;
    const producer = producers.get(name);
    if (producer === undefined) return outer?.constantOf(name);
    return producer.opType === 'Constant' && isStandard(producer) ? attributeOf(producer, 'value')?.t : undefined;
  };
  return { nodes, scope, producerOf, constantOf };
}

/** Whether a node is one of the standard's operators, and no call sets its attributes. */
export function isStandard({ domain, attribute }: NodeProto): boolean {
  return isStandardDomain(domain) && attribute.every(({ refAttrName }) => refAttrName === '');
}

/** Whether operators of a domain are the standard's, which has two names. */
export function isStandardDomain(domain: string): boolean {
  return domain === '' || domain === 'ai.onnx';
}
