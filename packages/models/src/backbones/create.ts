/** Creates the networks, with a choice of pooling. */
import * as tfl from '@tensorflow/tfjs-layers';
import { checkInteger, checkKeys, checkOneOf, checkOperator, rangeError } from 'softpool/internal';
import { checkSeed } from '../random/random.ts';
import { BACKBONE_NAMES, BACKBONES, type Backbone, type BackboneName, type Normalization } from './catalogue.ts';
import { countModel, type ModelCount } from './count.ts';
import { type Features, partsOf, type Style } from './parts.ts';
import { type PoolReport, poolsOf } from './pools.ts';

/** The options of {@link createBackbone}. */
export interface BackboneOptions {
  /**
   * Kind of pooling. `'soft'` (default): SoftPool where the paper's code has it. `'max'`: the
   * original network, including the average pools of its branches. `'average'`: average pooling
   * with the windows of SoftPool, so that the two differ only in the operator. `beta`, `weights`
   * and `gradient` are for `'soft'`.
   */
  readonly pool?: 'soft' | 'max' | 'average' | undefined;
  /**
   * Which pools to make soft. `'paper'` (default): those of the paper's code; `'all'`: also the
   * average pools of DenseNet's transitions and global pools. With `'average'` only the second max
   * pool of `small2d` changes. Not for `'max'`.
   */
  readonly positions?: 'paper' | 'all' | undefined;
  /** Sharpness β ≥ 0 of SoftPool: 0 averages, large values approach max pooling. Default 1. */
  readonly beta?: number | undefined;
  /** Weights of SoftPool: per channel (default), or shared by all channels. */
  readonly weights?: 'perChannel' | 'shared' | undefined;
  /**
   * Gradient of SoftPool: the paper's (`'weights'`, default) or the true derivative (`'exact'`).
   */
  readonly gradient?: 'weights' | 'exact' | undefined;
  /**
   * [height, width, channels] for pictures, [frames, height, width, channels] for clips. Default:
   * the published input.
   */
  readonly inputShape?: readonly number[] | undefined;
  /**
   * Number of classes, and so of logits, up to 100000. Default 1000; for clips 400; for
   * `resnet20`, `small2d` and `small3d` 10.
   */
  readonly classes?: number | undefined;
  /** Include the auxiliary heads of `inception_v3` and `googlenet` as outputs. Default `false`. */
  readonly auxiliary?: boolean | undefined;
  /**
   * Seed of the initial weights: a 32-bit integer. Layers with the same name get the same weights,
   * whatever the pooling. Default 0.
   */
  readonly seed?: number | undefined;
  /**
   * `'random'` (default): torchvision's scheme; `'zeros'`: fast, for weights that will be loaded.
   */
  readonly initialization?: 'random' | 'zeros' | undefined;
}

/** A description of a network, without its weights. */
export interface BackboneDescription extends ModelCount {
  /** Name of the network. */
  readonly name: BackboneName;
  /** Shape of the input, without the batch. */
  readonly inputShape: readonly number[];
  /** Number of logits. */
  readonly classes: number;
  /**
   * Normalization of color inputs that the published weights need. `undefined` for small networks,
   * which have no published weights.
   */
  readonly normalization: Normalization | undefined;
  /** The pools, from input to output. */
  readonly pools: readonly PoolReport[];
}

/**
 * Creates a network for TensorFlow.js: float32, channels last, with logits [batch, classes] as its
 * output, without a softmax. Layer names are the paths of torchvision's modules, as in
 * `layer1.0.conv1`.
 *
 * `'resnet20'` is the network of He et al. for 32×32 pictures, plus the stem pool of their networks
 * for large pictures; otherwise it would have nothing to pool. `'r3d_18'` and `'r2plus1d_18'` pool
 * only globally, so their global average becomes soft.
 *
 * @param name - For pictures `'resnet18'` … `'resnet152'`, `'resnext50_32x4d'`,
 *   `'resnext101_32x4d'`, `'resnext101_32x8d'`, `'resnext101_64x4d'`, `'wide_resnet50_2'`,
 *   `'wide_resnet101_2'`, `'densenet121'`, `'densenet161'`, `'densenet169'`, `'densenet201'`,
 *   `'googlenet'`, `'inception_v3'`; for clips `'r3d_18'`, `'r3d_50'`, `'r2plus1d_18'`; small ones
 *   `'resnet20'`, `'small2d'` and, for clips, `'small3d'`.
 * @param options - Pooling, input, classes and seed.
 * @throws RangeError or TypeError for an invalid option; RangeError if the input is too small for
 *   the network, naming the layer.
 * @example
 * ```ts
 * await tf.ready(); // the backend that holds the weights
 * const model = createBackbone('resnet20', { pool: 'soft', inputShape: [28, 28, 1], classes: 10 });
 * model.outputs[0]?.shape; // [null, 10]
 * model.getLayer('maxpool').outputShape; // [null, 14, 14, 16]
 * ```
 */
