/** The poolings of a model: where they are, what they are, and how they are written in a report. */
import { type GraphProto, type ModelProto, type NodeProto, TensorProto_DataType } from 'onnx-buf';
import { DOMAIN } from '../emit/function.ts';
import type { ElementType, PoolingWindow } from '../emit/pooling.ts';
import { integerOf } from '../graph/attributes.ts';
import type { CheckedModel } from '../graph/model.ts';
import { elementTypeOf, type Scope, type Size, scopeOf, shapeOf } from '../graph/scope.ts';
import { namesRead, subgraphs } from '../graph/walk.ts';
import { hasPadding, windowOf } from './windows.ts';

/** The operators that can be replaced. */
export type PoolingOp = 'MaxPool' | 'AveragePool' | 'GlobalMaxPool' | 'GlobalAveragePool';

/** The operators that can be replaced, all of them. */
export const POOLING_OPS: readonly PoolingOp[] = ['MaxPool', 'AveragePool', 'GlobalMaxPool', 'GlobalAveragePool'];

/** A pooling of a model. */
export interface PoolingInfo {
  /** Its number among the model's poolings, from 0. */
  readonly index: number;
  /** The name of its node; if that has none, of its output. */
  readonly name: string;
  /** Its name behind those of the nodes and branches that it is in, as in `'if/then_branch/pool'`. */
  readonly path: string;
  /** The operator of the node, as in `'MaxPool'`. */
  readonly opType: string;
  /** What kind of pooling it is. */
  readonly kind: 'max' | 'average' | 'soft';
  /** `undefined`, if it pools everything, or its window makes no sense. */
  readonly window: PoolingWindow | undefined;
  /** The type of its elements; `undefined`, if it cannot be pooled softly, or is not known. */
  readonly elementType: ElementType | undefined;
  /** The shape of its input as the model says it; names are of sizes that are not fixed, `null` is a size without a name. */
  readonly inputShape: readonly Size[] | undefined;
  /** The shape of its output, in the same way. */
  readonly outputShape: readonly Size[] | undefined;
  /** Why it cannot be replaced; `undefined`, if it can. */
  readonly obstacle: string | undefined;
}

/** A pooling where it stands. */
export interface PoolingSite {
  readonly info: PoolingInfo;
  readonly node: NodeProto;
  /** The list that the node is in. */
  readonly nodes: NodeProto[];
}

/** The poolings of a model, in the order of its nodes, those in subgraphs and functions too. */
export function poolingSites(model: CheckedModel): PoolingSite[] {
  const sites: PoolingSite[] = [];
  visit(model.graph, undefined, '', sites);
  for (const { name, domain, node: nodes } of model.functions.filter((each) => each.domain !== DOMAIN)) {
    const inFunction = `it is in the function ${name} of ${domain}, whose types are open`;
    for (const node of nodes) addSite(node, nodes, undefined, `${name}/`, inFunction, sites);
  }
  return sites;
}

/** A pooling in a few words: `'max 3×3/2 pad 1'`, `'global average'`, `'soft 2×2/2, ceil, β 2, shared weights'`. */
export function inWords(kind: PoolingInfo['kind'], window: PoolingWindow | undefined, operator = DEFAULT_OPERATOR): string {
  return [
    window === undefined ? `global ${kind}` : `${kind} ${windowInWords(window)}`,
    ...(operator.beta === 1 ? [] : [`β ${operator.beta}`]),
    ...(operator.weights === 'shared' ? ['shared weights'] : []),
  ].join(', ');
}

/**
 * A pooling in a few words.
 *
 * @param pooling - One of those that `inspectPooling` finds, or what is needed of it.
 * @returns As in `'max 3×3/2 pad 1'`, or `'global average'`.
 * @throws Nothing.
 * @example
 * ```ts
 * const padding = [[1, 1], [1, 1]] as const;
 * const window = { size: [3, 3], strides: [2, 2], dilations: [1, 1], padding, ceilMode: false };
 * poolingInWords({ kind: 'max', window }); // 'max 3×3/2 pad 1'
 * ```
 */
export function poolingInWords(pooling: Pick<PoolingInfo, 'kind' | 'window'> & Partial<Pick<PoolingInfo, 'opType'>>): string {
  const { kind, window, opType = 'Global' } = pooling;
  if (window !== undefined || opType.startsWith('Global')) return inWords(kind, window);
  return kind === 'soft' ? 'soft' : `${kind}, of no sound window`;
}

