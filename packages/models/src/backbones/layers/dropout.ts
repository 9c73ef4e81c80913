/**
 * Dropout whose masks depend on a seed and the step. TensorFlow.js's layer, if seeded, has the same
 * mask in every step; unseeded, it is not reproducible.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { checkInteger } from 'softpool/internal';
import { seedFrom } from '../../random/random.ts';
import { type LayerArgs, layerArgs, oneTensor } from './layer.ts';

interface DropoutArgs extends LayerArgs {
  /** Share of the elements that become 0; the others are divided by 1 − rate. */
  readonly rate: number;
  readonly seed: number;
}

class SeededDropout extends tfl.layers.Layer {
  static readonly className = 'SeededDropout';
  /** Number of the next training step. */
  step = 0;
  private readonly rate: number;
  private readonly seed: number;

  constructor(args: DropoutArgs) {
    super(layerArgs(args));
    this.rate = args.rate;
    this.seed = args.seed;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], { training }: { readonly training?: boolean }): tf.Tensor {
    const x = oneTensor(inputs);
    if (training !== true) return x.clone();
    return tf.dropout(x, this.rate, undefined, seedFrom(this.seed, this.step++));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed };
  }
}

tf.serialization.registerClass(SeededDropout);

/** A layer that drops elements during training. */
export function dropout(args: DropoutArgs): tfl.layers.Layer {
  return new SeededDropout(args);
}

/**
 * Sets the number of the next training step, which selects the masks of dropout, to resume a
 * training. A new network is at step 0, and each call during training is a step.
 *
 * @param model - A network from `createBackbone`.
 * @param step - Number of the step, from 0.
 * @throws RangeError if the step is not an integer ≥ 0.
 * @example
 * ```ts
 * await tf.ready(); // the backend that holds the weights
 * const model = createBackbone('googlenet', { inputShape: [32, 32, 3], classes: 10 });
 * setDropoutStep(model, 1000);
 * ```
 */
export function setDropoutStep(model: tfl.LayersModel, step: number): void {
  checkInteger('setDropoutStep', 'step', step, 0);
  for (const layer of model.layers) if (layer instanceof SeededDropout) layer.step = step;
}
