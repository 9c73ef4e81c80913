/** Shared by the layers of this folder, which are all registered so that saved models load. */
import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/** The shape of a tensor, with `null` for unknown sizes. */
export type Shape = (number | null)[];

/** An initializer of a weight. */
export type Initializer = ReturnType<typeof tfl.initializers.zeros>;

/** Arguments of every layer. */
export interface LayerArgs {
  readonly name?: string;
  readonly trainable?: boolean;
}

/** The arguments in TensorFlow.js's form. */
export function layerArgs({ name, trainable }: LayerArgs): LayerArgs {
  return { ...(name !== undefined && { name }), ...(trainable !== undefined && { trainable }) };
}

/** The shape of a layer's single input. */
export function oneShape(shape: Shape | Shape[]): Shape {
  return (Array.isArray(shape[0]) ? shape[0] : shape) as Shape;
}

/** A layer's single input. */
export function oneTensor(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
}
