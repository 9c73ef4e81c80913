/** What is evaluated: a network of TensorFlow.js, or one that another runtime computes. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { withMemoryErrors } from '../backends/out-of-memory.ts';
import { readWeights } from '../model/named-weights.ts';
import { type WeightsFingerprint, weightsFingerprint } from '../runs/fingerprints.ts';

/**
 * A network that another runtime computes. `evaluate` takes it in place of a layers model.
 *
 * @example
 * ```ts
 * const alwaysTheFirst: Classifier = {
 *   inputShape: [8, 8, 3],
 *   classes: 9,
 *   backend: 'none',
 *   weights: { values: 0, sha256: '' },
 *   logits: async (_, [samples = 0]) => new Float32Array(9 * samples),
 * };
 * const dataSet = texturedShapes({ samples: 18, size: 8 });
 * const transform = createTransform({ inputShape: [8, 8, 3] });
 * const { perClass } = await evaluate({ model: alwaysTheFirst, dataSet, transform });
 * perClass[0]?.predicted; // 18
 * ```
 */
export interface Classifier {
  /** Shape of one input, channels last; `null` is any size. */
  readonly inputShape: readonly (number | null)[];
  /** Number of outputs. */
  readonly classes: number;
  /** What computes the logits. Shards merge only if it is equal. */
  readonly backend: string;
  /** Tells whether two evaluations had the same weights. */
  readonly weights: WeightsFingerprint;
  /** Returns the logits [samples, classes] of a batch `x`, [samples, …inputShape]. */
  logits(x: Float32Array, shape: readonly number[]): Promise<Float32Array>;
}

/** Returns a layers model as a classifier, computed on the current backend. */
export async function layersClassifier(model: LayersModel): Promise<Classifier> {
  return {
    inputShape: model.inputs[0]?.shape.slice(1) ?? [],
    classes: model.outputs[0]?.shape[1] ?? 0,
    backend: tf.getBackend(),
    weights: weightsFingerprint(await readWeights(model)),
    logits: (x, shape) => withMemoryErrors(shape[0] ?? 0, () => logitsOf(model, x, shape)),
  };
}

async function logitsOf(model: LayersModel, x: Float32Array, shape: readonly number[]): Promise<Float32Array> {
  const logits = tf.tidy(() => model.apply(tf.tensor(x, [...shape], 'float32'), { training: false }) as tf.Tensor);
  try {
    return (await logits.data()) as Float32Array;
  } finally {
    logits.dispose();
  }
}
