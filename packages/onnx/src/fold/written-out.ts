/** A model without functions of its own: their nodes are written where they are called. */
import { clone, create } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
} from 'onnx-buf';
import { DOMAIN } from '../graph/domain.ts';
import { prefixMaker } from '../graph/free-names.ts';
import { givenNames, subgraphs } from '../graph/walk.ts';
import { namesIn } from '../surgery/poolings.ts';
import { nameOf } from './exponents.ts';

/** The deepest nesting of calls. The standard forbids circles. */
const DEEPEST = 64;

/**
 * A copy of a model whose functions, except those of soft pooling, are written out; `undefined` if
 * it has none, or if they are for another opset.
 */
export function writtenOut(model: ModelProto, opset: number): ModelProto | undefined {
  const copy = clone(ModelProtoSchema, model);
  const { graph } = copy;
  const functions = new Map(copy.functions.filter(({ domain }) => domain !== DOMAIN).map((each) => [keyOf(each, each.name), each]));
  const isSameOpset = [...functions.values()].every(({ opsetImport }) =>
    opsetImport.every(({ domain, version }) => !['', 'ai.onnx'].includes(domain) || Number(version) === opset),
  );
  if (graph === undefined || functions.size === 0 || !isSameOpset) return undefined;
  const freePrefix = prefixMaker(namesIn({ ...copy, graph }));
  const expand = (nodes: readonly NodeProto[], depth: number): NodeProto[] =>
    nodes.flatMap((node) => {
      for (const { graph: inner } of subgraphs(node)) inner.node = expand(inner.node, depth);
      const called = functions.get(keyOf(node, node.opType));
      return called === undefined || depth > DEEPEST ? [node] : expand(bodyOf(called, node, freePrefix(nameOf(node))), depth + 1);
    });
  graph.node = expand(graph.node, 0);
  copy.functions = copy.functions.filter(({ domain }) => domain === DOMAIN);
  return copy;
}

function keyOf({ domain, overload }: { domain: string; overload: string }, name: string): string {
  return [domain, name, overload].join('\n');
}

/** The nodes of a function for a call. Values inside get names with a prefix. */
function bodyOf({ input, output, node, attributeProto }: FunctionProto, call: NodeProto, prefix: string): NodeProto[] {
  const names = new Map([
    ...output.map((name, i) => [name, call.output[i] || `${prefix}${name}`] as const),
    ...input.map((name, i) => [name, call.input[i] ?? ''] as const),
  ]);
  const inside = (name: string): string => (name === '' ? '' : (names.get(name) ?? `${prefix}${name}`));
  const given = new Map([...attributeProto, ...call.attribute].map((each) => [each.name, each]));
  const passed = output.flatMap((name, i) => {
    const at = input.indexOf(name);
    const to = call.output[i] ?? '';
    return at < 0 || to === '' ? [] : [create(NodeProtoSchema, { opType: 'Identity', input: [call.input[at] ?? ''], output: [to] })];
  });
  return [...node.map((each) => renamed(clone(NodeProtoSchema, each), inside, given, prefix)), ...passed];
}

type Rename = (name: string) => string;

function renamed(node: NodeProto, rename: Rename, given: ReadonlyMap<string, AttributeProto>, prefix: string): NodeProto {
  node.name = `${prefix}${node.name}`;
  node.input = node.input.map(rename);
  node.output = node.output.map(rename);
  node.attribute = node.attribute.flatMap((each) => {
    if (each.refAttrName === '') return [each];
    const value = given.get(each.refAttrName);
    return value === undefined ? [] : [{ ...clone(AttributeProtoSchema, value), name: each.name }];
  });
  for (const { graph } of subgraphs(node)) renameIn(graph, rename, given, prefix);
  return node;
}

function renameIn(graph: GraphProto, rename: Rename, given: ReadonlyMap<string, AttributeProto>, prefix: string): void {
  const own = new Set([...givenNames(graph), ...graph.node.flatMap(({ output }) => output)]);
  const inner = (name: string): string => (own.has(name) && name !== '' ? `${prefix}${name}` : rename(name));
  for (const each of [...graph.input, ...graph.output, ...graph.initializer, ...graph.valueInfo]) each.name = inner(each.name);
  for (const { values } of graph.sparseInitializer) if (values !== undefined) values.name = inner(values.name);
  graph.node = graph.node.map((node) => renamed(node, inner, given, prefix));
}
