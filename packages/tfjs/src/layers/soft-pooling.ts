/**
 * The base of all soft pooling layers: the arguments of the operator, and a β that can be trained.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Gradient, Weights } from 'softpool';
import { checkKeys, checkOneOf, rangeError } from 'softpool/internal';
import type { SoftPoolOperator } from '../ops/soft-pool.ts';
import type { Dims } from '../ops/windows.ts';
import { maskFor } from './masks.ts';
import { oneShape, type Shape } from './shape.ts';

/** The arguments of all layers in TensorFlow.js that make sense for pooling. */
export interface LayerArgs {
  /** The name of the layer. Default: its class with a number. */
  readonly name?: string | undefined;
  /** The shape of the input without the batch, for the first layer of a sequential model. */
  readonly inputShape?: Shape | undefined;
  /** The shape of the input with the batch. */
  readonly batchInputShape?: Shape | undefined;
  /** The size of the batch, if it is fixed. */
  readonly batchSize?: number | undefined;
  /** The type of the input. Default `'float32'`. */
  readonly dtype?: tf.DataType | undefined;
  /** Whether training changes β, if `trainableBeta` makes it a weight. Default `true`. */
  readonly trainable?: boolean | undefined;
}

/** The arguments of every soft pooling layer. */
export interface SoftPoolingOperatorArgs extends LayerArgs {
  /** The layout of the input: `'channelsLast'` (default) or `'channelsFirst'`. */
  readonly dataFormat?: 'channelsLast' | 'channelsFirst' | undefined;
  /**
   * Sharpness β ≥ 0, or its initial value if it is trained: 0 is average pooling, large values
   * approach max pooling. Default 1.
   */
  readonly beta?: number | undefined;
  /**
   * Whether β is a weight of the layer: `true` for one number, `'perChannel'` for one per
   * channel. Default `false`. A value below 1e-6 counts as 1e-6, which is nearly an average. Before
   * a training step, in `fit` or where the layer is called with `{ training: true }`, a negative
   * value is set to 0.
   */
  readonly trainableBeta?: boolean | 'perChannel' | undefined;
  /**
   * `'perChannel'` (default): each channel has its own weights. `'shared'`: one weight per position
   * for all channels.
   */
  readonly weights?: Weights | undefined;
  /** `'weights'` (default): the paper's gradient. `'exact'`: the true derivative. */
  readonly gradient?: Gradient | undefined;
}

const OPERATOR_ARGS = ['beta', 'trainableBeta', 'weights', 'gradient', 'dataFormat'];

/** The arguments of every layer of TensorFlow.js, and what TensorFlow.js adds when it loads one. */
const LAYER_ARGS = ['name', 'trainable', 'inputShape', 'batchInputShape', 'batchSize', 'dtype', 'inputDType', 'customObjects'];

const DATA_FORMATS = {
  channelsLast: { 1: 'NWC', 2: 'NHWC', 3: 'NDHWC' },
  channelsFirst: { 1: 'NCW', 2: 'NCHW', 3: 'NCDHW' },
} as const;

/** A soft pooling layer. Subclasses define its windows. */
export abstract class SoftPoolingLayer extends tfl.layers.Layer {
  /** The name by which a subclass is saved. */
  declare static readonly className: string;
  /** The number of spatial axes. */
  protected readonly dims: Dims;
  /** The layout of the input. */
  protected readonly dataFormat: 'channelsLast' | 'channelsFirst';
  private readonly beta: number;
  private readonly trainableBeta: boolean | 'perChannel';
  private readonly weighting: Weights;
  private readonly gradient: Gradient;
  private betaVariable: tfl.LayerVariable | undefined;

  /** `own` are the arguments of the subclass. */
  constructor(dims: Dims, args: SoftPoolingOperatorArgs, own: readonly string[] = []) {
    checkKeys(new.target.className, args, [...own, ...OPERATOR_ARGS, ...LAYER_ARGS], 'args');
    // TensorFlow.js would take `weights` for the layer's initial weights
    const { weights = 'perChannel', ...layerArgs } = args;
    // TensorFlow.js takes undefined for its default, though its types do not say so.
    super(layerArgs as ConstructorParameters<typeof tfl.layers.Layer>[0]);
    const { dataFormat = 'channelsLast', beta = 1, trainableBeta = false, gradient = 'weights' } = args;
    const call = this.getClassName();
    checkOneOf(call, 'dataFormat', dataFormat, ['channelsLast', 'channelsFirst']);
    checkOneOf(call, 'trainableBeta', trainableBeta, [false, true, 'perChannel']);
    checkOneOf(call, 'weights', weights, ['perChannel', 'shared']);
    checkOneOf(call, 'gradient', gradient, ['weights', 'exact']);
    if (typeof beta !== 'number' || !Number.isFinite(beta) || beta < 0) {
      throw rangeError(call, 'beta', 'a finite number ≥ 0', beta);
    }
    this.dims = dims;
    this.dataFormat = dataFormat;
    this.beta = beta;
    this.trainableBeta = trainableBeta;
    this.weighting = weights;
    this.gradient = gradient;
    this.inputSpec = [new tfl.InputSpec({ ndim: dims + 2 })];
  }

  /** Makes β a weight if it is trained. */
  override build(inputShape: Shape | Shape[]): void {
    if (this.trainableBeta !== false) {
      const channels = oneShape(inputShape)[this.channelAxis()];
      if (this.trainableBeta === 'perChannel' && typeof channels !== 'number') {
        throw rangeError(this.name, 'the input shape', 'one with a fixed number of channels for a β per channel', inputShape);
      }
      const shape = this.trainableBeta === 'perChannel' ? [channels as number] : [];
      const start = tfl.initializers.constant({ value: this.beta });
      this.betaVariable = this.addWeight('beta', shape, 'float32', start, undefined, true, tfl.constraints.nonNeg());
    }
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    return tf.tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const input = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
      const operator = {
        beta: this.currentBeta(kwargs.training === true && this.trainable),
        weights: this.weighting,
        gradient: this.gradient,
        dataFormat: DATA_FORMATS[this.dataFormat][this.dims],
      };
      return this.pool(input, operator, maskFor(this, inputs, kwargs));
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { dataFormat, beta, trainableBeta, weighting, gradient } = this;
    return { ...super.getConfig(), dataFormat, beta, trainableBeta, weights: weighting, gradient };
  }

  /**
   * TensorFlow.js applies constraints when a weight is set, but not when a training step changes
   * it.
   */
  private currentBeta(isTraining: boolean): number | tf.Tensor {
    const { betaVariable } = this;
    if (betaVariable === undefined) return this.beta;
    if (isTraining) betaVariable.write(tf.relu(betaVariable.read()));
    return betaVariable.read();
  }

  /** Runs the op of the subclass. The mask is that of the input, for layers that support one. */
  protected abstract pool(x: tf.Tensor, operator: SoftPoolOperator, mask: tf.Tensor | undefined): tf.Tensor;

  /** The axis of the channels in an input. */
  protected channelAxis(): number {
    return this.dataFormat === 'channelsLast' ? this.dims + 1 : 1;
  }
}
