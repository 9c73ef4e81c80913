/** Trains a network from scratch with one kind of pooling and one seed: a run of an experiment. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createBackbone } from '@softpool/models';
import { CONFIG } from '@softpool/training/internal';
import { type BackendName, batches, type CorruptSample, type DataSource, evaluate, openBackend, train } from '@softpool/training/node';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { RunContext } from '../run/types.ts';
import { RECIPE } from './recipe.ts';
import type { PoolingVariant, TrainingFigures, TrainingTask } from './types.ts';

/** Samples whose outputs are compared before training. */
const PROBED = 16;

/** Trains and tests a network. An interrupted run resumes from its checkpoint. */
export async function runTask(
  task: TrainingTask,
  variant: PoolingVariant,
  seed: number,
  backend: BackendName,
  { folder, results, signal, onProgress, onWarning }: RunContext,
): Promise<TrainingFigures> {
  await openBackend(backend);
  const { training, test, digest } = await task.open(seed);
  checkData(task, digest, results);
  const model = createBackbone(task.model, {
    ...variant.options,
    inputShape: training.transform.inputShape,
    classes: training.dataSet.classes.length,
    seed,
  });
  const onCorrupt = ({ reason }: CorruptSample): void => onWarning(`skipped: ${reason}`);
  try {
    const firstOutputs = await outputsDigest(model, test);
    const { status, history, steps } = await train({
      model,
      trainingData: training,
      output: folder,
      resume: existsSync(join(folder, CONFIG)),
      ...RECIPE,
      ...task.recipe,
      seed,
      curves: false,
      settings: { task: task.name, model: task.model, variant: variant.name },
      signal,
      onCorrupt,
      onWarning,
      onStep: ({ epoch, epochs, stepOfEpoch, stepsPerEpoch, meanLoss }) =>
        onProgress((epoch - 1 + stepOfEpoch / stepsPerEpoch) / epochs, `epoch ${epoch}/${epochs}, loss ${meanLoss.toFixed(3)}`),
    });
    if (status === 'stopped') throw signal?.reason;
    const result = await evaluate({ model, ...test, batchSize: 250, signal, onCorrupt });
    const skipped = { training: history.at(-1)?.training.skipped ?? 0, test: result.skipped.length };
    return {
      top1: result.top1,
      loss: Number.isFinite(result.loss) ? result.loss : null,
      trainingLoss: history.map((epoch) => epoch.training.loss),
      steps,
      firstOutputs,
      ...(digest !== undefined && { data: digest }),
      ...(skipped.training + skipped.test > 0 && { skipped }),
    };
  } finally {
    model.dispose();
  }
}

/** Throws if a completed run had other data. */
export function checkData(task: TrainingTask, data: string | undefined, results: RunContext['results']): void {
  const other = Array.from(results).find(([run, result]) => {
    const { data: before = data } = result as TrainingFigures;
    return data !== undefined && before !== data && run.startsWith(`${task.name}/`);
  });
  if (other === undefined) return;
  throw new Error(`${task.name}: the data has changed since ${other[0]}, whose result is not comparable; restore the data, or start over`);
}

/** Digest of the network's outputs for the first samples. */
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
