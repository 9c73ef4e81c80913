/**
 * Small networks with soft pooling reach the same weights after some training steps on every
 * backend as on the cpu backend, in Node and in a page.
 */
import './wasm-training.ts';
import './webgl.ts';
import './webgpu.ts';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { globalSoftPooling2d, globalSoftPooling3d, softPooling2d, softPooling3d } from './index.ts';
import { openWasm } from './testing/wasm.ts';
import { openWebGl } from './testing/webgl.ts';
import { openWebGpu } from './testing/webgpu.ts';

/** In an isolated page wasm has threads; isolation does not change the other backends. */
const BACKENDS: Readonly<Record<string, () => Promise<void>>> = {
  wasm: openWasm,
  ...(!globalThis.crossOriginIsolated && { webgpu: openWebGpu, ...('document' in globalThis && { webgl: openWebGl }) }),
};

/** Images or clips of each class in a batch, and the number of classes. */
const EACH = 2;
const CLASSES = 3;

/** Batches in an epoch, and epochs. */
const EPOCHS = 4;
const BATCHES = 3;

/**
 * The largest difference of a weight, relative to the largest change that training made to a
 * weight. Each step starts from the rounding errors of the one before, which are float32's 6e-8 at
 * first.
 */
const TOLERANCE = 1e-5;

const seeded = (seed: number) => tfl.initializers.heNormal({ seed });

const NETWORKS: Readonly<Record<string, { sampleShape: readonly number[]; layers: () => tfl.layers.Layer[] }>> = {
  'a network for images': {
    sampleShape: [13, 13, 2],
    layers: () => [
      tfl.layers.conv2d({ inputShape: [13, 13, 2], filters: 6, kernelSize: 3, padding: 'same', kernelInitializer: seeded(1) }),
      tfl.layers.batchNormalization({ momentum: 0.5 }),
      tfl.layers.activation({ activation: 'relu' }),
      softPooling2d({ poolSize: 2, gradient: 'exact' }),
      tfl.layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu', kernelInitializer: seeded(2) }),
      softPooling2d({ poolSize: 3, strides: 2, padding: 'same', weights: 'shared', trainableBeta: true }),
      globalSoftPooling2d({ beta: 2 }),
    ],
  },
  'a network for clips': {
    sampleShape: [5, 8, 8, 2],
    layers: () => [
      tfl.layers.conv3d({
        inputShape: [5, 8, 8, 2],
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        kernelInitializer: seeded(1),
      }),
      softPooling3d({ poolSize: [1, 2, 2], trainableBeta: 'perChannel', gradient: 'exact' }),
      tfl.layers.conv3d({ filters: 6, kernelSize: [3, 3, 3], padding: 'same', activation: 'relu', kernelInitializer: seeded(2) }),
      softPooling3d({ poolSize: 2 }),
      globalSoftPooling3d({ weights: 'shared' }),
    ],
  },
};

/** What GPUs in software train in `npm test`: WebGL needs a page, and Node has WebGPU. */
const FIRST: Readonly<Record<string, string>> =
  'document' in globalThis ? { webgl: 'a network for clips', webgpu: '' } : { webgpu: 'a network for clips' };

describe.each(Object.entries(NETWORKS))('%s', (network, { sampleShape, layers }) => {
  const train = () => trained([EACH * CLASSES * BATCHES, ...sampleShape], layers());
  let expected: Promise<Training> | undefined;
  const onCpu = async (): Promise<Training> => {
    await tf.setBackend('cpu');
    return train();
  };

  for (const [name, open] of Object.entries(BACKENDS)) {
    test(`on ${name}`, { tags: (FIRST[name] ?? network) === network ? [] : 'long' }, async () => {
      expected ??= onCpu();
      const { losses, before, after } = await expected;
      expect(losses.at(-1)).toBeLessThan(0.9 * (losses[0] as number)); // it learns something
      await open();
      const ours = await train();
      expect(ours.before).toEqual(before);
      const change = farthest(before, after);
      expect(farthest(ours.after, after) / change).toBeLessThan(TOLERANCE);
    });
  }
});

interface Training {
  readonly losses: readonly number[];
  /** The weights before and after training. */
  readonly before: readonly Float32Array[];
  readonly after: readonly Float32Array[];
}

/**
 * Trains on noise whose brightness depends on the class, and expects that no tensor is left behind.
 */
async function trained(shape: readonly number[], layers: tfl.layers.Layer[]): Promise<Training> {
  const head = tfl.layers.dense({ units: CLASSES, activation: 'softmax', kernelInitializer: seeded(9) });
  const model = tfl.sequential({ layers: [...layers, head] });
  const optimizer = tf.train.momentum(0.05, 0.9);
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const { numTensors } = tf.memory();
  const ones = shape.slice(1).map(() => 1);
  const classes = tf.tensor1d(
    Array.from({ length: shape[0] as number }, (_, i) => i % CLASSES),
    'int32',
  );
  const x = tf.tidy(() => tf.add(tf.randomNormal([...shape], 0, 1, 'float32', 7), tf.reshape(classes, [-1, ...ones])));
  const labels = tf.tidy(() => tf.cast(tf.oneHot(classes, CLASSES), 'float32'));
  const before = await weightsOf(model);
  const { history } = await model.fit(x, labels, { epochs: EPOCHS, batchSize: EACH * CLASSES, shuffle: false, verbose: 0 });
  const after = await weightsOf(model);
  tf.dispose([x, labels, classes]);
  const slots = model.trainableWeights.length; // the state of the optimizer
  expect(tf.memory().numTensors).toBe(numTensors + slots);
  model.dispose();
  optimizer.dispose();
  return { losses: history.loss as number[], before, after };
}

/** Copies of the weights: those of the wasm backend move when its memory grows. */
async function weightsOf(model: tfl.LayersModel): Promise<Float32Array[]> {
  return Promise.all(model.getWeights().map(async (weights) => Float32Array.from(await weights.data())));
}

function farthest(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  const differences = a.flatMap((values, i) => Array.from(values, (value, j) => Math.abs(value - (b[i]?.[j] as number))));
  return Math.max(...differences);
}
