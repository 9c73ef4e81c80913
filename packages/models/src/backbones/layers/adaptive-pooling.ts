/** Adaptive pooling with PyTorch's bins, which TensorFlow.js lacks. β = 0 averages. */
import { adaptiveSoftPool2d, type SoftPoolOperator } from '@softpool/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { type LayerArgs, layerArgs, oneShape, oneTensor, type Shape } from './layer.ts';

interface AdaptivePoolingArgs extends LayerArgs {
  readonly outputSize: readonly [height: number, width: number];
  readonly beta: number;
  readonly weights?: SoftPoolOperator['weights'];
  readonly gradient?: SoftPoolOperator['gradient'];
}

class AdaptiveSoftPooling2D extends tfl.layers.Layer {
  static readonly className = 'AdaptiveSoftPooling2D';
  private readonly args: AdaptivePoolingArgs;

  constructor(args: AdaptivePoolingArgs) {
    super(layerArgs(args));
    this.args = args;
    this.inputSpec = [new tfl.InputSpec({ ndim: 4 })];
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch = null, , , channels = null] = oneShape(inputShape);
    return [batch, ...this.args.outputSize, channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const { outputSize, beta, weights, gradient } = this.args;
    return adaptiveSoftPool2d(oneTensor(inputs), [...outputSize], { beta, weights, gradient });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { outputSize, beta, weights = 'perChannel', gradient = 'weights' } = this.args;
    return { ...super.getConfig(), outputSize: [...outputSize], beta, weights, gradient };
  }
}

tf.serialization.registerClass(AdaptiveSoftPooling2D);

/** A layer that pools [batch, height, width, channels] to an output size. */
export function adaptivePooling2d(args: AdaptivePoolingArgs): tfl.layers.Layer {
  return new AdaptiveSoftPooling2D(args);
}
