/** A network of the catalogue, with a choice of pooling. */
import * as tfl from '@tensorflow/tfjs-layers';
import { BACKBONE_NAMES, BACKBONES, type Backbone, type BackboneName } from './catalogue.ts';
import { countModel, type ModelCount } from './count.ts';
import { type Features, partsOf, type Style } from './parts.ts';
import { type PoolReport, poolsOf } from './pools.ts';

/** The options of {@link createBackbone}. */
export interface BackboneOptions {
  /**
   * What pools: `'soft'` (default): SoftPool where the paper's code has it; `'max'`: the original network, the average pools of its branches included;
   * `'average'`: average pools with the windows of the soft ones, so that the two differ in nothing but the operator.
   */
  readonly pool?: 'soft' | 'max' | 'average' | undefined;
  /**
   * Where pools are soft: `'paper'` (default): where the paper's code has them; `'all'`: the average pools of DenseNet's transitions and global pools too.
   * Without `pool: 'soft'` it changes nothing.
   */
  readonly positions?: 'paper' | 'all' | undefined;
  /** Sharpness β ≥ 0 of the soft pools: 0 is average pooling, large values approach max pooling. Default 1. */
  readonly beta?: number | undefined;
  /** Whose weights the soft pools have: of each channel (`'perChannel'`, default), or one for all channels (`'shared'`). */
  readonly weights?: 'perChannel' | 'shared' | undefined;
  /** Gradient of the soft pools: the paper's (`'weights'`, default), or the true derivative (`'exact'`). */
  readonly gradient?: 'weights' | 'exact' | undefined;
  /** `[height, width, channels]`, or `[frames, height, width, channels]` of clips. Default: what the network was published for. */
  readonly inputShape?: readonly number[] | undefined;
  /** The number of classes, which is the number of logits. Default: 1000, of clips 400, of `resnet20`, `small2d` and `small3d` 10. */
  readonly classes?: number | undefined;
  /** Whether `inception_v3` and `googlenet` have their auxiliary heads, whose logits are further outputs. Default `false`. */
  readonly auxiliary?: boolean | undefined;
  /**
   * Determines the weights that the network begins with: an integer of 32 bits. A layer of the same name begins with the same weights, however the network
   * pools. Default 0.
   */
  readonly seed?: number | undefined;
  /** `'random'` (default): weights by torchvision's scheme; `'zeros'`: all kernels 0, at once, for weights that are loaded. */
  readonly initialization?: 'random' | 'zeros' | undefined;
}

/** What a network is, without its weights. */
export interface BackboneDescription extends ModelCount {
  /** Its name. */
  readonly name: BackboneName;
  /** Its input, without the batch. */
  readonly inputShape: readonly number[];
  /** The number of logits. */
  readonly classes: number;
  /** Its pools, from input to output. */
  readonly pools: readonly PoolReport[];
}

/**
 * A network for TensorFlow.js: float32, channels last, its output the logits `[batch, classes]`, without a softmax. The names of its layers are the paths of
 * torchvision's modules, as in `layer1.0.conv1`.
 *
 * `'resnet20'` is that of He et al. for pictures of 32×32, with the pool behind the stem that their networks for large pictures have: without it, it would have
 * nothing to pool. `'r3d_18'` and `'r2plus1d_18'` have no pool but the global average, which is the one that becomes soft.
 *
 * @param name - The network: `'resnet18'` … `'resnet152'`, `'resnext50_32x4d'`, `'resnext101_32x4d'`, `'wide_resnet50_2'`, `'densenet121'`, `'densenet161'`,
 * `'densenet169'`, `'googlenet'`, `'inception_v3'`; of clips `'r3d_18'`, `'r3d_50'`, `'r2plus1d_18'`; small ones `'resnet20'`, `'small2d'` and, of clips, `'small3d'`.
 * @param options - Its pooling, input, classes and seed.
 * @throws RangeError or TypeError that names the option, what was expected and what came; RangeError if the input is too small for the network.
 * @example
 * ```ts
 * await tf.ready(); // the backend that holds the weights
 * const model = createBackbone('resnet20', { pool: 'soft', inputShape: [28, 28, 1], classes: 10 });
 * model.outputs[0]?.shape; // [null, 10]
 * model.getLayer('maxpool').outputShape; // [null, 14, 14, 16]
 * ```
 */
export function createBackbone(name: BackboneName, options: BackboneOptions = {}): tfl.LayersModel {
  return assembled('createBackbone', name, options, options.initialization ?? 'random').model;
}

/**
 * What a network is: its layers with their parameters and multiply-adds, and its pools. Its weights are never in memory together.
 *
 * @param name - The network, as of {@link createBackbone}.
 * @param options - As of {@link createBackbone}.
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
  return { name, inputShape, classes, ...countModel(model), pools };
}

function assembled(call: string, name: BackboneName, options: BackboneOptions, initialization: Style['initialization']) {
  const backbone: Backbone | undefined = Object.hasOwn(BACKBONES, name) ? BACKBONES[name] : undefined;
  if (backbone === undefined) throw new RangeError(`${call}: there is no network '${name}'; there are ${BACKBONE_NAMES.join(', ')}`);
  checkOptions(call, name, backbone, options);
  const { inputShape = backbone.inputShape, classes = backbone.classes, auxiliary = false, seed = 0 } = options;
  const { pool = 'soft', positions = 'paper', beta = 1, weights = 'perChannel', gradient = 'weights' } = options;
  const { scheme, epsilon } = backbone;
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

const CHOICES = {
  pool: ['soft', 'max', 'average'],
  positions: ['paper', 'all'],
  weights: ['perChannel', 'shared'],
  gradient: ['weights', 'exact'],
  auxiliary: [true, false],
  initialization: ['random', 'zeros'],
} as const;

function checkOptions(call: string, name: string, backbone: Backbone, options: BackboneOptions): void {
  for (const [key, allowed] of Object.entries(CHOICES)) {
    const value = options[key as keyof typeof CHOICES];
    if (value !== undefined && !(allowed as readonly unknown[]).includes(value)) {
      throw new TypeError(`${call}: options.${key} must be ${allowed.map(shown).join(' or ')}, received ${shown(value)}`);
    }
  }
  const { inputShape, classes, auxiliary, seed, beta } = options;
  const rank = backbone.inputShape.length;
  if (inputShape !== undefined && !(Array.isArray(inputShape) && inputShape.length === rank && inputShape.every(isPositiveInteger))) {
    const words = rank === 3 ? '[height, width, channels]' : '[frames, height, width, channels]';
    throw new RangeError(`${call}: options.inputShape of ${name} must be ${words}, positive integers, received ${shown(inputShape)}`);
  }
  if (classes !== undefined && !isPositiveInteger(classes)) {
    throw new RangeError(`${call}: options.classes must be a positive integer, received ${shown(classes)}`);
  }
  if (auxiliary === true && !backbone.hasAuxiliary) {
    throw new RangeError(`${call}: options.auxiliary is true, but ${name} has no auxiliary head; inception_v3 and googlenet have`);
  }
  if (seed !== undefined && seed !== (seed | 0) && seed !== seed >>> 0) {
    throw new RangeError(`${call}: options.seed must be an integer of 32 bits, received ${shown(seed)}`);
  }
  if (beta !== undefined && !(Number.isFinite(beta) && beta >= 0)) {
    throw new RangeError(`${call}: options.beta must be a finite number ≥ 0, received ${shown(beta)}`);
  }
}

function isPositiveInteger(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

/** A value for a message. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  return typeof value === 'string' ? `'${value}'` : String(value);
}
