/** One step of training. */

import { randomOf, setDropoutStep } from '@softpool/models';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { rankOfLabel } from '../evaluation/logits.ts';
import { crossEntropy } from './loss.ts';
import type { Sgd } from './sgd.ts';

/** A batch of examples. */
export interface Examples {
  readonly x: Float32Array;
  /** [examples, ...the shape of the model's input]. */
  readonly shape: readonly number[];
  readonly labels: Uint16Array;
}

/** What a step is made with. */
export interface StepOptions {
  readonly learningRate: number;
  readonly labelSmoothing: number;
  /** What chance in the model, such as dropout, depends on; another for each step. */
  readonly seed: number;
  readonly step: number;
}

/** What a step found, before it changed the weights. */
export interface StepResult {
  /** The mean over the batch. Where it is not finite, no weight was changed. */
  readonly loss: number;
  /** Of how many examples the label had the largest logit. */
  readonly correct: number;
}

/** Moves the weights of a model one step down the gradient of the loss of a batch, and its moving statistics towards those of the batch. */
export async function trainStep(model: LayersModel, sgd: Sgd, examples: Examples, options: StepOptions): Promise<StepResult> {
  seedLayers(model, options);
  const { value, grads, logits } = lossAndGradients(model, sgd.variables, examples, options.labelSmoothing);
  try {
    const [loss] = (await value.data()) as Float32Array;
    const correct = countCorrect((await logits.data()) as Float32Array, examples.labels);
    if (loss === undefined || !Number.isFinite(loss)) return { loss: loss ?? Number.NaN, correct };
    sgd.step(grads, options.learningRate);
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

/** What a step's chance is for, besides its number: no epoch has this one. */
const LAYERS = -2;

/**
 * Dropout draws other masks in each step, and the same in every run. Networks of `createBackbone` have a layer for that. TensorFlow.js's own layer draws its
 * mask from the same seed each time, or from none; each step gives it another.
 */
function seedLayers(model: LayersModel, { seed, step }: StepOptions): void {
  setDropoutStep(model, step);
  for (const [index, layer] of model.layers.entries()) {
    if (layer.getClassName() !== 'Dropout' || !('seed' in layer)) continue;
    layer.seed = 1 + randomOf(seed, LAYERS, step, index).integer(0x7fffffff); // 0 would be none
  }
}

function countCorrect(logits: Float32Array, labels: Uint16Array): number {
  const classes = logits.length / labels.length;
  return labels.reduce((count, label, i) => count + (rankOfLabel(logits.subarray(i * classes, (i + 1) * classes), label) === 0 ? 1 : 0), 0);
}
