/**
 * Walks through graphs and the graphs in their nodes: the branches of an `If`, the body of a `Loop`
 * or `Scan`.
 */
import type { GraphProto, NodeProto } from 'onnx-buf';

/** A graph in a node, and the attribute that holds it. */
export interface Subgraph {
  readonly attribute: string;
  readonly graph: GraphProto;
}

/** The graphs in a node. */
export function subgraphs(node: NodeProto): Subgraph[] {
  return node.attribute.flatMap(({ name, g, graphs }) =>
    [...(g === undefined ? [] : [g]), ...graphs].map((graph) => ({ attribute: name, graph })),
  );
}

/** The values that a graph has before its nodes run: inputs and initializers. */
export function givenNames({ input, initializer, sparseInitializer }: GraphProto): string[] {
  return [
    ...input.map(({ name }) => name),
    ...initializer.map(({ name }) => name),
    ...sparseInitializer.map(({ values }) => values?.name ?? ''),
  ];
}

/** The values that a node reads: its inputs, and outer values that the graphs in it read. */
export function namesRead(node: NodeProto): string[] {
  return [...node.input.filter((name) => name !== ''), ...subgraphs(node).flatMap(({ graph }) => namesFromOutside(graph))];
}

function namesFromOutside(graph: GraphProto): string[] {
  const inside = new Set([...givenNames(graph), ...graph.node.flatMap(({ output }) => output)]);
  const read = [...graph.node.flatMap(namesRead), ...graph.output.map(({ name }) => name)];
  return read.filter((name) => !inside.has(name));
}
