/** Removes what only a replaced node read. */
import type { GraphProto, ModelProto, NodeProto } from 'onnx-buf';
import { DOMAIN } from '../graph/domain.ts';
import { countReads } from '../graph/graph-values.ts';
import { subgraphs } from '../graph/walk.ts';

/**
 * Removes nodes and initializers that no node reads any more, starting from the inputs of replaced
 * nodes. Returns what was removed with each of them; a value that several read goes with the last.
 */
export function removeUnread(
  model: ModelProto & { readonly graph: GraphProto },
  replaced: Iterable<NodeProto>,
): Map<NodeProto, NodeProto[]> {
  const lists = [...graphsIn(model.graph), ...model.functions.filter(({ domain }) => domain !== DOMAIN)];
  const reads = countReads(model.graph);
  for (const { node, output } of model.functions) {
    for (const name of [...node.flatMap(({ input }) => input), ...output]) reads.set(name, (reads.get(name) ?? 0) + 1);
  }
  const producers = new Map(lists.flatMap(({ node }) => node.flatMap((each) => each.output.map((name) => [name, each] as const))));
  const gone = new Set<NodeProto>();
  const unread = new Set<string>();
  const removed = new Map<NodeProto, NodeProto[]>();
  for (const start of replaced) {
    const own = [start];
    const waiting = [...start.input];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (name === '' || (reads.get(name) ?? 0) > 0) continue;
      unread.add(name);
      const producer = producers.get(name);
      if (producer === undefined || gone.has(producer) || producer.output.some((each) => (reads.get(each) ?? 0) > 0)) continue;
      gone.add(producer);
      own.push(producer);
      for (const input of producer.input) {
        reads.set(input, (reads.get(input) ?? 0) - 1);
        waiting.push(input);
      }
      for (const { graph } of subgraphs(producer))
        for (const [each, count] of countReads(graph)) reads.set(each, (reads.get(each) ?? 0) - count);
    }
    removed.set(start, own);
  }
  for (const list of lists) {
    keepIn(list.node, (node) => !gone.has(node));
    if ('initializer' in list) dropUnread(list, unread, producers);
  }
  return removed;
}

/** A graph and the graphs in its nodes. */
function graphsIn(graph: GraphProto): GraphProto[] {
  return [graph, ...graph.node.flatMap((node) => subgraphs(node).flatMap((each) => graphsIn(each.graph)))];
}

/** Initializers that callers cannot give either, and what is known of values that do not exist. */
function dropUnread(graph: GraphProto, unread: ReadonlySet<string>, producers: ReadonlyMap<string, NodeProto>): void {
  const inputs = new Set(graph.input.map(({ name }) => name));
  keepIn(graph.initializer, ({ name }) => !unread.has(name) || inputs.has(name));
  keepIn(graph.valueInfo, ({ name }) => !(unread.has(name) && producers.has(name)));
}

function keepIn<T>(list: T[], isKept: (item: T) => boolean): void {
  const kept = list.filter(isKept);
  list.length = 0;
  for (const each of kept) list.push(each);
}
