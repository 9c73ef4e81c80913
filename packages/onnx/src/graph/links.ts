/**
 * Checks that the nodes of a graph fit together: every value that a node reads exists, comes from
 * one place, and does not depend on the node itself. One walk resolves each name once, so the time
 * is linear in the size of the model however deep graphs are nested.
 */
import type { GraphProto, NodeProto } from 'onnx-buf';
import { OnnxModelError } from './model-error.ts';
import { givenNames, subgraphs } from './walk.ts';

/**
 * Where a name is defined: in which of the nested graphs, and by which node, if it is not given.
 */
interface Definition {
  readonly level: number;
  readonly producer: NodeProto | undefined;
}

/** The graph that is walked, and the graphs around it. */
interface Walk {
  /** The definitions of each name, the innermost last. */
  readonly definitions: Map<string, Definition[]>;
  /** The node of each graph that is walked now, the outermost first. */
  readonly nodes: NodeProto[];
  /** For each of these graphs, the producers on which a node depends. */
  readonly sources: Map<NodeProto, Set<NodeProto>>[];
  /** Nodes whose second output is read. */
  readonly withSecondOutput: Set<NodeProto>;
}

/**
 * Checks a graph and the graphs in its nodes. Throws an OnnxModelError that names the node and the
 * value. Returns the nodes whose second output is read, which is Indices of a MaxPool.
 */
export function checkLinks(graph: GraphProto): ReadonlySet<NodeProto> {
  const walk: Walk = { definitions: new Map(), nodes: [], sources: [], withSecondOutput: new Set() };
  visit(graph, walk);
  return walk.withSecondOutput;
}

/** Graphs are nested at most as deep as the format allows, which is some thirty levels. */
function visit(graph: GraphProto, walk: Walk): void {
  const level = walk.sources.length;
  const defined = define(graph, level, walk.definitions);
  const sources = new Map(graph.node.map((node) => [node, new Set<NodeProto>()]));
  walk.sources.push(sources);
  for (const node of graph.node) {
    walk.nodes[level] = node;
    for (const name of node.input) {
      if (name === '' || read(name, walk)) continue;
      throw new OnnxModelError(`${called(node)} reads ${quoted(name)}, which is not an input, an initializer or the output of a node`);
    }
    for (const { graph: inner } of subgraphs(node)) visit(inner, walk);
  }
  walk.nodes.length = level; // an output of the graph belongs to the node that holds the graph
  for (const { name } of graph.output) {
    if (!read(name, walk)) throw new OnnxModelError(`the output ${quoted(name)} of the graph is not made by any node`);
  }
  walk.sources.pop();
  checkCycles(sources);
  for (const name of defined) walk.definitions.get(name)?.pop();
}

/** Adds the definitions of a graph, and returns their names. */
function define(graph: GraphProto, level: number, definitions: Walk['definitions']): Iterable<string> {
  const own = new Map<string, Definition>();
  for (const node of graph.node) {
    for (const name of node.output) {
      if (name === '') continue;
      const other = own.get(name)?.producer;
      if (other !== undefined) throw new OnnxModelError(`${called(node)} and ${called(other)} both make ${quoted(name)}`);
      own.set(name, { level, producer: node });
    }
  }
  for (const name of givenNames(graph)) if (!own.has(name)) own.set(name, { level, producer: undefined });
  for (const [name, definition] of own) {
    const outer = definitions.get(name);
    if (outer === undefined) definitions.set(name, [definition]);
    else outer.push(definition);
  }
  return own.keys();
}

/**
 * Resolves a name, and notes that the node of that graph which is walked now, depends on its
 * producer. Returns whether the name is defined.
 */
function read(name: string, { definitions, nodes, sources, withSecondOutput }: Walk): boolean {
  const found = definitions.get(name)?.at(-1);
  if (found === undefined) return false;
  const { level, producer } = found;
  if (producer === undefined) return true;
  if (producer.output[1] === name) withSecondOutput.add(producer);
  const reader = nodes[level];
  if (reader !== undefined) sources[level]?.get(reader)?.add(producer);
  return true;
}

/** A node in a message. */
function called({ name, opType, output }: NodeProto): string {
  return name === '' ? `the ${opType} node that gives ${quoted(output[0] ?? '')}` : `node ${quoted(name)} (${opType})`;
}

type Sources = ReadonlyMap<NodeProto, ReadonlySet<NodeProto>>;

/** Removes nodes that depend on no remaining node until none is left, or only cycles are. */
function checkCycles(sources: Sources): void {
  const readers = new Map<NodeProto, NodeProto[]>();
  const waiting = new Map<NodeProto, number>();
  for (const [node, needed] of sources) {
    waiting.set(node, needed.size);
    for (const source of needed) {
      const others = readers.get(source);
      if (others === undefined) readers.set(source, [node]);
      else others.push(node);
    }
  }
  const ready = [...sources.keys()].filter((node) => waiting.get(node) === 0);
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    waiting.delete(node);
    for (const reader of readers.get(node) ?? []) {
      const left = (waiting.get(reader) ?? 0) - 1;
      waiting.set(reader, left);
      if (left === 0) ready.push(reader);
    }
  }
  const [stuck] = waiting.keys();
  if (stuck !== undefined) throw new OnnxModelError(`the graph is cyclic: ${called(inCycle(stuck, waiting, sources))} depends on itself`);
}

/** Follows sources among the waiting nodes until one comes twice. */
function inCycle(start: NodeProto, waiting: ReadonlyMap<NodeProto, number>, sources: Sources): NodeProto {
  const seen = new Set<NodeProto>();
  let node = start;
  while (!seen.has(node)) {
    seen.add(node);
    node = [...(sources.get(node) ?? [])].find((source) => waiting.has(source)) ?? node;
  }
  return node;
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
