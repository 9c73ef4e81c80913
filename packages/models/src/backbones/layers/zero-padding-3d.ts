/**
 * Zero padding for clips, which TensorFlow.js lacks: the counterpart of `tf.layers.zeroPadding2d`.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { type LayerArgs, layerArgs, oneShape, oneTensor, type Shape } from './layer.ts';

interface ZeroPadding3DArgs extends LayerArgs {
  /** Zeros before and after each of depth, height and width. */
  readonly padding: readonly [depth: number, height: number, width: number];
}

class ZeroPadding3D extends tfl.layers.Layer {
  static readonly className = 'ZeroPadding3D';
  private readonly padding: readonly [number, number, number];

  constructor(args: ZeroPadding3DArgs) {
    super(layerArgs(args));
    this.padding = args.padding;
    this.inputSpec = [new tfl.InputSpec({ ndim: 5 })];
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const around = [0, ...this.padding, 0];
    return oneShape(inputShape).map((size, axis) => (size === null ? null : size + 2 * (around[axis] as number)));
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => padded(oneTensor(inputs) as tf.Tensor5D, this.padding));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), padding: [...this.padding] };
  }
}

tf.serialization.registerClass(ZeroPadding3D);

/** A layer that pads [batch, depth, height, width, channels] with zeros. */
export function zeroPadding3d(args: ZeroPadding3DArgs): tfl.layers.Layer {
  return new ZeroPadding3D(args);
}

/**
 * Pads frames, then time: slices of rank 5, the gradient of padding, are slow on the wasm backend.
 */
function padded(x: tf.Tensor5D, [depth, height, width]: readonly [number, number, number]): tf.Tensor5D {
  const [batch, frames, rows, columns, channels] = x.shape;
  const none: [number, number] = [0, 0];
  const outer = [rows + 2 * height, columns + 2 * width] as const;
  let result: tf.Tensor = x;
  if (height > 0 || width > 0) {
    const frame = tf.reshape(result, [batch * frames, rows, columns, channels]);
    result = tf.pad(frame, [none, [height, height], [width, width], none]);
  }
  if (depth > 0) {
    const clip = tf.reshape(result, [batch, frames, outer[0] * outer[1] * channels]);
    result = tf.pad(clip, [none, [depth, depth], none]);
  }
  return tf.reshape(result, [batch, frames + 2 * depth, ...outer, channels]);
}
