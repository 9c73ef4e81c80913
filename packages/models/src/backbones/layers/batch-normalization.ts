/**
 * Batch normalization (Ioffe, Szegedy 2015) as in PyTorch, for pictures and clips, channels last.
 * TensorFlow.js's own layer does not take tensors of rank 5, stores the biased variance where
 * PyTorch stores the unbiased one, and composes its gradient of a dozen ops. On the wasm backend
 * such a step takes twice as long as the convolution before it (78 and 40 ms for [32, 28, 28, 16]);
 * the closed form used here takes 17 ms.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { type LayerArgs, layerArgs, oneShape, oneTensor, type Shape } from './layer.ts';

interface BatchNormalizationArgs extends LayerArgs {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Share of the moving mean and variance that each training step keeps. */
  readonly momentum: number;
}

/** A layer's weights, with the names of TensorFlow.js's layer. */
interface NormalizationWeights {
  readonly gamma: tfl.LayerVariable;
  readonly beta: tfl.LayerVariable;
  readonly movingMean: tfl.LayerVariable;
  readonly movingVariance: tfl.LayerVariable;
}

class ChannelBatchNormalization extends tfl.layers.Layer {
  static readonly className = 'ChannelBatchNormalization';
  private readonly epsilon: number;
  private readonly momentum: number;
  private normalization: NormalizationWeights | undefined;

  constructor(args: BatchNormalizationArgs) {
    super(layerArgs(args));
    this.epsilon = args.epsilon;
    this.momentum = args.momentum;
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = oneShape(inputShape).at(-1) as number;
    const weight = (name: string, start: 'ones' | 'zeros', trainable: boolean) =>
      this.addWeight(name, [channels], 'float32', tfl.initializers[start](), undefined, trainable);
    this.normalization = {
      gamma: weight('gamma', 'ones', true),
      beta: weight('beta', 'zeros', true),
      movingMean: weight('moving_mean', 'zeros', false),
      movingVariance: weight('moving_variance', 'ones', false),
    };
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], { training }: { readonly training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const x = oneTensor(inputs);
      const { gamma, beta, movingMean, movingVariance } = this.normalization as NormalizationWeights;
      // A frozen layer keeps its statistics.
      if (training !== true || !this.trainable) {
        const scale = tf.mul(gamma.read(), tf.rsqrt(tf.add(movingVariance.read(), this.epsilon)));
        return tf.add(tf.mul(x, scale), tf.sub(beta.read(), tf.mul(movingMean.read(), scale)));
      }
      return normalize(x, gamma.read(), beta.read(), this.epsilon, (mean, variance) => {
        const count = x.size / mean.size;
        this.move(movingMean, mean);
        this.move(movingVariance, tf.mul(variance, count / Math.max(1, count - 1)));
      });
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: this.epsilon, momentum: this.momentum };
  }

  private move(average: tfl.LayerVariable, value: tf.Tensor): void {
    average.write(tf.add(tf.mul(average.read(), this.momentum), tf.mul(value, 1 - this.momentum)));
  }
}

tf.serialization.registerClass(ChannelBatchNormalization);

/** A layer that normalizes each channel of [batch, …, channels]. */
export function batchNormalization(args: BatchNormalizationArgs): tfl.layers.Layer {
  return new ChannelBatchNormalization(args);
}

/**
 * y = γ (x − μ) / √(σ² + ε) + β, with the batch's μ and σ², which are passed to `use`.
 *
 * With x̂ = (x − μ) / √(σ² + ε) and means over all elements of a channel,
 * dL/dx = γ / √(σ² + ε) · (dy − mean(dy) − x̂ · mean(dy · x̂)).
 */
function normalize(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
  use: (mean: tf.Tensor, variance: tf.Tensor) => void,
): tf.Tensor {
  const operation = tf.customGrad((...args) => {
    const [input, scale, shift, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.Tensor, (tensors: tf.Tensor[]) => void];
    const mean = channelMeans(input);
    const centered = tf.sub(input, mean);
    const variance = channelMeans(tf.square(centered));
    use(mean, variance);
    const perDeviation = tf.rsqrt(tf.add(variance, epsilon));
    save([centered, perDeviation, scale]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [centered, perDeviation, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const meanDy = channelMeans(dy);
      const meanProduct = tf.mul(channelMeans(tf.mul(dy, centered)), perDeviation); // mean(dy · x̂)
      const dx = tf.mul(tf.sub(tf.sub(dy, meanDy), tf.mul(centered, tf.mul(perDeviation, meanProduct))), tf.mul(scale, perDeviation));
      const count = dy.size / meanDy.size;
      return [dx, tf.mul(meanProduct, count), tf.mul(meanDy, count)];
    };
    return { value: tf.add(tf.mul(centered, tf.mul(scale, perDeviation)), shift), gradFunc };
  });
  return operation(x, gamma, beta);
}

/**
 * The mean of each channel, by products with vectors of equal weights over the batch and then over
 * positions. On the wasm backend `tf.mean` would transpose first, and two short sums lose less
 * precision than a long one.
 */
function channelMeans(x: tf.Tensor): tf.Tensor1D {
  const batch = x.shape[0] as number;
  const channels = x.shape.at(-1) as number;
  const positions = x.size / batch / channels;
  const overBatch = tf.matMul(tf.fill([1, batch], 1 / batch), tf.reshape(x, [batch, positions * channels]));
  return tf.reshape(tf.matMul(tf.fill([1, positions], 1 / positions), tf.reshape(overBatch, [positions, channels])), [channels]);
}
