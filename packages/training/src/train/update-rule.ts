/** What an optimizer does with each weight. */
import * as tf from '@tensorflow/tfjs-core';

/** A trained weight. */
export interface Trained {
  /** As in `conv1/kernel`. */
  readonly name: string;
  readonly variable: tf.Variable;
  /** Weight decay λ. */
  readonly decay: number;
}

/** Updates weights of one kind. */
export interface UpdateRule {
  /** The rule's own variables, such as velocities, by names such as `velocity/conv1/kernel`. */
  readonly state: ReadonlyMap<string, tf.Variable>;
  /** Returns the new value of a weight, and updates the state. `step` counts from 1. */
  update(weight: Trained, gradient: tf.Tensor, learningRate: number, step: number): tf.Tensor;
}

/** A variable of zeros for each weight, by the name `prefix/weight`. */
export function zerosFor(trained: readonly Trained[], prefix: string): Map<string, tf.Variable> {
  return new Map(trained.map(({ name, variable }) => [`${prefix}/${name}`, tf.tidy(() => tf.variable(tf.zerosLike(variable), false))]));
}
