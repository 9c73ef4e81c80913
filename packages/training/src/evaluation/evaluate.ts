/** How well a network does on a data set. Memory is bounded by a few batches, however large the data set is. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { batches } from '../data/batches.ts';
import type { DataSet, Transform } from '../data/data-set.ts';
import type { Json } from '../differences.ts';
import { checkFit } from '../fit.ts';
import { dataIdentity, weightsIdentity } from '../identity.ts';
import { readWeights } from '../train/named-weights.ts';
import { type EvaluationResult, resultOf, type Shard, type SkippedSample } from './result.ts';
import { countSample, emptyTally } from './tally.ts';

/** The options of {@link evaluate}. */
export interface EvaluateOptions {
  /** The network, with logits [batch, classes] as its output. */
  readonly model: LayersModel;
  /** The samples. */
  readonly dataSet: DataSet;
  /** What makes the network's input of each, without augmentation. */
  readonly transform: Transform;
  /** Samples that are computed at once. Default 128. */
  readonly batchSize?: number | undefined;
  /** Evaluate only this part of the data set. Parts are cut between batches, so that every sample is computed beside the same others as in one run. */
  readonly shard?: Shard | undefined;
  /** How many samples may be corrupt before it is an error. Default 1 % of the data set, at least 1. */
  readonly maxCorrupt?: number | undefined;
  /** What else the result depends on, such as the network's name. Parts are only merged where it is the same. */
  readonly settings?: { readonly [name: string]: Json } | undefined;
  /** Stops the evaluation, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each batch. */
  readonly onProgress?: ((progress: EvaluationProgress) => void) | undefined;
  /** Called for a corrupt sample, which is left out. */
  readonly onCorrupt?: ((sample: SkippedSample) => void) | undefined;
}

/** Where an evaluation is. */
export interface EvaluationProgress {
  /** Samples done, corrupt ones among them. */
  readonly done: number;
  /** Samples in all. */
  readonly total: number;
  /** The speed so far. */
  readonly samplesPerSecond: number;
  /** Of the samples so far. */
  readonly top1: number;
}

/**
 * Evaluates a network on a data set: top-1, top-5, loss, each class, and which class is taken for which.
 *
 * @param options - The network, the data, the batch, the part.
 * @returns The counts, and what follows from them. With the same model, data, batch size and backend they are the same in every run, and parts merged
 *   by {@link mergeEvaluations} give exactly what one run gives.
 * @throws RangeError if an option makes no sense, or the network does not fit the data. Error if too many samples are corrupt, or none can be read.
 * @example
 * ```ts
 * await openBackend('cpu');
 * const dataSet = texturedShapes({ samples: 18, size: 8 });
 * const model = tfl.sequential({ layers: [tfl.layers.flatten({ inputShape: [8, 8, 3] }), tfl.layers.dense({ units: dataSet.classes.length })] });
 * const { samples, top5 } = await evaluate({ model, dataSet, transform: createTransform({ shape: [8, 8, 3] }) });
 * samples; // 18
 * top5 >= 0 && top5 <= 1; // true
 * ```
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationResult> {
  const { model, dataSet, transform, batchSize = 128, shard = { index: 1, count: 1 }, settings = {}, signal, onProgress } = options;
  const { labels, classes } = dataSet;
  checkFit('evaluate', model, dataSet, transform);
  checkNumbers(batchSize, shard);
  const { maxCorrupt = Math.max(1, Math.floor(labels.length / 100)) } = options;
  const order = orderOf(labels.length, batchSize, shard);
  const weights = weightsIdentity(await readWeights(model));
  const tally = emptyTally(classes.length);
  const skipped: SkippedSample[] = [];
  const onCorrupt = (index: number, { message }: Error): void => {
    skipped.push({ index, message });
    options.onCorrupt?.({ index, message });
  };
  const start = performance.now();
  const reading = { batchSize, order, corruptLimit: maxCorrupt, onCorrupt };
  for await (const batch of batches(dataSet, transform, reading)) {
    signal?.throwIfAborted();
    const logits = await logitsOf(model, batch.x, batch.shape);
    for (const [i, label] of batch.labels.entries())
      countSample(tally, logits.subarray(i * classes.length, (i + 1) * classes.length), label);
    const done = tally.samples + skipped.length;
    const samplesPerSecond = (1000 * tally.samples) / (performance.now() - start);
    onProgress?.({ done, total: order.length, samplesPerSecond, top1: tally.top1 / tally.samples });
    await new Promise((resolve) => setImmediate(resolve)); // a computing backend leaves no moment for signals and timers
  }
  signal?.throwIfAborted();
  const seconds = (performance.now() - start) / 1000;
  const subject = { data: dataIdentity(dataSet), weights, batchSize, backend: tf.getBackend(), settings };
  return resultOf(tally, { shard, subject, classes, skipped, seconds });
}

function checkNumbers(batchSize: number, { index, count }: Shard): void {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`evaluate: options.batchSize must be a positive integer, received ${batchSize}`);
  }
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(count) || index < 1 || index > count) {
    throw new RangeError(`evaluate: options.shard must be one of its parts, from 1, received part ${index} of ${count}`);
  }
}

/** The indices of a part: whole batches of the whole, as many in each part as can be. */
function orderOf(samples: number, batchSize: number, { index, count }: Shard): Uint32Array {
  const all = Math.ceil(samples / batchSize);
  const begin = Math.floor((all * (index - 1)) / count) * batchSize;
  const end = Math.min(samples, Math.floor((all * index) / count) * batchSize);
  return Uint32Array.from({ length: Math.max(0, end - begin) }, (_, i) => begin + i);
}

async function logitsOf(model: LayersModel, x: Float32Array, shape: readonly number[]): Promise<Float32Array> {
  const logits = tf.tidy(() => model.apply(tf.tensor(x, [...shape], 'float32'), { training: false }) as tf.Tensor);
  try {
    return (await logits.data()) as Float32Array;
  } finally {
    logits.dispose();
  }
}
