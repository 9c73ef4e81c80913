/** A model without functions of its own: their nodes are written where they are called. */
import { clone, create } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  type FunctionProto,
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
  type OperatorSetIdProto,
} from 'onnx-buf';
import { callsIn, type FunctionsInOrder, functionKey, functionsInOrder } from '../graph/calls.ts';
import { DOMAIN } from '../graph/domain.ts';
import { namesIn, prefixMaker } from '../graph/free-names.ts';
import { isStandardDomain } from '../graph/graph-values.ts';
import { checkLinks } from '../graph/links.ts';
import type { CheckedModel } from '../graph/model.ts';
import { nameOf } from '../graph/node-name.ts';
import { givenNames, subgraphs } from '../graph/walk.ts';
import { importMisfit } from './opset-changes.ts';

/** The most nodes that a model may have when its functions are written out. */
const MOST_NODES = 1_000_000;

/** The deepest nesting of calls that is written out. */
const DEEPEST = 200;

/** A model with functions written out. */
export interface WrittenOut {
  readonly edited: CheckedModel;
  /** Why the functions that are left could not be written out, by their keys. */
  readonly reasons: ReadonlyMap<string, string>;
}

/**
 * A model whose functions, except those of soft pooling, are written out as far as they can stand
 * in its graph; `undefined` if it has none. The given model does not change.
 */
export function writtenOut({ model, opset, functions: all }: CheckedModel): WrittenOut | undefined {
  const functions = new Map(Array.from(all).filter(([, { domain }]) => domain !== DOMAIN));
  if (functions.size === 0) return undefined;
  const reasons = whyKept(functions, model, opset);
  const written = new Map(Array.from(functions).filter(([key]) => !reasons.has(key)));
  const freePrefix = prefixMaker(namesIn(model));
  const expand = (nodes: readonly NodeProto[]): NodeProto[] =>
    nodes.flatMap((node) => {
      const called = written.get(functionKey(node, node.opType));
      if (called !== undefined) return expand(bodyOf(called, node, freePrefix(nameOf(node))));
      return subgraphs(node).length === 0 ? [node] : [withGraphs(node, expand)];
    });
  const { graph } = model;
  const left = neededBy(reasons.keys(), functions);
  const lists = { node: expand(graph.node), initializer: [...graph.initializer], valueInfo: [...graph.valueInfo] };
  const whole = copyWith(model, {
    graph: copyWith(graph, lists),
    functions: model.functions.filter((each) => each.domain === DOMAIN || left.has(functionKey(each, each.name))),
    opsetImport: allImports(model, written.values()),
  });
  return { edited: { model: whole, opset, withSecondOutput: checkLinks(whole.graph), functions: functionsInOrder(whole) }, reasons };
}

/** Why functions stay as they are, by their keys. */
function whyKept(functions: FunctionsInOrder, model: CheckedModel['model'], opset: number): Map<string, string> {
  const reasons = new Map<string, string>();
  const sizes = new Map<string, { readonly nodes: number; readonly depth: number }>();
  const sizeOf = (nodes: readonly NodeProto[]): { nodes: number; depth: number } => {
    const all = callsIn(nodes).map((key) => sizes.get(key) ?? { nodes: 1, depth: 0 });
    return { nodes: all.reduce((sum, each) => sum + each.nodes, 0), depth: 1 + all.reduce((most, { depth }) => Math.max(most, depth), 0) };
  };
  for (const [key, each] of functions) {
    const misfit = importMisfit(each, model, opset);
    if (misfit === undefined) sizes.set(key, sizeOf(each.node));
    else reasons.set(key, `${called(each)}, ${misfit}`);
  }
  const { nodes, depth } = sizeOf(model.graph.node);
  if (nodes <= MOST_NODES && depth <= DEEPEST) return reasons;
  for (const [key, each] of functions) {
    if (!reasons.has(key)) reasons.set(key, `${called(each)}, and the functions of the model are too many or too deep to be written out`);
  }
  return reasons;
}

function called({ name, domain }: FunctionProto): string {
  return `it is in the function ${name} of ${domain}`;
}

/** The keys of functions, and of those that they call. */
function neededBy(keys: Iterable<string>, functions: FunctionsInOrder): ReadonlySet<string> {
  const needed = new Set(keys);
  // Each function is behind those that it calls.
  for (const [key, { node }] of Array.from(functions).reverse()) {
    if (needed.has(key)) for (const each of callsIn(node)) needed.add(each);
  }
  return needed;
}

/** The opsets of a model, with those of domains that only its functions use. */
function allImports({ opsetImport }: CheckedModel['model'], functions: Iterable<FunctionProto>): OperatorSetIdProto[] {
  const imports = new Map(opsetImport.map((each) => [each.domain, each]));
  for (const each of functions) {
    for (const own of each.opsetImport) if (!isStandardDomain(own.domain) && !imports.has(own.domain)) imports.set(own.domain, own);
  }
  return Array.from(imports.values());
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

/** A copy that shares its values with the original. Defaults are in a message's prototype. */
function copyWith<T extends object>(message: T, changes: Partial<T>): T {
  return Object.assign(Object.create(Object.getPrototypeOf(message)), message, changes);
}

/** A copy of a node whose graphs have other nodes. */
function withGraphs(node: NodeProto, expand: (nodes: readonly NodeProto[]) => NodeProto[]): NodeProto {
  const copy = clone(NodeProtoSchema, node);
  for (const { graph } of subgraphs(copy)) graph.node = expand(graph.node);
  return copy;
}

type Rename = (name: string) => string;

function renamed(node: NodeProto, rename: Rename, given: ReadonlyMap<string, AttributeProto>, prefix: string): NodeProto {
  node.name = `${prefix}${node.name}`;
  node.input = node.input.map(rename);
  node.output = node.output.map(rename);
  node.attribute = node.attribute.flatMap((each) => {
    if (each.refAttrName === '') return [each];
    const value = given.get(each.refAttrName);
    return value === undefined ? [] : [copyWith(value, { name: each.name })];
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
