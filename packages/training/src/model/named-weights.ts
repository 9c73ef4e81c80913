/** Reads and writes a model's weights by name. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';

/** The values of a weight in TensorFlow.js's layout: a kernel is [height, width, in, out]. */
export interface WeightValues {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * A model's weights and moving statistics by name, as in `layer1.0.conv1/kernel`. Names do not
 * depend on other models of the process.
 */
export function namedWeights(model: LayersModel): Map<string, LayerVariable> {
  const named = new Map<string, LayerVariable>();
  for (const weight of model.weights) {
    if (named.has(weight.originalName)) {
      throw new Error(`the model has two weights named ${weight.originalName}; give its layers different names`);
    }
    named.set(weight.originalName, weight);
  }
  return named;
}

/** Reads values from the backend. */
export async function readValues(tensors: Iterable<readonly [string, tf.Tensor]>): Promise<Record<string, WeightValues>> {
  const values: Record<string, WeightValues> = {};
  for (const [name, tensor] of tensors) values[name] = { shape: tensor.shape, data: Float32Array.from(await tensor.data()) };
  return values;
}

/** Reads a model's weights. */
export function readWeights(model: LayersModel): Promise<Record<string, WeightValues>> {
  return readValues(Array.from(namedWeights(model), ([name, weight]) => [name, weight.read()] as const));
}

/** Assigns values to a variable. Constraints are not applied. */
export function assignValues(variable: tf.Variable, { data }: WeightValues): void {
  tf.tidy(() => variable.assign(tf.tensor(data, variable.shape, 'float32')));
}
