/** Stochastic gradient descent with momentum and weight decay. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';

/** The optimizer's parameters. */
export interface SgdOptions {
  readonly momentum: number;
  readonly weightDecay: number;
  /** Apply weight decay to biases, scales and shifts too, the weights with fewer than two axes. */
  readonly decayNormAndBias: boolean;
}

/** The optimizer of a model. */
export interface Sgd {
  /** The trained weights, for `tf.variableGrads`. */
  readonly variables: tf.Variable[];
  /** Velocity of each trained weight, by the weight's name. */
  readonly velocities: ReadonlyMap<string, tf.Variable>;
  /** Takes a step along the gradients, given by variable name. */
  step(gradients: tf.NamedTensorMap, learningRate: number): void;
  dispose(): void;
}

/**
 * SGD as in PyTorch, with the learning rate outside of the velocity:
 *
 *     v = μ v + g + λ w          w = w − lr v
 *
 * Weights without a gradient do not change.
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
          // Applies the weight's constraint, if any.
          weight.write(tf.sub(variable, tf.mul(velocity, learningRate)));
        });
      }
    },
    dispose: () => tf.dispose(trained.map(({ velocity }) => velocity)),
  };
}
