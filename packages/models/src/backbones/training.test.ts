// Training on the wasm backend, with the kernels it lacks.
import '@softpool/tfjs/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { createBackbone } from './create.ts';
import { denseNet } from './densenet.ts';
import { HE_BY_OUTPUTS } from './initialization.ts';
import { setDropoutStep } from './layers/dropout.ts';
import { type Features, type Parts, partsOf } from './parts.ts';
import { type Pooling, type Pools, poolsOf } from './pools.ts';
import { resNet } from './resnet.ts';
import { videoResNet } from './video-resnet.ts';

const CLASSES = 4;
const PLAIN = { classes: CLASSES, seed: 1 } as const;
const EXACT = { ...PLAIN, pool: 'soft', gradient: 'exact' } as const;
const ALL = { ...EXACT, positions: 'all' } as const;

/** Each family, layer and pool. Large networks are replaced by narrow ones with the same layers. */
const NETWORKS: Readonly<Record<string, () => tfl.LayersModel>> = {
  resnet20: () => createBackbone('resnet20', { ...ALL, inputShape: [32, 32, 3] }),
  'resnet20 with max pooling': () => createBackbone('resnet20', { ...PLAIN, pool: 'max', inputShape: [16, 16, 1] }),
  'resnet20 with average pooling': () => createBackbone('resnet20', { ...PLAIN, pool: 'average', inputShape: [16, 16, 1] }),
  'a thin ResNeXt': () =>
    thin([32, 32, 3], (parts, pools, x) =>
      resNet(parts, pools, x, { block: 'bottleneck', blocks: [1, 1], widths: [16, 32], stem: STEM, groups: 8, baseWidth: 16 }, CLASSES),
    ),
  'a thin DenseNet': () =>
    thin([32, 32, 3], (parts, pools, x) => denseNet(parts, pools, x, { growth: 8, layers: [2, 2], width: 16 }, CLASSES)),
  'googlenet with its auxiliary heads': () => createBackbone('googlenet', { ...ALL, auxiliary: true, inputShape: [47, 32, 3] }),
  // The smallest input of which more than a position is left at the end, to normalize batches by.
  inception_v3: () => createBackbone('inception_v3', { ...EXACT, inputShape: [107, 107, 3] }),
  small2d: () => createBackbone('small2d', { ...ALL, inputShape: [16, 16, 3] }),
  small3d: () => createBackbone('small3d', { ...ALL, inputShape: [8, 16, 16, 3] }),
  'small3d with max pooling': () => createBackbone('small3d', { ...PLAIN, pool: 'max', inputShape: [8, 16, 16, 3] }),
  'small3d with average pooling': () => createBackbone('small3d', { ...PLAIN, pool: 'average', inputShape: [8, 16, 16, 3] }),
  'a thin 3D ResNet': () =>
    thin([8, 16, 16, 3], (parts, pools, x) =>
      resNet(parts, pools, x, { block: 'bottleneck', blocks: [1, 1], widths: [8, 16], stem: STEM }, CLASSES),
    ),
  'a thin R3D': () =>
    thin([4, 16, 16, 3], (parts, pools, x) =>
      videoResNet(parts, pools, x, { convolutions: '3d', blocks: [1, 1], widths: [8, 16] }, CLASSES),
    ),
  'a thin R(2+1)D': () =>
    thin([4, 16, 16, 3], (parts, pools, x) =>
      videoResNet(parts, pools, x, { convolutions: '2+1d', blocks: [1, 1], widths: [8, 16] }, CLASSES),
    ),
};

const STEM = { kernel: 3, stride: 1, padding: 1 };

function thin(inputShape: number[], build: (parts: Parts, pools: Pools, x: Features) => Features): tfl.LayersModel {
  const style = { call: 'test', network: 'thin', scheme: HE_BY_OUTPUTS, epsilon: 1e-5, seed: 1, initialization: 'random' } as const;
  const pooling: Pooling = { pool: 'soft', positions: 'paper', beta: 1, weights: 'perChannel', gradient: 'exact' };
  const parts = partsOf({ ...style, inputShape });
  const x = tfl.input({ shape: inputShape });
  return tfl.model({ inputs: x, outputs: build(parts, poolsOf(parts, pooling), x) });
}

/** The loss of a batch, summed over the heads. */
function lossOf(model: tfl.LayersModel, batch: number): () => tf.Scalar {
  const x = tf.randomUniform([batch, ...(model.inputs[0]!.shape.slice(1) as number[])], -1, 1, 'float32', 7);
  const labels = tf.oneHot(tf.range(0, batch, 1, 'int32'), CLASSES);
  return () => {
    setDropoutStep(model, 0);
    const logits = [model.apply(x, { training: true })].flat() as tf.Tensor[];
    return tf.addN(logits.map((head) => tf.losses.softmaxCrossEntropy(labels, head) as tf.Scalar));
  };
}

beforeAll(async () => {
  await tf.setBackend('wasm');
});

describe('a small step along the negative gradient lowers the loss as predicted', () => {
  for (const [name, create] of Object.entries(NETWORKS)) {
    test(name, () => {
      const model = create();
      const loss = lossOf(model, 4);
      const { value, grads } = tf.variableGrads(loss);
      const before = value.dataSync()[0]!;
      const squares = Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)).dataSync()[0]!);
      const expected = 0.01 * before;
      const rate = expected / squares.reduce((sum, square) => sum + square, 0);
      tf.train.sgd(rate).applyGradients(grads);
      const lowered = before - tf.tidy(loss).dataSync()[0]!;
      expect(lowered / expected).toBeGreaterThan(0.8);
      expect(lowered / expected).toBeLessThan(1.2);
      expect(squares.length).toBe(model.trainableWeights.length);
      expect(squares.filter((square) => !(square > 0))).toEqual([]);
      tf.disposeVariables();
      tf.dispose(grads);
    });
  }
});

describe('a saved and loaded network has the same outputs', () => {
  // All layers that TensorFlow.js lacks.
  for (const name of ['a thin ResNeXt', 'googlenet with its auxiliary heads', 'small3d', 'a thin R(2+1)D']) {
    test(name, async () => {
      const model = NETWORKS[name]!();
      const x = tf.randomUniform([2, ...(model.inputs[0]!.shape.slice(1) as number[])], -1, 1, 'float32', 8);
      expect(outputs(await savedAndLoaded(model), x)).toEqual(outputs(model, x));
      tf.disposeVariables();
    });
  }
});

function outputs(model: tfl.LayersModel, x: tf.Tensor): number[][] {
  return [model.predict(x)].flat().map((output) => Array.from(output.dataSync()));
}

async function savedAndLoaded(model: tfl.LayersModel): Promise<tfl.LayersModel> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const json = JSON.parse(JSON.stringify(saved!.modelTopology)); // as in a file
  return tfl.loadLayersModel(tf.io.fromMemory({ ...saved!, modelTopology: json }));
}

test('the paper’s gradient, which is not the derivative, also lowers the loss', () => {
  const model = createBackbone('resnet20', { ...EXACT, gradient: 'weights', inputShape: [32, 32, 3] });
  const loss = lossOf(model, 4);
  const before = tf.train.sgd(1e-3).minimize(loss, true)!.dataSync()[0]!;
  expect(tf.tidy(loss).dataSync()[0]).toBeLessThan(before);
  tf.disposeVariables();
});
