/** AdamW: Adam with decoupled weight decay. */
import * as tf from '@tensorflow/tfjs-core';
import { type Trained, type UpdateRule, zerosFor } from './update-rule.ts';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/**
 * AdamW (Loshchilov and Hutter, “Decoupled Weight Decay Regularization”, 2019) with PyTorch's
 * formula and its defaults β₁ = 0.9, β₂ = 0.999, ε = 1e-8, at step t:
 *
 *     m = β₁ m + (1 − β₁) g          v = β₂ v + (1 − β₂) g²
 *     w = (1 − lr λ) w − lr m / (1 − β₁ᵗ) / (√v / √(1 − β₂ᵗ) + ε)
 */
export function adamW(trained: readonly Trained[]): UpdateRule {
  const state = new Map([...zerosFor(trained, 'moment1'), ...zerosFor(trained, 'moment2')]);
  return {
    state,
    update({ name, variable, decay }, gradient, learningRate, step) {
      const first = state.get(`moment1/${name}`) as tf.Variable;
      const second = state.get(`moment2/${name}`) as tf.Variable;
      first.assign(tf.add(tf.mul(first, BETA1), tf.mul(gradient, 1 - BETA1)));
      second.assign(tf.add(tf.mul(second, BETA2), tf.mul(tf.square(gradient), 1 - BETA2)));
      const scale = tf.add(tf.div(tf.sqrt(second), Math.sqrt(1 - BETA2 ** step)), EPSILON);
      const move = tf.mul(tf.div(first, scale), learningRate / (1 - BETA1 ** step));
      return tf.sub(decay === 0 ? variable : tf.mul(variable, 1 - learningRate * decay), move);
    },
  };
}
