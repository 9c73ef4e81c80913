/** The poolings of a layers model: found and replaced in its configuration. */
import {
  type CheckedSwapOptions,
  changeOf,
  checkNames,
  DEFAULT_OPERATOR,
  decide,
  type PoolingChange,
  type PoolingInfo,
  type PoolingKind,
  type PoolingSite,
  type PoolingTarget,
  type PoolingWindow,
  type SoftOperator,
} from '@softpool/surgery';
import { typeError } from 'softpool/internal';
import { type Config, isObject } from './config.ts';
import { layersOf, nameOf, type Place, type Spelling } from './layer-tree.ts';
import { paperWindowOf, VALID } from './options.ts';
import { removeZeros, type ZeroPadding, zeroPaddingBefore } from './zero-padding.ts';

/** A model's configuration, and what is known about its layers. */
export interface ModelConfig {
  /** `{ className, config }` of the model. */
  readonly model: Config;
  /** How its names are spelled. */
  readonly spelling: Spelling;
  /** The shapes of layers by their paths, where they are known. */
  readonly shapes: ShapesByPath;
}

/** The shapes of layers by their paths. */
export type ShapesByPath = ReadonlyMap<string, Pick<PoolingInfo, 'inputShape' | 'outputShape'>>;

/** A pooling layer. */
export interface LayerSite extends PoolingSite {
  readonly layer: Config;
  readonly padding: ZeroPadding | undefined;
}

/** The pooling layers of a model, in the order of its layers. `call` is for messages. */
export function poolingLayers(call: string, { model, spelling, shapes }: ModelConfig): LayerSite[] {
  const sites: LayerSite[] = [];
  for (const place of layersOf(model)) {
    const site = siteAt(call, place, sites.length, spelling, shapes);
    if (site !== undefined) sites.push(site);
  }
  return sites;
}

/** Replaces poolings in a model's configuration, in place. */
export function swapInConfig(modelConfig: ModelConfig, options: CheckedSwapOptions): PoolingChange[] {
  const { spelling, shapes } = modelConfig;
  const sites = poolingLayers(options.call, modelConfig);
  checkNames(
    options,
    sites.map(({ info }) => info),
  );
  return sites.flatMap((site) => {
    const decision = decide(site, options);
    const change = changeOf(site.info, decision, options);
    if (decision.action !== 'replaced') return [change];
    rewrite(site, decision.window, spelling, options);
    const padding = decision.dropsZeros ? site.padding : undefined;
    return padding === undefined ? [change] : [removeZeros(padding, spelling, shapes.get(padding.path)?.outputShape), change];
  });
}

/** The class of a pooling layer, e.g. `GlobalAveragePooling2D`. */
const POOLING_CLASS = /^(Global)?(Max|Average|Soft)Pooling([123])D$/;

/** The pooling of a layer; `undefined` for other layers. */
function siteAt(call: string, place: Place, index: number, spelling: Spelling, shapes: ShapesByPath): LayerSite | undefined {
  const { layer, path } = place;
  const type = String(layer[spelling('className')]);
  const [, global = '', word, dims] = POOLING_CLASS.exec(type) ?? [];
  if (word === undefined || !isObject(layer.config)) return undefined;
  const kind = (global === '' ? word.toLowerCase() : `global${word}`) as PoolingKind;
  const window = global === '' ? windowOf(call, path, layer.config, Number(dims), spelling) : undefined;
  const isTrained = word === 'Soft' && (layer.config[spelling('trainableBeta')] ?? false) !== false;
  const info: PoolingInfo = {
    index,
    name: nameOf(layer),
    path,
    type,
    kind,
    window,
    operator: word === 'Soft' ? operatorOf(layer.config, spelling) : undefined,
    elementType: 'float32',
    inputShape: shapes.get(path)?.inputShape,
    outputShape: shapes.get(path)?.outputShape,
    obstacle: isTrained ? 'its trained β would be lost' : undefined,
  };
  const isValid = window !== undefined && typeof window.padding !== 'string';
  const padding = isValid ? zeroPaddingBefore(place, spelling) : undefined;
  const obstacleTo = (to: PoolingTarget): string | undefined =>
    global !== '' && dims === '3' && to !== 'soft' ? `TensorFlow.js has no global ${to} pooling in 3-D` : undefined;
  return { info, layer, padding, zeros: padding?.zeros, obstacleTo, fitted: paperWindowOf };
}

/** The window. As in Keras, its default is 2, with steps of its size and without padding. */
function windowOf(call: string, path: string, config: Config, dims: number, spelling: Spelling): PoolingWindow {
  const numbers = (name: string, given: unknown): number[] => {
    const list = Array.isArray(given) ? given : Array.from({ length: dims }, () => given);
    if (list.length === dims && list.every((value) => Number.isInteger(value) && value > 0)) return list;
    throw typeError(call, `${path}: ${spelling(name)}`, `positive integers for ${dims} axes`, given);
  };
  const kernelSize = numbers('poolSize', config[spelling('poolSize')] ?? 2);
  const stride = numbers('strides', config.strides ?? kernelSize);
  const { padding = 'valid' } = config;
  if (padding !== 'valid' && padding !== 'same') throw typeError(call, `${path}: padding`, "'valid' or 'same'", padding);
  return {
    kernelSize,
    stride,
    dilation: kernelSize.map(() => 1),
    padding: padding === 'same' ? 'same' : kernelSize.map(() => VALID),
    ...(config[spelling('padMode')] === 'zeros' && { padMode: 'zeros' as const }),
    ceilMode: false,
  };
}

function operatorOf(config: Config, spelling: Spelling): SoftOperator {
  return {
    beta: typeof config.beta === 'number' ? config.beta : DEFAULT_OPERATOR.beta,
    weights: config.weights === spelling('shared') ? 'shared' : DEFAULT_OPERATOR.weights,
    gradient: config.gradient === spelling('exact') ? 'exact' : DEFAULT_OPERATOR.gradient,
  };
}

/**
 * Turns a layer into another pooling. It keeps its name, by which weights and other layers find it.
 * TensorFlow.js ignores `keepdims` of Keras, which soft pooling would refuse.
 */
function rewrite(
  { info, layer }: LayerSite,
  window: PoolingWindow | undefined,
  spelling: Spelling,
  { to, operator }: CheckedSwapOptions,
): void {
  const {
    beta: _beta,
    weights: _weights,
    gradient: _gradient,
    [spelling('trainableBeta')]: _trained,
    [spelling('padMode')]: _padMode,
    keepdims: _keepdims,
    ...config
  } = layer.config as Config;
  layer[spelling('className')] = info.type.replace(/Max|Average|Soft/, CLASS_WORDS[to]);
  layer.config = {
    ...config,
    ...(window && {
      [spelling('poolSize')]: [...window.kernelSize],
      strides: [...window.stride],
      padding: window.padding === 'same' ? 'same' : 'valid',
    }),
    ...(to === 'soft' && { beta: operator.beta, weights: spelling(operator.weights), gradient: spelling(operator.gradient) }),
  };
}

const CLASS_WORDS: Readonly<Record<PoolingTarget, string>> = { max: 'Max', average: 'Average', soft: 'Soft' };
