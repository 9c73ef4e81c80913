/**
 * Dropout whose masks follow from a seed and the number of the step. TensorFlow.js's layer has the same mask at each step if it is seeded, and otherwise one
 * that nobody can repeat.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { randomOf } from '../../random/random.ts';
import { type LayerArgs, layerArgs, oneTensor } from './layer.ts';

interface DropoutArgs extends LayerArgs {
  /** The part of the elements that become 0; the others are divided by what is left. */
  readonly rate: number;
  readonly seed: number;
}

class SeededDropout extends tfl.layers.Layer {
  static readonly className = 'SeededDropout';
  /** The step of training that comes next. */
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
    const seed = 1 + randomOf(this.seed, this.step++).integer(0x7fffffff); // of 0 TensorFlow.js would make one by chance
    return tf.dropout(x, this.rate, undefined, seed);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed };
  }
}

tf.serialization.registerClass(SeededDropout);

/** A layer that drops elements in training. */
export function dropout(args: DropoutArgs): tfl.layers.Layer {
  return new SeededDropout(args);
}

/**
 * Says which step of training comes next, so that dropout has the masks of that step: for a training that goes on where another stopped. A new network is
 * at step 0, and each call in training is a step.
 *
 * @param model - A network of `createBackbone`.
 * @param step - The number of the step, from 0.
 * @throws RangeError if the step is not an integer ≥ 0.
 * @example
 * ```ts
 * await tf.ready(); // the backend that holds the weights
 * const model = createBackbone('googlenet', { inputShape: [32, 32, 3], classes: 10 });
 * setDropoutStep(model, 1000);
 * ```
 */
export function setDropoutStep(model: tfl.LayersModel, step: number): void {
  if (!Number.isSafeInteger(step) || step < 0) throw new RangeError(`setDropoutStep: step must be an integer ≥ 0, received ${step}`);
  for (const layer of model.layers) if (layer instanceof SeededDropout) layer.step = step;
}