/** A window as papers write it: `'3×3/2 pad 1'`, `'1×3×3/1×2×2 same, ceil'`. */
export function windowInWords({ size, strides, dilations, padding, ceilMode }: PoolingWindow): string {
  const short = (values: readonly number[]): string => (values.every((value) => value === values[0]) ? `${values[0]}` : values.join('×'));
  const shape = `${size.join('×')}/${short(strides)}`;
  const dilated = dilations.every((dilation) => dilation === 1) ? '' : ` dilated ${short(dilations)}`;
  return `${shape}${dilated}${paddingInWords(padding)}${ceilMode ? ', ceil' : ''}`;
}

const DEFAULT_OPERATOR: { readonly beta: number; readonly weights: string } = { beta: 1, weights: 'perChannel' };

function paddingInWords(padding: PoolingWindow['padding']): string {
  if (typeof padding === 'string') return padding === 'sameUpper' ? ' same' : ' same, lower';
  const sides = padding.flat();
  if (sides.every((side) => side === 0)) return '';
  return sides.every((side) => side === sides[0]) ? ` pad ${sides[0]}` : ` pad ${padding.map((side) => side.join('+')).join(' × ')}`;
}

function visit(graph: GraphProto, outer: Scope | undefined, prefix: string, sites: PoolingSite[]): void {
  const scope = scopeOf(graph, outer);
  const read = new Set([...graph.node.flatMap(namesRead), ...graph.output.map(({ name }) => name)]);
  for (const node of graph.node) {
    const usesIndices = node.opType === 'MaxPool' && read.has(node.output[1] ?? '');
    addSite(node, graph.node, scope, prefix, usesIndices ? 'its output Indices is used, and soft pooling has none' : undefined, sites);
    for (const { attribute, graph: inner } of subgraphs(node)) visit(inner, scope, `${prefix}${nameOf(node)}/${attribute}/`, sites);
  }
}

function nameOf({ name, output }: NodeProto): string {
  return name === '' ? (output[0] ?? '') : name;
}

function addSite(
  node: NodeProto,
  nodes: NodeProto[],
  scope: Scope | undefined,
  prefix: string,
  known: string | undefined,
  sites: PoolingSite[],
): void {
  const kind = kindOf(node);
  if (kind === undefined) return;
  const isGlobal = node.opType.startsWith('Global');
  const read = isGlobal || kind === 'soft' ? undefined : windowOf(node);
  const type = scope === undefined ? undefined : elementTypeOf(node.input[0] ?? '', scope);
  const elementType = typeof type === 'string' ? type : undefined;
  const info: PoolingInfo = {
    index: sites.length,
    name: nameOf(node),
    path: `${prefix}${nameOf(node)}`,
    opType: node.opType,
    kind,
    window: typeof read === 'string' ? undefined : read,
    elementType,
    inputShape: scope === undefined ? undefined : shapeOf(node.input[0] ?? '', scope),
    outputShape: scope === undefined ? undefined : shapeOf(node.output[0] ?? '', scope),
    obstacle: known ?? (typeof read === 'string' ? read : obstacleIn(node, read, type)),
  };
  sites.push({ info, node, nodes });
}

function kindOf({ opType, domain }: NodeProto): PoolingInfo['kind'] | undefined {
  if (domain === DOMAIN) return opType.startsWith('SoftPool') ? 'soft' : undefined;
  if (domain !== '' && domain !== 'ai.onnx') return undefined;
  if (!POOLING_OPS.some((op) => op === opType)) return undefined;
  return opType.endsWith('MaxPool') ? 'max' : 'average';
}

function obstacleIn(node: NodeProto, window: PoolingWindow | undefined, type: ReturnType<typeof elementTypeOf>): string | undefined {
  if (integerOf(node, 'storage_order', 0) !== 0) return 'its storage_order is 1, which is of Indices, and soft pooling has none';
  if (node.opType === 'AveragePool' && integerOf(node, 'count_include_pad', 0) !== 0 && window !== undefined && hasPadding(window)) {
    return 'its count_include_pad is 1: it counts padding as zeros, which soft pooling leaves out';
  }
  if (type === undefined) return 'the type of its elements is not known; let a tool infer the shapes of the model';
  if (typeof type === 'string') return undefined;
  return `its elements are ${TensorProto_DataType[type]?.toLowerCase() ?? `of type ${type}`}; soft pooling is for float, float16 and double`;
}

/** All names of values and nodes in a model, so that new ones can be told from them. */
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
