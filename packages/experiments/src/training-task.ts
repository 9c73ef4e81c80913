/** A network trained from scratch on some data, with one kind of pooling and one seed: a run of an experiment. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BackboneName } from '@softpool/models';
import { type BackboneOptions, createBackbone } from '@softpool/models';
import { CONFIG } from '@softpool/training/internal';
import type { DataSource, Json } from '@softpool/training/node';
import { type BackendName, batches, evaluate, openBackend, train } from '@softpool/training/node';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { RunContext } from './experiment.ts';

/** What a network is trained for. */
export interface TrainingTask {
  /** As in `fashion-mnist`. */
  readonly name: string;
  readonly network: BackboneName;
  readonly recipe: TaskRecipe;
  /** What else makes the task what it is, such as its data. */
  readonly settings: { readonly [name: string]: Json };
  /** The data of a seed. */
  open(seed: number): Promise<{ readonly training: DataSource; readonly test: DataSource }>;
}

/** How it is trained: SGD with momentum 0.9, weight decay 1e-4, and half a wave of a cosine. */
interface TaskRecipe {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

/** A way of pooling that is compared. */
export interface PoolingVariant {
  /** As in `soft-exact`. */
  readonly name: string;
  /** In words, for tables. */
  readonly words: string;
  readonly options: Pick<BackboneOptions, 'pool' | 'positions' | 'gradient'>;
}

/** What a run gives. */
export type TrainingFigures = {
  /** On the test data, after the last epoch, from 0 to 1. */
  readonly accuracy: number;
  /** Cross-entropy on the test data; `null` if it is not finite. */
  readonly loss: number | null;
  /** The mean cross-entropy of each epoch's steps, while the weights changed. */
  readonly trainingLoss: readonly number[];
  /** Steps in all. */
  readonly steps: number;
  /** Of the network's outputs for the first test samples, before any training: the same where the forward pass is the same. */
  readonly firstOutputs: string;
};

/** Samples whose outputs are compared before training. */
const PROBED = 16;

/** Trains and tests a network; a run that was stopped before goes on from its checkpoint. */
export async function trainedOnce(
  task: TrainingTask,
  variant: PoolingVariant,
  seed: number,
  backend: BackendName,
  { folder, signal, onProgress }: RunContext,
): Promise<TrainingFigures> {
  await openBackend(backend);
  const { training, test } = await task.open(seed);
  const { name, network, recipe } = task;
  const model = createBackbone(network, {
    ...variant.options,
    inputShape: training.transform.shape,
    classes: training.dataSet.classes.length,
    seed,
  });
  try {
    const firstOutputs = await outputsDigest(model, test);
    const { status, history, steps } = await train({
      model,
      trainingData: training,
      out: folder,
      resume: existsSync(join(folder, CONFIG)),
      momentum: 0.9,
      weightDecay: 1e-4,
      schedule: 'cosine',
      ...recipe,
      seed,
      curves: false,
      settings: { task: name, model: network, variant: variant.name },
      signal,
      onStep: ({ epoch, epochs, stepOfEpoch, stepsPerEpoch, meanLoss }) =>
        onProgress((epoch - 1 + stepOfEpoch / stepsPerEpoch) / epochs, `epoch ${epoch}/${epochs}, loss ${meanLoss.toFixed(3)}`),
    });
    if (status === 'stopped') throw signal?.reason;
    const result = await evaluate({ model, ...test, batchSize: 250, signal });
    return {
      accuracy: result.top1,
      loss: Number.isFinite(result.loss) ? result.loss : null,
      trainingLoss: history.map((epoch) => epoch.training.loss),
      steps,
      firstOutputs,
    };
  } finally {
    model.dispose();
  }
}

/** What the network makes of the first samples, bit for bit. */
async function outputsDigest(model: LayersModel, { dataSet, transform }: DataSource): Promise<string> {
  const order = Uint32Array.from({ length: Math.min(PROBED, dataSet.labels.length) }, (_, index) => index);
  const hash = createHash('sha256');
  for await (const { x, shape } of batches(dataSet, transform, { batchSize: PROBED, order })) {
    const outputs = tf.tidy(() => model.apply(tf.tensor(x, [...shape], 'float32'), { training: false }) as tf.Tensor);
    hash.update(Float32Array.from(await outputs.data()));
    outputs.dispose();
  }
  return hash.digest('hex').slice(0, 16);
}
