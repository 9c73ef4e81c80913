/**
 * The poolings of a graph model: nodes of TensorFlow's graph, as tensorflowjs_converter writes
 * them.
 */
import {
  AVERAGES_EXPONENTIALS,
  type CheckedSwapOptions,
  changeOf,
  checkNames,
  DEFAULT_OPERATOR,
  decide,
  type PoolingChange,
  type PoolingKind,
  type PoolingShape,
  type PoolingSite,
  type PoolingWindow,
  type SoftOperator,
} from '@softpool/surgery';
import { typeError } from 'softpool/internal';
import { type Config, isObject } from './config.ts';
import { averagesExponentials, type NodesByName } from './exponentials.ts';
import { paperWindowOf, VALID } from './options.ts';

/**
 * The op of a soft pooling node. It has the attributes of `MaxPool` or `MaxPool3D`, and `beta`,
 * `weights`, `gradient`.
 */
export const SOFT_POOL_OP = 'SoftPool';

/** A pooling node. */
export interface NodeSite extends PoolingSite {
  readonly node: Config;
}

/**
 * The pooling nodes of a graph, also those in the functions of its control flow.
 *
 * @param call - The function that was called, for messages.
 * @param graph - A `GraphDef`: the `modelTopology` in the model.json of a graph model.
 */
export function poolingNodes(call: string, graph: Config): NodeSite[] {
  const sites: NodeSite[] = [];
  for (const place of nodesOf(graph)) {
    const kind = KINDS.get(String(place.node.op));
    if (kind !== undefined) sites.push(siteAt(call, place, kind, sites.length));
  }
  return sites;
}

/** Replaces poolings in a graph, in place. */
export function swapInGraph(graph: Config, options: CheckedSwapOptions): PoolingChange[] {
  const sites = poolingNodes(options.call, graph);
  checkNames(
    options,
    sites.map(({ info }) => info),
  );
  return sites.map((site) => {
    const decision = decide(site, options);
    if (decision.action === 'replaced' && decision.window !== undefined) rewrite(site, decision.window, options);
    return changeOf(site.info, decision, options);
  });
}

const KINDS: ReadonlyMap<string, PoolingKind> = new Map([
  ['MaxPool', 'max'],
  ['MaxPool3D', 'max'],
  ['MaxPoolWithArgmax', 'max'],
  ['AvgPool', 'average'],
  ['AvgPool3D', 'average'],
  [SOFT_POOL_OP, 'soft'],
]);

/** A node, and the nodes that it can read. */
interface Place {
  /** Its name; in a function, with the function's name before it. */
  readonly path: string;
  readonly node: Config;
  readonly around: NodesByName;
}

/** Every node, also in functions. */
function nodesOf(graph: Config): Place[] {
  const library = isObject(graph.library) ? objects(graph.library.function) : [];
  return [
    ...placesIn(graph.node, ''),
    ...library.flatMap(({ signature, nodeDef }) => placesIn(nodeDef, `${isObject(signature) ? String(signature.name) : ''}/`)),
  ];
}

function placesIn(list: unknown, prefix: string): Place[] {
  const nodes = objects(list);
  const around = new Map(nodes.map((node) => [String(node.name), node]));
  return nodes.map((node) => ({ path: `${prefix}${node.name}`, node, around }));
}

function siteAt(call: string, { path, node, around }: Place, kind: PoolingKind, index: number): NodeSite {
  const type = String(node.op);
  const attributes = isObject(node.attr) ? node.attr : {};
  const info = {
    index,
    name: String(node.name),
    path,
    type,
    kind,
    window: windowOf(call, path, attributes),
    operator: kind === 'soft' ? operatorOf(attributes) : undefined,
    elementType: FLOATS.includes(typeOf(attributes)) ? ('float32' as const) : undefined,
    inputShape: undefined,
    outputShape: outputShape(attributes),
    obstacle: kind === 'average' && averagesExponentials(node, around) ? AVERAGES_EXPONENTIALS : obstacleOf(type, attributes),
  };
  return { info, node, fitted: paperWindowOf };
}

function windowOf(call: string, path: string, attributes: Config): PoolingWindow {
  const refuse: Refuse = (name, expected, received) => {
    throw typeError(call, `${path}: ${name}`, expected, received);
  };
  const kernelSize = perSpatialAxis('ksize', attributes, refuse);
  return {
    kernelSize,
    stride: perSpatialAxis('strides', attributes, refuse),
    dilation: kernelSize.map(() => 1),
    padding: paddingOf(attributes, kernelSize.length, refuse),
    ceilMode: false,
  };
}

/** Throws an error about an attribute of a node. */
type Refuse = (name: string, expected: string, received: unknown) => never;