export function createBackbone(name: BackboneName, options: BackboneOptions = {}): tfl.LayersModel {
  return assembled('createBackbone', name, options).model;
}

/**
 * Describes a network: its layers with their parameters and multiply-adds, and its pools. The
 * weights are not kept in memory.
 *
 * @param name - The network, as for {@link createBackbone}.
 * @param options - As for {@link createBackbone}.
 * @throws As {@link createBackbone}.
 * @example
 * ```ts
 * await tf.ready(); // the backend that holds the weights
 * const { parameters, multiplyAdds, pools } = describeBackbone('resnet20');
 * console.log(parameters, multiplyAdds); // 272474 10535552
 * pools[0]; // { layer: 'maxpool', original: 'max 3×3/2', is: 'soft 2×2/2' }
 * ```
 */
export function describeBackbone(name: BackboneName, options: BackboneOptions = {}): BackboneDescription {
  const { model, inputShape, classes, pools } = assembled('describeBackbone', name, options, 'none');
  return { name, inputShape, classes, ...countModel(model), normalization: BACKBONES[name].normalization, pools };
}

/** `measured` is `'none'` for a network without weights; `undefined`: as the options say. */
function assembled(call: string, name: BackboneName, options: BackboneOptions, measured?: Extract<Style['initialization'], 'none'>) {
  if (!Object.hasOwn(BACKBONES, name)) throw rangeError(call, 'name', `one of ${BACKBONE_NAMES.join(', ')}`, name);
  const backbone: Backbone = BACKBONES[name];
  checkOptions(call, name, backbone, options);
  const { inputShape = backbone.inputShape, classes = backbone.classes, auxiliary = false, seed = 0 } = options;
  const { pool = 'soft', positions = 'paper', beta = 1, weights = 'perChannel', gradient = 'weights' } = options;
  const { scheme, epsilon } = backbone;
  const initialization = measured ?? options.initialization ?? 'random';
  const parts = partsOf({ call, network: name, inputShape, scheme, epsilon, seed, initialization });
  const pools = poolsOf(parts, { pool, positions, beta, weights, gradient });
  const input = tfl.input({ shape: [...inputShape], name: 'input' });
  try {
    const outputs: Features[] = backbone.build(parts, pools, input, classes, auxiliary);
    return { model: tfl.model({ inputs: input, outputs, name }), inputShape, classes, pools: pools.reports };
  } catch (error) {
    if (initialization !== 'none') for (const layer of parts.layers) if (layer.built) layer.dispose();
    throw error;
  }
}

/** The kinds of pooling. */
export const POOLS = ['soft', 'max', 'average'] as const;

/** The positions that can become soft. */
export const POSITIONS = ['paper', 'all'] as const;

const CHOICES = {
  pool: POOLS,
  positions: POSITIONS,
  weights: ['perChannel', 'shared'],
  gradient: ['weights', 'exact'],
  auxiliary: [true, false],
  initialization: ['random', 'zeros'],
} as const;

/** The last layer of more would not fit in memory: 2048 features for each are 800 MB. */
const MOST_CLASSES = 100_000;

const NAMES: readonly string[] = [...Object.keys(CHOICES), 'beta', 'inputShape', 'classes', 'seed'];

function checkOptions(call: string, name: string, backbone: Backbone, options: BackboneOptions): void {
  checkKeys(call, options, NAMES);
  for (const [key, allowed] of Object.entries(CHOICES)) {
    const value = options[key as keyof typeof CHOICES];
    if (value !== undefined) checkOneOf(call, `options.${key}`, value, allowed as readonly unknown[]);
  }
  const { inputShape, classes, auxiliary, seed, beta, pool = 'soft' } = options;
  const unused = pool === 'soft' ? [] : (['beta', 'weights', 'gradient'] as const);
  for (const key of unused) {
    if (options[key] !== undefined) throw rangeError(call, `options.${key}`, "left out unless options.pool is 'soft'", options[key]);
  }
  if (pool === 'max' && options.positions !== undefined) {
    throw rangeError(call, 'options.positions', "left out if options.pool is 'max'", options.positions);
  }
  const rank = backbone.inputShape.length;
  if (inputShape !== undefined && !(Array.isArray(inputShape) && inputShape.length === rank && inputShape.every(isPositiveInteger))) {
    const axes = rank === 3 ? '[height, width, channels]' : '[frames, height, width, channels]';
    throw rangeError(call, 'options.inputShape', `${axes}, positive integers, for ${name}`, inputShape);
  }
  if (classes !== undefined) checkInteger(call, 'options.classes', classes, 1, MOST_CLASSES);
  if (auxiliary === true && !backbone.hasAuxiliary) {
    const hint = '; only inception_v3 and googlenet have auxiliary heads';
    throw rangeError(call, 'options.auxiliary', `false for ${name}`, auxiliary, hint);
  }
  if (seed !== undefined) checkSeed(call, seed);
  checkOperator(call, { beta });
}

function isPositiveInteger(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
