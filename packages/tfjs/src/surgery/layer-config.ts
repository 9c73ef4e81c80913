/** Poolings replaced in the configuration of a layers model. */
import { changeOf, checkNames, decide, type PoolingChange, type PoolingSite } from './decide.ts';
import { type Config, isObject, layersOf, nameOf, type Place, type Spelling } from './layer-tree.ts';
import type { Plan } from './options.ts';
import { DEFAULT_OPERATOR, type PoolingInfo, type PoolingKind, type PoolingWindow, type SoftOperator } from './poolings.ts';
import { removeZeros, type ZeroPadding, zeroPaddingBefore } from './zero-padding.ts';

/** The output shapes of layers by their paths. */
export type OutputShapes = ReadonlyMap<string, PoolingInfo['outputShape']>;

/**
 * Replaces poolings in a model's configuration, in place.
 *
 * @param model - `{ className, config }` of the model, spelt so.
 * @param shapes - The output shapes of its layers, where they are known.
 */
export function replaceInConfig(model: Config, spelling: Spelling, shapes: OutputShapes, plan: Plan): PoolingChange[] {
  const sites = Array.from(layersOf(model)).flatMap((place) => siteAt(place, spelling, shapes, plan));
  const poolings = sites.map(({ info }) => info);
  checkNames(plan, poolings);
  return sites.flatMap((site) => {
    const decision = decide(site, plan);
    const change = changeOf(site, decision, plan);
    if (decision.action === 'kept') return [change];
    rewrite(site, decision.window, spelling, plan);
    const padding = decision.dropsZeros ? site.padding : undefined;
    return padding === undefined ? [change] : [removeZeros(padding, spelling, shapes.get(padding.path)), change];
  });
}

interface LayerSite extends PoolingSite {
  readonly layer: Config;
  readonly padding: ZeroPadding | undefined;
}

/** The class of a pooling layer, as `GlobalAveragePooling2D`. */
const POOLING_CLASS = /^(Global)?(Max|Average|Soft)Pooling([123])D$/;

/** The pooling of a layer; none, if it is another layer. */
function siteAt(place: Place, spelling: Spelling, shapes: OutputShapes, plan: Plan): LayerSite[] {
  const { layer, path } = place;
  const className = String(layer[spelling('className')]);
  const [, isGlobal, word, dims] = POOLING_CLASS.exec(className) ?? [];
  if (word === undefined || !isObject(layer.config)) return [];
  const kind = word.toLowerCase() as PoolingKind;
  const window = isGlobal === undefined ? windowOf(layer.config, Number(dims), spelling, `${plan.call}: ${path}`) : undefined;
  const info = { path, name: nameOf(layer), className, kind, window, outputShape: shapes.get(path) };
  const padding = window?.padding === 'valid' ? zeroPaddingBefore(place, spelling) : undefined;
  const operator = kind === 'soft' ? operatorOf(layer.config, spelling) : undefined;
  return [{ info, layer, operator, padding, zeros: padding?.zeros, obstacle: obstacleOf(info, layer.config, spelling, plan) }];
}

/** The window. As in Keras, it is 2 unless something else is said, in steps of its size, without padding. */
function windowOf(config: Config, dims: number, spelling: Spelling, layer: string): PoolingWindow {
  const numbers = (name: string, given: unknown): number[] => {
    const list = Array.isArray(given) ? given : Array.from({ length: dims }, () => given);
    if (list.length === dims && list.every((value) => Number.isInteger(value) && value > 0)) return list;
    throw new TypeError(`${layer}: ${spelling(name)} must be positive integers for ${dims} axes, received ${JSON.stringify(given)}`);
  };
  const size = numbers('poolSize', config[spelling('poolSize')] ?? 2);
  const strides = numbers('strides', config.strides ?? size);
  const padding = config.padding ?? 'valid';
  if (padding === 'valid' || padding === 'same') return { size, strides, padding };
  throw new TypeError(`${layer}: padding must be 'valid' or 'same', received ${JSON.stringify(padding)}`);
}

function operatorOf(config: Config, spelling: Spelling): SoftOperator {
  return {
    beta: typeof config.beta === 'number' ? config.beta : DEFAULT_OPERATOR.beta,
    weights: config.weights === spelling('shared') ? 'shared' : DEFAULT_OPERATOR.weights,
    gradient: config.gradient === spelling('exact') ? 'exact' : DEFAULT_OPERATOR.gradient,
  };
}

function obstacleOf({ kind, className }: PoolingInfo, config: Config, spelling: Spelling, { to }: Plan): string | undefined {
  if (className.startsWith('Global') && className.endsWith('3D') && to !== 'soft')
    return `TensorFlow.js has no global ${to} pooling of volumes`;
  const isTrained = kind === 'soft' && (config[spelling('trainableBeta')] ?? false) !== false;
  return isTrained ? 'its β is a weight of the model, which would be left over' : undefined;
}

/** Makes another pooling of a layer. Its name stays, by which weights and other layers find it. */
function rewrite({ info, layer }: LayerSite, window: PoolingWindow | undefined, spelling: Spelling, { to, operator }: Plan): void {
  const { beta: _beta, weights: _weights, gradient: _gradient, [spelling('trainableBeta')]: _trained, ...config } = layer.config as Config;
  layer[spelling('className')] = info.className.replace(/Max|Average|Soft/, CLASS_WORDS[to]);
  layer.config = {
    ...config,
    ...(window && { [spelling('poolSize')]: [...window.size], strides: [...window.strides], padding: window.padding }),
    ...(to === 'soft' && { beta: operator.beta, weights: spelling(operator.weights), gradient: spelling(operator.gradient) }),
  };
}

const CLASS_WORDS: Readonly<Record<PoolingKind, string>> = { max: 'Max', average: 'Average', soft: 'Soft' };
