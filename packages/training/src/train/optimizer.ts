/** Optimizers: the weights they train, clipped gradients, and the rule that updates each weight. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { adamW } from './adamw.ts';
import { sgd } from './sgd.ts';

/** The names of the optimizers. */
export const OPTIMIZERS = ['sgd', 'adamw'] as const;

/** The optimizer's parameters. */
export interface OptimizerOptions {
  readonly optimizer: (typeof OPTIMIZERS)[number];
  readonly momentum: number;
  readonly weightDecay: number;
  /** Apply weight decay to biases, scales and shifts too, the weights with fewer than two axes. */
  readonly decayNormAndBias: boolean;
  /** The largest norm of all gradients together; 0: no limit. */
  readonly clipGradNorm: number;
}

/** The optimizer of a model. */
export interface Optimizer {
  /** The trained weights, for `tf.variableGrads`. */
  readonly variables: tf.Variable[];
  /** Everything but the weights that later steps depend on. */
  readonly state: ReadonlyMap<string, tf.Variable>;
  /** Takes a step along the gradients, given by variable name. `step` counts from 1. */
  step(gradients: tf.NamedTensorMap, learningRate: number, step: number): void;
  dispose(): void;
}

/**
 * Creates the optimizer of a model's trainable weights. Weights without a gradient do not change.
 */
export function createOptimizer(model: LayersModel, options: OptimizerOptions): Optimizer {
  const { optimizer, weightDecay, decayNormAndBias, clipGradNorm } = options;
  const trained = (model.trainableWeights as LayerVariable[]).map((weight) => {
    const variable = weight.read() as tf.Variable;
    const decay = decayNormAndBias || variable.rank > 1 ? weightDecay : 0;
    return { name: weight.originalName, weight, variable, decay };
  });
  const { state, update } = optimizer === 'sgd' ? sgd(trained, options.momentum) : adamW(trained);
  return {
    variables: trained.map(({ variable }) => variable),
    state,
    step(gradients, learningRate, step) {
      tf.tidy(() => {
        const factor = clipGradNorm === 0 ? undefined : clippingFactor(Object.values(gradients), clipGradNorm);
        for (const each of trained) {
          const gradient = gradients[each.variable.name];
          if (gradient === undefined) continue;
          // `write` applies the weight's constraint, if any.
          tf.tidy(() => {
            each.weight.write(update(each, factor === undefined ? gradient : tf.mul(gradient, factor), learningRate, step));
          });
        }
      });
    },
    dispose: () => tf.dispose([...state.values()]),
  };
}

/** The factor of torch.nn.utils.clip_grad_norm_: at most 1, so that the norm is at most `most`. */
function clippingFactor(gradients: readonly tf.Tensor[], most: number): tf.Tensor {
  const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
  return tf.minimum(tf.div(most, tf.add(norm, 1e-6)), 1);
}
