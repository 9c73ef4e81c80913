/** Poolings replaced in the topology of a graph model: nodes of TensorFlow's graph, as tensorflowjs_converter writes them. */
import type { Shape } from '../layers/soft-pooling.ts';
import { changeOf, checkNames, decide, type PoolingChange, type PoolingSite } from './decide.ts';
import { type Config, isObject } from './layer-tree.ts';
import type { Plan } from './options.ts';
import { DEFAULT_OPERATOR, type PoolingKind, type PoolingWindow, type SoftOperator } from './poolings.ts';

/** The op of a soft pooling node. It has the attributes of `MaxPool` or `MaxPool3D`, and `beta`, `weights` and `gradient`. */
export const SOFT_POOL_OP = 'SoftPool';

/**
 * Replaces poolings in a graph, in place, those in the functions of its control flow too.
 *
 * @param graph - A `GraphDef`: `modelTopology` of a model.json of the format `'graph-model'`.
 */
export function replaceInGraph(graph: Config, plan: Plan): PoolingChange[] {
  const sites = nodesOf(graph).flatMap(({ path, node }) => siteAt(path, node, plan));
  checkNames(
    plan,
    sites.map(({ info }) => info),
  );
  return sites.map((site) => {
    const decision = decide(site, plan);
    if (decision.action === 'replaced' && decision.window !== undefined) rewrite(site.node, decision.window, plan);
    return changeOf(site, decision, plan);
  });
}

interface NodeSite extends PoolingSite {
  readonly node: Config;
}

const KIND_OF_OP: Readonly<Record<string, PoolingKind>> = {
  MaxPool: 'max',
  MaxPool3D: 'max',
  MaxPoolWithArgmax: 'max',
  AvgPool: 'average',
  AvgPool3D: 'average',
  [SOFT_POOL_OP]: 'soft',
};

/** Every node, with the function that it is in. */
function nodesOf(graph: Config): { path: string; node: Config }[] {
  const library = isObject(graph.library) ? objects(graph.library.function) : [];
  return [
    ...objects(graph.node).map((node) => ({ path: String(node.name), node })),
    ...library.flatMap(({ signature, nodeDef }) => {
      const name = isObject(signature) ? String(signature.name) : '';
      return objects(nodeDef).map((node) => ({ path: `${name}/${node.name}`, node }));
    }),
  ];
}

function siteAt(path: string, node: Config, { call }: Plan): NodeSite[] {
  const className = String(node.op);
  const kind = Object.hasOwn(KIND_OF_OP, className) ? KIND_OF_OP[className] : undefined;
  if (kind === undefined) return [];
  const attributes = isObject(node.attr) ? node.attr : {};
  const window = windowOf(attributes, `${call}: ${path}`);
  const info = { path, name: String(node.name), className, kind, window, outputShape: outputShape(attributes) };
  return [{ info, node, operator: kind === 'soft' ? operatorOf(attributes) : undefined, obstacle: obstacleOf(className, attributes) }];
}

function windowOf(attributes: Config, node: string): PoolingWindow {
  const padding = text(attributes.padding)?.toLowerCase();
  if (padding !== 'valid' && padding !== 'same' && padding !== 'explicit') {
    throw new TypeError(`${node}: padding must be 'VALID', 'SAME' or 'EXPLICIT', received ${JSON.stringify(attributes.padding)}`);
  }
  return { size: perSpatialAxis('ksize', attributes, node), strides: perSpatialAxis('strides', attributes, node), padding };
}

/** The numbers of the spatial axes of an attribute that has one for each axis. */
function perSpatialAxis(name: string, attributes: Config, node: string): number[] {
  const perAxis = integers(attributes[name]);
  if ((perAxis.length === 4 || perAxis.length === 5) && perAxis.every((value) => value > 0)) {
    return isChannelsFirst(attributes) ? perAxis.slice(2) : perAxis.slice(1, -1);
  }
  throw new TypeError(`${node}: ${name} must be 4 or 5 positive integers, received ${JSON.stringify(attributes[name])}`);
}

function isChannelsFirst(attributes: Config): boolean {
  return text(attributes.data_format)?.startsWith('NC') ?? false;
}

/** DT_FLOAT and DT_HALF, which TensorFlow.js has as float32. */
const FLOATS: readonly unknown[] = [undefined, 'DT_FLOAT', 1, 'DT_HALF', 19];

function obstacleOf(op: string, attributes: Config): string | undefined {
  if (op === 'MaxPoolWithArgmax') return 'it also tells where its maxima are';
  const type = isObject(attributes.T) ? attributes.T.type : undefined;
  if (!FLOATS.includes(type)) return `its numbers are ${type}`;
  const idle = isChannelsFirst(attributes) ? [0, 1] : [0, -1];
  const isPooled = [attributes.ksize, attributes.strides].some((attribute) => idle.some((axis) => integers(attribute).at(axis) !== 1));
  return isPooled ? 'it pools over batch or channels' : undefined;
}

function operatorOf({ beta, weights, gradient }: Config): SoftOperator {
  return {
    beta: isObject(beta) && typeof beta.f === 'number' ? beta.f : DEFAULT_OPERATOR.beta,
    weights: text(weights) === 'shared' ? 'shared' : DEFAULT_OPERATOR.weights,
    gradient: text(gradient) === 'exact' ? 'exact' : DEFAULT_OPERATOR.gradient,
  };
}

/** The shape that some converters leave with a node. */
function outputShape({ _output_shapes: shapes }: Config): Shape | undefined {
  const [shape] = isObject(shapes) && isObject(shapes.list) ? objects(shapes.list.shape) : [];
  if (shape === undefined || !Array.isArray(shape.dim)) return undefined;
  return objects(shape.dim).map(({ size }) => (Number(size) >= 0 ? Number(size) : null));
}

function rewrite(node: Config, { size, strides }: PoolingWindow, { to, operator }: Plan): void {
  const { beta: _beta, weights: _weights, gradient: _gradient, ...attributes } = node.attr as Config;
  const isFirst = isChannelsFirst(attributes);
  const perAxis = (values: readonly number[]) => ({ list: { i: (isFirst ? [1, 1, ...values] : [1, ...values, 1]).map(String) } });
  node.op = to === 'soft' ? SOFT_POOL_OP : `${to === 'max' ? 'MaxPool' : 'AvgPool'}${size.length === 3 ? '3D' : ''}`;
  node.attr = {
    ...attributes,
    ksize: perAxis(size),
    strides: perAxis(strides),
    ...(to === 'soft' && { beta: { f: operator.beta }, weights: { s: btoa(operator.weights) }, gradient: { s: btoa(operator.gradient) } }),
  };
}

function objects(value: unknown): Config[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A list of integers, which JSON has as text where protocol buffers have 64 bits. */
function integers(attribute: unknown): number[] {
  const list = isObject(attribute) && isObject(attribute.list) ? attribute.list.i : undefined;
  return Array.isArray(list) ? list.map(Number) : [];
}

/** A string, which JSON has in base64, and models in memory as bytes. */
function text(attribute: unknown): string | undefined {
  const bytes = isObject(attribute) ? attribute.s : undefined;
  if (typeof bytes === 'string') return atob(bytes);
  return Array.isArray(bytes) ? String.fromCharCode(...bytes) : undefined;
}
