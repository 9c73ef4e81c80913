/** Finds the pooling nodes of a model. */
import {
  AVERAGES_EXPONENTIALS,
  DEFAULT_OPERATOR,
  type PoolingInfo,
  type PoolingKind,
  type PoolingSite,
  type PoolingWindow,
  type SoftOperator,
} from '@softpool/surgery';
import { type GraphProto, type NodeProto, TensorProto_DataType } from 'onnx-buf';
import { isPartOfSoftPool, sumsInSoftPool } from '../emit/subgraph.ts';
import { attributeOf, integerOf, textOf } from '../graph/attributes.ts';
import { BLOCKED_DOMAIN, DOMAIN, RUNTIME_DOMAIN } from '../graph/domain.ts';
import { functionValues, type GraphValues, isStandardDomain, valuesOf } from '../graph/graph-values.ts';
import type { CheckedModel } from '../graph/model.ts';
import { nameOf } from '../graph/node-name.ts';
import { elementTypeOf, shapeOf } from '../graph/scope.ts';
import { subgraphs } from '../graph/walk.ts';
import { averagesExponentials } from './exponentials.ts';
import { hasPadding, misfit, paperWindowOf, windowOf } from './windows.ts';

/** A pooling node. */
export interface NodeSite extends PoolingSite {
  readonly node: NodeProto;
  /** The list that holds the node. */
  readonly nodes: NodeProto[];
}

/** The pooling nodes of a model in their order, also those in subgraphs and functions. */
export function poolingNodes({ model, withSecondOutput }: CheckedModel): NodeSite[] {
  const sites: NodeSite[] = [];
  visit(model.graph, undefined, '', withSecondOutput, sites);
  for (const { name, domain, node: nodes } of model.functions.filter((each) => each.domain !== DOMAIN)) {
    const inFunction = `it is in the function ${name} of ${domain}, whose element types are open`;
    const values = functionValues(nodes);
    for (const node of nodes) addSite(node, values, `${name}/`, inFunction, sites);
  }
  return sites;
}

function visit(
  graph: GraphProto,
  outer: GraphValues | undefined,
  prefix: string,
  withSecondOutput: ReadonlySet<NodeProto>,
  sites: NodeSite[],
): void {
  const values = valuesOf(graph, outer);
  const sums = sumsInSoftPool(graph.node);
  for (const node of graph.node.filter((each) => !isPartOfSoftPool(each) && !sums.has(each.output[0] ?? ''))) {
    const usesIndices = node.opType === 'MaxPool' && withSecondOutput.has(node);
    addSite(node, values, prefix, usesIndices ? 'its output Indices is used, which SoftPool does not have' : undefined, sites);
    for (const { attribute, graph: inner } of subgraphs(node)) {
      visit(inner, values, `${prefix}${nameOf(node)}/${attribute}/`, withSecondOutput, sites);
    }
  }
}

function addSite(node: NodeProto, values: GraphValues, prefix: string, known: string | undefined, sites: NodeSite[]): void {
  const kind = kindOf(node);
  if (kind === undefined) return;
  const { nodes, scope } = values;
  const read = kind.startsWith('global') ? undefined : countedWindow(node);
  const type = scope === undefined ? undefined : elementTypeOf(node.input[0] ?? '', scope);
  const inputShape = scope === undefined ? undefined : shapeOf(node.input[0] ?? '', scope);
  const inputSizes = inputShape?.slice(FIRST_SPATIAL_AXIS) ?? [];
  const isSoft = node.domain === DOMAIN;
  const isPart = (kind === 'average' || kind === 'globalAverage') && averagesExponentials(node, values);
  const info: PoolingInfo = {
    index: sites.length,
    name: nameOf(node),
    path: `${prefix}${nameOf(node)}`,
    type: node.opType,
    kind,
    window: typeof read === 'string' ? undefined : read,
    operator: isSoft ? operatorOf(node) : undefined,
    elementType: typeof type === 'string' ? type : undefined,
    inputShape,
    outputShape: scope === undefined ? undefined : shapeOf(node.output[0] ?? '', scope),
    obstacle:
      ofAnotherDomain(node) ??
      (isPart ? `${AVERAGES_EXPONENTIALS} (see fold)` : known) ??
      (typeof read === 'string' ? read : (obstacleIn(node, type) ?? (read && misfit(read, inputSizes)))),
  };
  const fitted: PoolingSite['fitted'] = (window, paper) => paperWindowOf(window, paper, inputSizes);
  sites.push({ info, node, nodes, fitted });
}

/** After batch and channels. */
const FIRST_SPATIAL_AXIS = 2;

function kindOf(node: NodeProto): PoolingKind | undefined {
  const { opType, domain } = node;
  if (domain === DOMAIN && opType.startsWith('SoftPool')) return attributeOf(node, 'kernel_shape') === undefined ? 'globalSoft' : 'soft';
  if (domain === RUNTIME_DOMAIN) return RUNTIME_KINDS.get(opType);
  return isStandardDomain(domain) || domain === BLOCKED_DOMAIN ? KINDS.get(opType) : undefined;
}

const KINDS: ReadonlyMap<string, PoolingKind> = new Map([
  ['MaxPool', 'max'],
  ['AveragePool', 'average'],
  ['GlobalMaxPool', 'globalMax'],
  ['GlobalAveragePool', 'globalAverage'],
]);

/** The poolings among ONNX Runtime's own operators. */
const RUNTIME_KINDS: ReadonlyMap<string, PoolingKind> = new Map([
  ['NhwcMaxPool', 'max'],
  ['MaxpoolWithMask', 'max'],
  ['QLinearAveragePool', 'average'],
  ['QLinearGlobalAveragePool', 'globalAverage'],
]);

/** Why a pooling that is not an operator of the standard stays. */
function ofAnotherDomain({ opType, domain }: NodeProto): string | undefined {
  if (isStandardDomain(domain)) return undefined;
  if (domain === DOMAIN) return 'it is soft pooling already';
  return `it is the operator ${opType} of ONNX Runtime; swap the model before it is optimized or quantized`;
}

function operatorOf(node: NodeProto): SoftOperator {
  return {
    beta: attributeOf(node, 'beta')?.f ?? DEFAULT_OPERATOR.beta,
    weights: textOf(node, 'weights', '') === 'shared' ? 'shared' : DEFAULT_OPERATOR.weights,
    gradient: DEFAULT_OPERATOR.gradient,
  };
}

/** The window of a node. Where AveragePool counts its padding, that counts as zeros. */
function countedWindow(node: NodeProto): PoolingWindow | string {
  const window = windowOf(node);
  const counts = node.opType === 'AveragePool' && integerOf(node, 'count_include_pad', 0) !== 0;
  if (typeof window === 'string' || !counts || !hasPadding(window)) return window;
  if (window.ceilMode) return 'its count_include_pad is 1 in ceil mode, where runtimes disagree about what counts';
  return { ...window, padMode: 'zeros' };
}

function obstacleIn(node: NodeProto, type: ReturnType<typeof elementTypeOf>): string | undefined {
  if (integerOf(node, 'storage_order', 0) !== 0) return 'its storage_order is 1, which orders Indices; SoftPool has no Indices';
  if (type === undefined) return 'the type of its elements is unknown; run shape inference on the model first';
  if (typeof type === 'string') return undefined;
  return `its elements are ${TensorProto_DataType[type]?.toLowerCase() ?? `of type ${type}`}; SoftPool pools float, float16 and double`;
}
