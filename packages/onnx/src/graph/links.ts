/**
 * Checks that the nodes of a graph fit together: every value that a node reads exists, comes from
 * one place, and does not depend on the node itself.
 */
import type { GraphProto, NodeProto } from 'onnx-buf';
import { OnnxModelError } from './model-error.ts';
import { givenNames, namesRead, subgraphs } from './walk.ts';

/**
 * Throws an OnnxModelError that names the node and the value. `outside` has the names of the graphs
 * around this one.
 */
export function checkLinks(graph: GraphProto, outside: ReadonlySet<string> = new Set()): void {
  const producers = producersIn(graph);
  const given = new Set([...outside, ...givenNames(graph)]);
  for (const node of graph.node) {
    const missing = namesRead(node).find((name) => !given.has(name) && !producers.has(name));
    if (missing !== undefined) {
      throw new OnnxModelError(`${called(node)} reads ${quoted(missing)}, which is not an input, an initializer or the output of a node`);
    }
  }
  for (const { name } of graph.output) {
    if (!given.has(name) && !producers.has(name))
      throw new OnnxModelError(`the output ${quoted(name)} of the graph is not made by any node`);
  }
  checkCycles(graph, producers);
  const inside = new Set([...given, ...producers.keys()]);
  for (const node of graph.node) for (const { graph: inner } of subgraphs(node)) checkLinks(inner, inside);
}

/** A node in a message. */
function called({ name, opType, output }: NodeProto): string {
  return name === '' ? `the ${opType} node that gives ${quoted(output[0] ?? '')}` : `node ${quoted(name)} (${opType})`;
}

function producersIn(graph: GraphProto): Map<string, NodeProto> {
  const producers = new Map<string, NodeProto>();
  for (const node of graph.node) {
    for (const name of node.output) {
      if (name === '') continue;
      const other = producers.get(name);
      if (other !== undefined) throw new OnnxModelError(`${called(node)} and ${called(other)} both make ${quoted(name)}`);
      producers.set(name, node);
    }
  }
  return producers;
}

/** Removes nodes that depend on no remaining node until none is left, or only cycles are. */
function checkCycles(graph: GraphProto, producers: ReadonlyMap<string, NodeProto>): void {
  const readers = new Map<NodeProto, NodeProto[]>();
  const waiting = new Map<NodeProto, number>();
  for (const node of graph.node) {
    const sources = new Set(namesRead(node).flatMap((name) => producers.get(name) ?? []));
    waiting.set(node, sources.size);
    for (const source of sources) {
      const others = readers.get(source);
      if (others === undefined) readers.set(source, [node]);
      else others.push(node);
    }
  }
  const ready = graph.node.filter((node) => waiting.get(node) === 0);
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    waiting.delete(node);
    for (const reader of readers.get(node) ?? []) {
      const left = (waiting.get(reader) ?? 0) - 1;
      waiting.set(reader, left);
      if (left === 0) ready.push(reader);
    }
  }
  const [stuck] = waiting.keys();
  if (stuck !== undefined) throw new OnnxModelError(`the graph is cyclic: ${called(inCycle(stuck, waiting, producers))} depends on itself`);
}

/** Follows sources among the waiting nodes until one comes twice. */
function inCycle(start: NodeProto, waiting: ReadonlyMap<NodeProto, number>, producers: ReadonlyMap<string, NodeProto>): NodeProto {
  const seen = new Set<NodeProto>();
  let node = start;
  while (!seen.has(node)) {
    seen.add(node);
    const sources = namesRead(node).flatMap((name) => producers.get(name) ?? []);
    node = sources.find((source) => waiting.has(source)) ?? node;
  }
  return node;
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
