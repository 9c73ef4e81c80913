/** Graphs in the nodes of soft pooling: the branches of an `If`, the body of a `Scan`. */
import { create } from '@bufbuild/protobuf';
import { type GraphProto, GraphProtoSchema, type NodeProto, TypeProtoSchema } from 'onnx-buf';
import { subgraphs } from '../graph/walk.ts';
import { DATA_TYPES, type NodeList } from './node-list.ts';

/**
 * A graph of the nodes in a list, named by what it is for. Its inputs and outputs are float32. A
 * `Scan` needs their number of axes too.
 */
export function subgraph(
  role: (typeof ROLES)[number],
  { nodes }: NodeList,
  outputs: readonly string[],
  { inputs = [], rank }: { readonly inputs?: readonly string[]; readonly rank?: number } = {},
): GraphProto {
  const axes = rank === undefined ? {} : { shape: { dim: Array.from({ length: rank }, () => ({})) } };
  const type = create(TypeProtoSchema, { value: { case: 'tensorType', value: { elemType: DATA_TYPES.float32, ...axes } } });
  const typed = (value: string) => ({ name: value, type });
  return create(GraphProtoSchema, { name: graphName(role), node: nodes, input: inputs.map(typed), output: outputs.map(typed) });
}

/** Whether a node has such graphs, so that it belongs to soft pooling. */
export function isPartOfSoftPool(node: NodeProto): boolean {
  return subgraphs(node).some(({ graph }) => GRAPH_NAMES.has(graph.name));
}

/** What the graphs of soft pooling are for. */
const ROLES = ['fast', 'stable', 'whole', 'parts', 'part'] as const;

/** Their names, by which operators are recognized as ours. */
const GRAPH_NAMES: ReadonlySet<string> = new Set(ROLES.map(graphName));

function graphName(role: (typeof ROLES)[number]): string {
  return `softpool_${role}`;
}
