/**
 * Grouped 2-D convolution, as in ResNeXt, which TensorFlow.js lacks: group g of the outputs sees
 * only group g of the inputs.
 *
 * Several groups are computed as one convolution with a kernel that is zero between groups. A group
 * of ResNeXt has 4 to 32 channels; backends are slow with so few, and 32 calls cost more than the
 * products with zeros. On the wasm backend, blocks of 32 channels were best or close to it, forward
 * and backward, for 128 to 1024 channels. Adding products with zero is exact; only infinities and
 * NaN spread to the other groups of their block.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { type Initializer, type LayerArgs, layerArgs, oneShape, oneTensor, type Shape } from './layer.ts';

/** The arguments of {@link groupedConvolution2d}: those of `tf.layers.conv2d`, without a bias. */
export interface GroupedConvolutionArgs extends LayerArgs {
  readonly filters: number;
  readonly groups: number;
  readonly kernelSize: number;
  readonly strides: number;
  readonly padding: 'valid' | 'same';
  /** Initializer of the kernel, which is not saved with the layer. Default zeros. */
  readonly kernelInitializer?: Initializer;
}

/** Channels convolved at a time. */
const BLOCK = 32;

class GroupedConv2D extends tfl.layers.Layer {
  static readonly className = 'GroupedConv2D';
  private readonly args: GroupedConvolutionArgs;
  private kernel: tfl.LayerVariable | undefined;

  constructor(args: GroupedConvolutionArgs) {
    super(layerArgs(args));
    this.args = args;
    this.inputSpec = [new tfl.InputSpec({ ndim: 4 })];
  }

  override build(inputShape: Shape | Shape[]): void {
    const { filters, groups, kernelSize, kernelInitializer = tfl.initializers.zeros() } = this.args;
    const channels = oneShape(inputShape)[3];
    if (typeof channels !== 'number' || channels % groups !== 0 || filters % groups !== 0) {
      throw new RangeError(`${this.name}: ${groups} groups must divide channels and filters, received ${channels} and ${filters}`);
    }
    this.kernel = this.addWeight('kernel', [kernelSize, kernelSize, channels / groups, filters], 'float32', kernelInitializer);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const { filters, kernelSize, strides, padding } = this.args;
    const [batch = null, ...rest] = oneShape(inputShape);
    const spatial = rest.slice(0, 2).map((size) => {
      if (size === null) return null;
      return padding === 'same' ? Math.ceil(size / strides) : Math.floor((size - kernelSize) / strides) + 1;
    });
    return [batch, ...spatial, filters];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const { groups, strides, padding } = this.args;
      const kernel = (this.kernel as tfl.LayerVariable).read() as tf.Tensor4D;
      return groupedConvolution(oneTensor(inputs) as tf.Tensor4D, kernel, groups, strides, padding);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { filters, groups, kernelSize, strides, padding } = this.args;
    return { ...super.getConfig(), filters, groups, kernelSize, strides, padding };
  }
}

tf.serialization.registerClass(GroupedConv2D);

/**
 * A layer that convolves [batch, height, width, channels] in groups, with a kernel [height, width,
 * channels / groups, filters].
 */
export function groupedConvolution2d(args: GroupedConvolutionArgs): tfl.layers.Layer {
  return new GroupedConv2D(args);
}

function groupedConvolution(x: tf.Tensor4D, kernel: tf.Tensor4D, groups: number, strides: number, padding: 'valid' | 'same'): tf.Tensor4D {
  const [, , inputs, filters] = kernel.shape;
  const together = groupsTogether(groups, inputs);
  const count = groups / together;
  const mask = betweenGroups(together, inputs, filters / groups);
  // A split into one piece has no gradient in TensorFlow.js.
  const kernels: tf.Tensor4D[] = count === 1 ? [kernel] : tf.split(kernel, count, 3);
  const blocks: tf.Tensor4D[] = count === 1 ? [x] : tf.split(x, count, 3);
  const results = blocks.map((block, index) => {
    const dense: tf.Tensor4D = tf.mul(tf.tile(kernels[index] as tf.Tensor4D, [1, 1, together, 1]), mask);
    return tf.conv2d(block, dense, strides, padding);
  });
  return tf.concat(results, 3);
}

/** The smallest divisor of the groups whose groups together fill a block. */
function groupsTogether(groups: number, inputs: number): number {
  let together = 1;
  while (together < groups && (together * inputs < BLOCK || groups % together !== 0)) together++;
  return together;
}

/** 1 where input and output are in the same group, else 0: [groups × inputs, groups × outputs]. */
function betweenGroups(groups: number, inputs: number, outputs: number): tf.Tensor2D {
  const mask = new Float32Array(groups * inputs * groups * outputs);
  for (let input = 0; input < groups * inputs; input++) {
    const group = Math.floor(input / inputs);
    const row = input * groups * outputs;
    mask.fill(1, row + group * outputs, row + (group + 1) * outputs);
  }
  return tf.tensor2d(mask, [groups * inputs, groups * outputs]);
}
