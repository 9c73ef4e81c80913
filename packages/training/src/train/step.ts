/** One training step. */
import { setDropoutStep } from '@softpool/models';
import { seedFrom } from '@softpool/models/internal';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { rankOfLabel } from '../evaluate/logits.ts';
import { crossEntropy } from './loss.ts';
import type { Optimizer } from './optimizer.ts';

/** A batch of examples. */
export interface Examples {
  readonly x: Float32Array;
  /** [examples, …the model's input shape]. */
  readonly shape: readonly number[];
  readonly labels: Uint16Array;
}

/** The parameters of a step. */
export interface StepOptions {
  readonly learningRate: number;
  readonly labelSmoothing: number;
  /** Seed of randomness in the model, such as dropout; combined with `step`. */
  readonly seed: number;
  readonly step: number;
}

/** Results of a step, from before the weights changed. */
export interface StepResult {
  /** Mean over the batch. If it is not finite, the weights did not change. */
  readonly loss: number;
  /** Number of examples whose label had the largest logit. */
  readonly correct: number;
}

/** Takes one gradient step on a batch and updates the model's moving statistics. */
export async function trainStep(model: LayersModel, optimizer: Optimizer, examples: Examples, options: StepOptions): Promise<StepResult> {
  seedLayers(model, options);
  const { value, grads, logits } = lossAndGradients(model, optimizer.variables, examples, options.labelSmoothing);
  try {
    const [loss] = (await value.data()) as Float32Array;
    const correct = countCorrect((await logits.data()) as Float32Array, examples.labels);
    if (loss === undefined || !Number.isFinite(loss)) return { loss: loss ?? Number.NaN, correct };
    optimizer.step(grads, options.learningRate, options.step);
    return { loss, correct };
  } finally {
    tf.dispose([value, grads, logits]);
  }
}

function lossAndGradients(model: LayersModel, variables: tf.Variable[], { x, shape, labels }: Examples, labelSmoothing: number) {
  let kept: tf.Tensor2D | undefined;
  const { value, grads } = tf.tidy(() => {
    const input = tf.tensor(x, [...shape], 'float32');
    const target = tf.tensor1d(Int32Array.from(labels), 'int32');
    return tf.variableGrads(() => {
      const logits = model.apply(input, { training: true }) as tf.Tensor2D;
      kept = tf.keep(tf.clone(logits));
      return crossEntropy(logits, target, labelSmoothing);
    }, variables);
  });
  if (kept === undefined) throw new Error('the loss was not computed');
  return { value, grads, logits: kept };
}

/** Purpose of the layers' random numbers. It differs from every epoch's number. */
const LAYERS = -2;

/**
 * Gives dropout a new mask in each step, the same in every run. Networks of `createBackbone` have a
 * layer for it; TensorFlow.js's own layer needs a new seed in each step.
 */
function seedLayers(model: LayersModel, { seed, step }: StepOptions): void {
  setDropoutStep(model, step);
  for (const [index, layer] of model.layers.entries()) {
    if (layer.getClassName() !== 'Dropout' || !('seed' in layer)) continue;
    layer.seed = seedFrom(seed, LAYERS, step, index);
  }
}

function countCorrect(logits: Float32Array, labels: Uint16Array): number {
  const classes = logits.length / labels.length;
  return labels.reduce((count, label, i) => count + (rankOfLabel(logits.subarray(i * classes, (i + 1) * classes), label) === 0 ? 1 : 0), 0);
}
