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