function paddingOf(attributes: Config, dims: number, refuse: Refuse): PoolingWindow['padding'] {
  const padding = text(attributes.padding);
  if (padding === 'SAME') return 'same';
  if (padding === 'VALID') return Array.from({ length: dims }, () => VALID);
  if (padding !== 'EXPLICIT') return refuse('padding', "'VALID', 'SAME' or 'EXPLICIT'", padding);
  const amounts = integers(attributes.explicit_paddings);
  const pairs = Array.from({ length: dims + 2 }, (_, axis) => [amounts[2 * axis] ?? 0, amounts[2 * axis + 1] ?? 0] as const);
  return isChannelsFirst(attributes) ? pairs.slice(2) : pairs.slice(1, -1);
}

/** The numbers of the spatial axes, from an attribute that has one per axis. */
function perSpatialAxis(name: string, attributes: Config, refuse: Refuse): number[] {
  const perAxis = integers(attributes[name]);
  if ((perAxis.length === 4 || perAxis.length === 5) && perAxis.every((value) => value > 0)) {
    return isChannelsFirst(attributes) ? perAxis.slice(2) : perAxis.slice(1, -1);
  }
  return refuse(name, '4 or 5 positive integers', perAxis);
}

function isChannelsFirst(attributes: Config): boolean {
  return text(attributes.data_format)?.startsWith('NC') ?? false;
}

function typeOf({ T }: Config): unknown {
  return isObject(T) ? T.type : undefined;
}

/** DT_FLOAT and DT_HALF, which are both float32 in TensorFlow.js. */
const FLOATS: readonly unknown[] = [undefined, 'DT_FLOAT', 1, 'DT_HALF', 19];

function obstacleOf(op: string, attributes: Config): string | undefined {
  if (op === 'MaxPoolWithArgmax') return 'it also outputs the positions of its maxima';
  const type = typeOf(attributes);
  if (!FLOATS.includes(type)) return `its elements are ${type}, not floats`;
  const others = isChannelsFirst(attributes) ? [0, 1] : [0, -1];
  const isPooled = [attributes.ksize, attributes.strides].some((attribute) => others.some((axis) => integers(attribute).at(axis) !== 1));
  return isPooled ? 'it pools over batch or channels' : undefined;
}

function operatorOf({ beta, weights, gradient }: Config): SoftOperator {
  return {
    beta: isObject(beta) && typeof beta.f === 'number' ? beta.f : DEFAULT_OPERATOR.beta,
    weights: text(weights) === 'shared' ? 'shared' : DEFAULT_OPERATOR.weights,
    gradient: text(gradient) === 'exact' ? 'exact' : DEFAULT_OPERATOR.gradient,
  };
}

/** The shape that some converters store with a node. */
function outputShape({ _output_shapes: shapes }: Config): PoolingShape | undefined {
  const [shape] = isObject(shapes) && isObject(shapes.list) ? objects(shapes.list.shape) : [];
  if (shape === undefined || !Array.isArray(shape.dim)) return undefined;
  return objects(shape.dim).map(({ size }) => (Number(size) >= 0 ? Number(size) : null));
}

function rewrite({ info, node }: NodeSite, window: PoolingWindow, { to, operator }: CheckedSwapOptions): void {
  const { beta: _beta, weights: _weights, gradient: _gradient, ...attributes } = node.attr as Config;
  const isFirst = isChannelsFirst(attributes);
  const perAxis = (values: readonly number[]) => ({ list: { i: (isFirst ? [1, 1, ...values] : [1, ...values, 1]).map(String) } });
  node.op = to === 'soft' ? SOFT_POOL_OP : `${to === 'max' ? 'MaxPool' : 'AvgPool'}${window.kernelSize.length === 3 ? '3D' : ''}`;
  node.attr = {
    ...attributes,
    ...(window.padding !== info.window?.padding && {
      padding: { s: btoa(window.padding === 'same' ? 'SAME' : 'VALID') },
      explicit_paddings: { list: {} },
    }),
    ksize: perAxis(window.kernelSize),
    strides: perAxis(window.stride),
    ...(to === 'soft' && { beta: { f: operator.beta }, weights: { s: btoa(operator.weights) }, gradient: { s: btoa(operator.gradient) } }),
  };
}

function objects(value: unknown): Config[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A list of integers, which JSON has as texts where protocol buffers have 64 bits. */
function integers(attribute: unknown): number[] {
  const list = isObject(attribute) && isObject(attribute.list) ? attribute.list.i : undefined;
  return Array.isArray(list) ? list.map(Number) : [];
}

/** A text, which is base64 in JSON and bytes in models in memory. */
function text(attribute: unknown): string | undefined {
  const bytes = isObject(attribute) ? attribute.s : undefined;
  if (typeof bytes === 'string') return atob(bytes);
  return Array.isArray(bytes) ? String.fromCharCode(...bytes) : undefined;
}
