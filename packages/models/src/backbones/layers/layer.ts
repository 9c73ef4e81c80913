/** What the layers of this folder share. Each is registered with TensorFlow.js, so that a saved model loads. */
import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/** The shape of a tensor; `null` is a size that is not known before there is one. */
export type Shape = (number | null)[];

/** What a weight begins with. */
export type Initializer = ReturnType<typeof tfl.initializers.zeros>;

/** What every layer may be given; a saved layer has both. */
export interface LayerArgs {
  readonly name?: string;
  readonly trainable?: boolean;
}

/** The arguments that TensorFlow.js takes. */
export function layerArgs({ name, trainable }: LayerArgs): LayerArgs {
  return { ...(name !== undefined && { name }), ...(trainable !== undefined && { trainable }) };
}

/** The one shape that a layer is built for. */
export function oneShape(shape: Shape | Shape[]): Shape {
  return (Array.isArray(shape[0]) ? shape[0] : shape) as Shape;
}

/** The one tensor that a layer is called with. */
export function oneTensor(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
}
