/** Graphs in the nodes of soft pooling: the branches of an `If`, the body of a `Scan`. */
import { create } from '@bufbuild/protobuf';
import type { ElementType } from '@softpool/surgery';
import { type GraphProto, GraphProtoSchema, type NodeProto, TypeProtoSchema } from 'onnx-buf';
import { subgraphs } from '../graph/walk.ts';
import { DATA_TYPES, type NodeList } from './node-list.ts';

interface SubgraphOptions {
  /** Its inputs. Default: none. */
  readonly inputs?: readonly string[];
  /** The number of axes of its inputs and its output, which the body of a `Scan` has to state. */
  readonly rank?: number;
  /** The type of its inputs and its output. Default `'float32'`. */
  readonly elementType?: ElementType;
}

/** A graph of the nodes in a list, named by what it is for. */
export function subgraph(
  role: (typeof ROLES)[number],
  { nodes }: NodeList,
  output: string,
  { inputs = [], rank, elementType = 'float32' }: SubgraphOptions = {},
): GraphProto {
  const axes = rank === undefined ? {} : { shape: { dim: Array.from({ length: rank }, () => ({})) } };
  const type = create(TypeProtoSchema, { value: { case: 'tensorType', value: { elemType: DATA_TYPES[elementType], ...axes } } });
  return create(GraphProtoSchema, {
    name: graphName(role),
    node: nodes,
    input: inputs.map((name) => ({ name, type })),
    output: [{ name: output, type }],
  });
}

/** Whether a node has such graphs, so that it belongs to soft pooling. */
export function isPartOfSoftPool(node: NodeProto): boolean {
  return subgraphs(node).some(({ graph }) => GRAPH_NAMES.has(graph.name));
}

/**
 * The sums that fast soft pooling among these nodes reads. They are beside it where a runtime has
 * chosen beforehand how to take a batch, as it does for static sizes.
 */
export function sumsInSoftPool(nodes: readonly NodeProto[]): ReadonlySet<string> {
  const fast = nodes.flatMap(subgraphs).filter(({ graph }) => graph.name === graphName('fast'));
  return new Set(fast.flatMap(({ graph }) => graph.node.flatMap(({ input }) => input)));
}

/** What the graphs of soft pooling are for. */
const ROLES = ['fast', 'stable', 'whole', 'images', 'image'] as const;

/** Their names, by which operators are recognized as ours. */
const GRAPH_NAMES: ReadonlySet<string> = new Set(ROLES.map(graphName));

function graphName(role: (typeof ROLES)[number]): string {
  return `softpool_${role}`;
}
