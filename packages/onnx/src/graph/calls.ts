/** Which of a model's own functions call which. */
import type { FunctionProto, ModelProto, NodeProto } from 'onnx-buf';
import { OnnxModelError } from './model-error.ts';
import { subgraphs } from './walk.ts';

/** Identifies a function, and the nodes that call it. */
export function functionKey({ domain, overload }: { domain: string; overload: string }, name: string): string {
  return [domain, name, overload].join('\n');
}

/** The functions of a model by their keys, each behind those that it calls. */
export type FunctionsInOrder = ReadonlyMap<string, FunctionProto>;

/** Puts functions in order. Throws an OnnxModelError if one calls itself. */
export function functionsInOrder({ functions }: ModelProto): FunctionsInOrder {
  const all = new Map(functions.map((each) => [functionKey(each, each.name), each]));
  const ordered = new Map<string, FunctionProto>();
  const open = new Set<string>();
  // A stack of its own, since a chain of calls may be as long as the list of functions.
  const stack = [...all.keys()];
  for (let key = stack.at(-1); key !== undefined; key = stack.at(-1)) {
    const called = all.get(key);
    if (called === undefined || ordered.has(key)) {
      stack.pop();
    } else if (open.has(key)) {
      stack.pop();
      ordered.set(key, called);
    } else {
      open.add(key);
      for (const next of callsIn(called.node)) {
        if (open.has(next) && !ordered.has(next)) throw new OnnxModelError(`the function ${nameOf(all.get(next) ?? called)} calls itself`);
        stack.push(next);
      }
    }
  }
  return ordered;
}

function nameOf({ name, domain }: FunctionProto): string {
  return `${JSON.stringify(name)} of ${JSON.stringify(domain)}`;
}

/** The keys of what nodes call, functions or operators: one for each call, also in their graphs. */
export function callsIn(nodes: readonly NodeProto[]): string[] {
  return nodes.flatMap((node) => [functionKey(node, node.opType), ...subgraphs(node).flatMap(({ graph }) => callsIn(graph.node))]);
}
