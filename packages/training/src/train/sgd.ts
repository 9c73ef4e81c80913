/** Stochastic gradient descent with momentum and weight decay. */
import * as tf from '@tensorflow/tfjs-core';
import { type Trained, type UpdateRule, zerosFor } from './update-rule.ts';

/**
 * SGD as in PyTorch, with the learning rate outside of the velocity:
 *
 *     v = μ v + g + λ w          w = w − lr v
 */
export function sgd(trained: readonly Trained[], momentum: number): UpdateRule {
  const state = zerosFor(trained, 'velocity');
  return {
    state,
    update({ name, variable, decay }, gradient, learningRate) {
      const velocity = state.get(`velocity/${name}`) as tf.Variable;
      const force = decay === 0 ? gradient : tf.add(gradient, tf.mul(variable, decay));
      velocity.assign(momentum === 0 ? force : tf.add(tf.mul(velocity, momentum), force));
      return tf.sub(variable, tf.mul(velocity, learningRate));
    },
  };
}
