// A small network of three convolutions, with a choice of pooling.
import { softPooling2d } from '@softpool/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { CLASSES, SIZE } from './shapes.mjs';

/** The poolings there are to choose from, each a function that makes a layer. */
export const POOLINGS = {
  soft: () => softPooling2d({ poolSize: 2 }),
  max: () => tfl.layers.maxPooling2d({ poolSize: 2 }),
  average: () => tfl.layers.averagePooling2d({ poolSize: 2 }),
};

/**
 * The network, ready to be trained. Its weights begin the same whatever the pooling.
 *
 * @param {keyof typeof POOLINGS} pooling
 */
export function makeNetwork(pooling) {
  const initial = (/** @type {number} */ seed) => tfl.initializers.heNormal({ seed });
  const convolution = (/** @type {number} */ filters, /** @type {object} */ more = {}) =>
    tfl.layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu', kernelInitializer: initial(filters), ...more });
  const model = tfl.sequential({
    layers: [
      convolution(8, { inputShape: [SIZE, SIZE, 1] }),
      POOLINGS[pooling](),
      convolution(16),
      POOLINGS[pooling](),
      convolution(24),
      tfl.layers.globalAveragePooling2d({}),
      tfl.layers.dense({ units: CLASSES.length, activation: 'softmax', kernelInitializer: initial(1) }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.003), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}
