/** Names that no value or node of a model has. */
import type { GraphProto, ModelProto } from 'onnx-buf';
import { subgraphs } from './walk.ts';

/** Makes prefixes from the names of nodes. No name in the model starts with one. */
export function prefixMaker(names: ReadonlySet<string>): (name: string) => string {
  const sorted = Array.from(names).sort();
  const given = new Set<string>();
  const counts = new Map<string, number>(); // thousands of nodes may have one name
  return (name) => {
    for (let count = counts.get(name) ?? 0; ; count++) {
      const prefix = `${name}/soft${count === 0 ? '' : count}/`;
      if (given.has(prefix) || startsOne(prefix, sorted)) continue;
      counts.set(name, count + 1);
      given.add(prefix);
      return prefix;
    }
  };
}

/** Whether one of the sorted names starts with a prefix: the first that is not before it would. */
function startsOne(prefix: string, sorted: readonly string[]): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  return sorted[low]?.startsWith(prefix) ?? false;
}

/** All names of values and nodes in a model. New names must differ from them. */
export function namesIn(model: ModelProto): Set<string> {
  const names = new Set<string>();
  const add = (graph: GraphProto): void => {
    for (const { name } of [...graph.input, ...graph.output, ...graph.initializer, ...graph.valueInfo]) names.add(name);
    for (const node of graph.node) {
      for (const name of [node.name, ...node.input, ...node.output]) names.add(name);
      for (const { graph: inner } of subgraphs(node)) add(inner);
    }
  };
  if (model.graph !== undefined) add(model.graph);
  return names;
}
