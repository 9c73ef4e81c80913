/** What all soft pooling layers share: the operator's arguments, and a β that may be trained. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Gradient, Weights } from 'softpool';
import type { SoftPoolOperator } from '../ops/soft-pool.ts';
import { type Dims, shown } from '../ops/windows.ts';

/** What any layer of TensorFlow.js may be given, of which a pooling layer has a use. */
export interface LayerArgs {
  /** The layer's name. Default: one of its class with a number. */
  readonly name?: string;
  /** The shape of the input without the batch, for the first layer of a sequential model. */
  readonly inputShape?: Shape;
  /** The same with the batch. */
  readonly batchInputShape?: Shape;
  /** The size of the batch, where it is fixed. */
  readonly batchSize?: number;
  /** The type of the input. Default `'float32'`. */
  readonly dtype?: tf.DataType;
  /** Whether a trained β changes. Default `true`. */
  readonly trainable?: boolean;
}

/** The shape of a tensor; `null` is a size that is not known before there is one. */
export type Shape = (number | null)[];

/** The arguments that every soft pooling layer takes. */
export interface SoftPoolingOperatorArgs extends LayerArgs {
  /** Where the channels are: `'channelsLast'` (default) or `'channelsFirst'`. */
  readonly dataFormat?: 'channelsLast' | 'channelsFirst' | undefined;
  /** Sharpness β ≥ 0: 0 is average pooling, large values approach max pooling. Default 1. Where β is trained, what it begins with. */
  readonly beta?: number | undefined;
  /**
   * Whether β is a weight of the layer: `true` for one number, `'perChannel'` for one for each channel. It is
   * kept ≥ 0: what a step of training makes negative is 0 again when the layer is next used. Default `false`.
   */
  readonly trainableBeta?: boolean | 'perChannel' | undefined;
  /** `'perChannel'` (default): each channel has weights of its own. `'shared'`: one weight per position for all channels. */
  readonly weights?: Weights | undefined;
  /** `'weights'` (default): the paper's gradient. `'exact'`: the true derivative. */
  readonly gradient?: Gradient | undefined;
}

const DATA_FORMATS = {
  channelsLast: { 1: 'NWC', 2: 'NHWC', 3: 'NDHWC' },
  channelsFirst: { 1: 'NCW', 2: 'NCHW', 3: 'NCDHW' },
} as const;

/** A layer that pools softly; its windows are its subclass's. */
export abstract class SoftPoolingLayer extends tfl.layers.Layer {
  /** Spatial axes. */
  protected readonly dims: Dims;
  /** Where the channels are. */
  protected readonly dataFormat: 'channelsLast' | 'channelsFirst';
  private readonly beta: number;
  private readonly trainableBeta: boolean | 'perChannel';
  private readonly weighting: Weights;
  private readonly gradient: Gradient;
  private betaVariable: tfl.LayerVariable | undefined;

  constructor(dims: Dims, args: SoftPoolingOperatorArgs) {
    const { weights = 'perChannel', ...layerArgs } = args; // which TensorFlow.js would take for the layer's first weights
    super(layerArgs);
    const { dataFormat = 'channelsLast', beta = 1, trainableBeta = false, gradient = 'weights' } = args;
    const call = this.getClassName();
    oneOf(call, 'dataFormat', dataFormat, ['channelsLast', 'channelsFirst']);
    oneOf(call, 'trainableBeta', trainableBeta, [false, true, 'perChannel']);
    oneOf(call, 'weights', weights, ['perChannel', 'shared']);
    oneOf(call, 'gradient', gradient, ['weights', 'exact']);
    if (typeof beta !== 'number' || !Number.isFinite(beta) || beta < 0) {
      throw new RangeError(`${call}: beta must be a finite number ≥ 0, received ${shown(beta)}`);
    }
    this.dims = dims;
    this.dataFormat = dataFormat;
    this.beta = beta;
    this.trainableBeta = trainableBeta;
    this.weighting = weights;
    this.gradient = gradient;
    this.inputSpec = [new tfl.InputSpec({ ndim: dims + 2 })];
  }

  /** Makes β a weight, if it is to be trained. */
  override build(inputShape: Shape | Shape[]): void {
    if (this.trainableBeta !== false) {
      const channels = oneShape(inputShape)[this.channelAxis()];
      if (this.trainableBeta === 'perChannel' && typeof channels !== 'number') {
        throw new RangeError(`${this.name}: a β for each channel needs the number of channels, which is ${channels} in the input's shape`);
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
      return this.pool(input, {
        beta: this.currentBeta(),
        weights: this.weighting,
        gradient: this.gradient,
        dataFormat: DATA_FORMATS[this.dataFormat][this.dims],
      });
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { dataFormat, beta, trainableBeta, weighting, gradient } = this;
    return { ...super.getConfig(), dataFormat, beta, trainableBeta, weights: weighting, gradient };
  }

  /** TensorFlow.js applies constraints when a weight is set, but not when a step of training changes it. */
  private currentBeta(): number | tf.Tensor {
    if (this.betaVariable === undefined) return this.beta;
    this.betaVariable.write(tf.relu(this.betaVariable.read()));
    return this.betaVariable.read();
  }

  /** The op of the subclass. */
  protected abstract pool(x: tf.Tensor, operator: SoftPoolOperator): tf.Tensor;

  /** The axis of the channels in the shape of an input. */
  protected channelAxis(): number {
    return this.dataFormat === 'channelsLast' ? this.dims + 1 : 1;
  }
}

/** The one shape that a layer is built for. */
export function oneShape(shape: Shape | Shape[]): Shape {
  return (Array.isArray(shape[0]) ? shape[0] : shape) as Shape;
}

/** Throws unless an argument is one of these. */
export function oneOf(call: string, name: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value)) {
    throw new TypeError(`${call}: ${name} must be ${allowed.map(shown).join(' or ')}, received ${shown(value)}`);
  }
}
