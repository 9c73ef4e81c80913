/** Stochastic gradient descent with momentum and weight decay. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';

/** What the optimizer is given. */
export interface SgdOptions {
  readonly momentum: number;
  readonly weightDecay: number;
  /** Whether weights of fewer than two axes decay too: biases, and the scales and shifts of normalization. */
  readonly decayNormAndBias: boolean;
}

/** The optimizer of a model. */
export interface Sgd {
  /** The weights that are trained, for `tf.variableGrads`. */
  readonly variables: tf.Variable[];
  /** v of each trained weight, by the weight's name. */
  readonly velocities: ReadonlyMap<string, tf.Variable>;
  /** One step down the gradients, which are by the variables' names. */
  step(gradients: tf.NamedTensorMap, learningRate: number): void;
  dispose(): void;
}

/**
 * SGD in the form that PyTorch has, where the learning rate is outside of the velocity:
 *
 *     v = μ v + g + λ w          w = w − lr v
 *
 * A weight that the loss does not depend on stays as it is.
 */
export function createSgd(model: LayersModel, { momentum, weightDecay, decayNormAndBias }: SgdOptions): Sgd {
  const trained = (model.trainableWeights as LayerVariable[]).map((weight) => {
    const variable = weight.read() as tf.Variable;
    const velocity = tf.tidy(() => tf.variable(tf.zerosLike(variable), false));
    return { weight, variable, velocity, decay: decayNormAndBias || variable.rank > 1 ? weightDecay : 0 };
  });
  return {
    variables: trained.map(({ variable }) => variable),
    velocities: new Map(trained.map(({ weight, velocity }) => [weight.originalName, velocity])),
    step(gradients, learningRate) {
      for (const { weight, variable, velocity, decay } of trained) {
        const gradient = gradients[variable.name];
        if (gradient === undefined) continue;
        tf.tidy(() => {
          const force = decay === 0 ? gradient : tf.add(gradient, tf.mul(variable, decay));
          velocity.assign(momentum === 0 ? force : tf.add(tf.mul(velocity, momentum), force));
          weight.write(tf.sub(variable, tf.mul(velocity, learningRate))); // which applies the weight's constraint, if it has one
        });
      }
    },
    dispose: () => tf.dispose(trained.map(({ velocity }) => velocity)),
  };
}
