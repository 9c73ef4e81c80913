/** Removes what only a replaced node read. */
import type { FunctionProto, GraphProto, ModelProto, NodeProto } from 'onnx-buf';
import { DOMAIN } from '../graph/domain.ts';
import { givenNames, subgraphs } from '../graph/walk.ts';

/**
 * Removes nodes and initializers that no node reads any more, starting from the inputs of replaced
 * nodes. Returns what was removed with each of them; a value that several read goes with the last.
 */
export function removeUnread(
  model: ModelProto & { readonly graph: GraphProto },
  replacements: ReadonlyMap<NodeProto, readonly NodeProto[]>,
): Map<NodeProto, NodeProto[]> {
  const places = new Map<NodeProto, Place>();
  const protos = [model.graph, ...model.functions.filter(({ domain }) => domain !== DOMAIN)];
  const lists = protos.flatMap((each) => listsIn(each, undefined, places).all);
  const gone = new Set<NodeProto>();
  const unread = new Set<Value>();
  const removed = new Map<NodeProto, NodeProto[]>();
  for (const [start, nodes] of replacements) {
    const own = [start];
    const valueAt = nodes.map((node) => places.get(node)?.list.valueAt).find((each) => each !== undefined);
    const waiting = start.input.flatMap((name) => (name === '' ? [] : (valueAt?.(name) ?? [])));
    for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
      if (value.reads > 0) continue;
      unread.add(value);
      const { producer } = value;
      const place = producer && places.get(producer);
      if (producer === undefined || place === undefined || gone.has(producer) || place.made.some(({ reads }) => reads > 0)) continue;
      gone.add(producer);
      own.push(producer);
      for (const each of place.read) each.reads--;
      waiting.push(...place.read);
    }
    removed.set(start, own);
  }
  for (const { proto, own } of lists) {
    keepIn(proto.node, (node) => !gone.has(node));
    if ('initializer' in proto) dropUnread(proto, own, unread);
  }
  return removed;
}

/** A value of a graph or of a function. Branches of an If may have others of the same name. */
interface Value {
  producer: NodeProto | undefined;
  /** How often it is read: by nodes, by graphs in nodes, and as an output. */
  reads: number;
}

/** The nodes of a graph or of a function, and their values. */
interface List {
  readonly proto: GraphProto | FunctionProto;
  /** The values that it makes or is given. */
  readonly own: ReadonlyMap<string, Value>;
  /** A value that its nodes read, which may be one around it. */
  readonly valueAt: (name: string) => Value | undefined;
}

/** Where a node is, and its values. */
interface Place {
  readonly list: List;
  /** What it reads, with what graphs in it read; as often as they do. */
  readonly read: readonly Value[];
  readonly made: readonly Value[];
}

/** The lists of a graph, or of a function, and of the graphs in its nodes. */
interface Lists {
  readonly all: readonly List[];
  /** What they read that is around them; as often as they do. */
  readonly outside: readonly Value[];
}

/** Finds the values of lists, and where each node is. */
function listsIn(proto: GraphProto | FunctionProto, outer: List['valueAt'] | undefined, places: Map<NodeProto, Place>): Lists {
  const given = 'initializer' in proto ? givenNames(proto) : proto.input;
  const own = new Map<string, Value>(given.map((name) => [name, { producer: undefined, reads: 0 }]));
  for (const producer of proto.node) for (const name of producer.output) own.set(name, { producer, reads: 0 });
  const valueAt: List['valueAt'] = (name) => own.get(name) ?? outer?.(name);
  const list = { proto, own, valueAt };
  const inside = new Set(own.values());
  const all: List[] = [list];
  const outside: Value[] = [];
  const read = (names: readonly string[]): Value[] => {
    const values = names.flatMap((name) => (name === '' ? [] : (valueAt(name) ?? [])));
    for (const value of values) value.reads++;
    return values;
  };
  const note = (values: readonly Value[]): void => {
    for (const value of values) if (!inside.has(value)) outside.push(value);
  };
  for (const node of proto.node) {
    const nested = subgraphs(node).map(({ graph }) => listsIn(graph, valueAt, places));
    const values = [...read(node.input), ...nested.flatMap((each) => each.outside)];
    note(values);
    for (const each of nested) all.push(...each.all);
    places.set(node, { list, read: values, made: node.output.flatMap((name) => own.get(name) ?? []) });
  }
  note(read(proto.output.map((each) => (typeof each === 'string' ? each : each.name))));
  return { all, outside };
}

/** Initializers that callers cannot give either, and what is known of values that do not exist. */
function dropUnread(graph: GraphProto, own: ReadonlyMap<string, Value>, unread: ReadonlySet<Value>): void {
  const inputs = new Set(graph.input.map(({ name }) => name));
  const isUnread = (value: Value | undefined): boolean => value !== undefined && unread.has(value);
  keepIn(graph.initializer, ({ name }) => !isUnread(own.get(name)) || inputs.has(name));
  keepIn(graph.valueInfo, ({ name }) => !(isUnread(own.get(name)) && own.get(name)?.producer !== undefined));
}

function keepIn<T>(list: T[], isKept: (item: T) => boolean): void {
  const kept = list.filter(isKept);
  list.length = 0;
  for (const each of kept) list.push(each);
}
