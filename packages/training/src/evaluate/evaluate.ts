/** Evaluates a network on a data set. A few batches are in memory at a time, whatever its size. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkInteger, checkKeys, checkSignal, rangeError, throwIfAborted, typeError } from 'softpool/internal';
import { batches } from '../data/batches.ts';
import type { CorruptSample, DataSet, Transform } from '../data/data-set.ts';
import { untilAborted } from '../data/until-aborted.ts';
import { checkShapes, shapeOf } from '../model/input-shape.ts';
import { dataFingerprint } from '../runs/fingerprints.ts';
import type { Json } from '../runs/json-diff.ts';
import { type Classifier, layersClassifier } from './classifier.ts';
import { type EvaluationResult, resultOf, type Shard } from './result.ts';
import { countSample, emptyTally } from './tally.ts';

/** The options of {@link evaluate}. */
export interface EvaluateOptions {
  /**
   * The network, with logits [batch, classes] as its output: a layers model, computed on the
   * current backend of TensorFlow.js, or a classifier that another runtime computes.
   */
  readonly model: LayersModel | Classifier;
  /** The samples. */
  readonly dataSet: DataSet;
  /** Makes a network input of each sample, without augmentation. */
  readonly transform: Transform;
  /** Samples per batch. Default 128. */
  readonly batchSize?: number | undefined;
  /**
   * Evaluate only this shard. Shards are cut between batches, so that every sample is computed in
   * the same batch as in a single run. Default: the whole data set.
   */
  readonly shard?: Shard | undefined;
  /**
   * Most corrupt samples of the whole data set, also for a shard: `mergeEvaluations` checks the
   * sum. Default 1 % of the data set, at least 1.
   */
  readonly maxCorrupt?: number | undefined;
  /** Further settings, such as the network's name. Shards merge only if they are equal. */
  readonly settings?: { readonly [name: string]: Json } | undefined;
  /** Aborts the evaluation, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each batch. */
  readonly onProgress?: ((progress: EvaluationProgress) => void) | undefined;
  /** Called for each corrupt sample, which is skipped. */
  readonly onCorrupt?: ((sample: CorruptSample) => void) | undefined;
}

const NAMES = ['model', 'dataSet', 'transform', 'batchSize', 'shard', 'maxCorrupt', 'settings', 'signal', 'onProgress', 'onCorrupt'];

/** Progress of an evaluation. */
export interface EvaluationProgress {
  /** Samples done, including corrupt ones. */
  readonly done: number;
  /** Total number of samples. */
  readonly total: number;
  /** Samples per second so far. */
  readonly samplesPerSecond: number;
  /** Top-1 accuracy so far, 0–1. */
  readonly top1: number;
}

/**
 * Evaluates a network on a data set: top-1, top-5, loss, results by class and the confusion matrix.
 *
 * @param options - Network, data, batch size and shard.
 * @returns The counts and the results. With the same model, data, batch size and backend they are
 *   the same in every run, and shards merged by {@link mergeEvaluations} give exactly the results
 *   of a single run.
 * @throws RangeError or TypeError for an invalid option, if the network does not fit the data, or
 *   if it gives another number of logits; the signal's reason once it is aborted. Error if too many
 *   samples are corrupt, or if reading fails.
 * @example
 * ```ts
 * await openBackend('cpu');
 * const dataSet = texturedShapes({ samples: 18, size: 8 });
 * const inputShape = [8, 8, 3];
 * const layers = [
 *   tfl.layers.flatten({ inputShape }),
 *   tfl.layers.dense({ units: dataSet.classes.length }),
 * ];
 * const model = tfl.sequential({ layers });
 * const transform = createTransform({ inputShape });
 * const { samples, top5 } = await evaluate({ model, dataSet, transform });
 * samples; // 18
 * top5 >= 0 && top5 <= 1; // true
 * ```
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationResult> {
  checkKeys('evaluate', options, NAMES);
  const { model, dataSet, transform, batchSize = 128, shard = { index: 1, count: 1 }, settings = {}, signal, onProgress } = options;
  checkSignal('evaluate', signal);
  const { labels, classes } = dataSet;
  checkShapes('evaluate', isClassifier(model) ? model : shapeOf('evaluate', model), dataSet, transform);
  checkInteger('evaluate', 'options.batchSize', batchSize, 1);
  checkShard(shard);
  const { maxCorrupt = Math.max(1, Math.floor(labels.length / 100)) } = options;
  const order = orderOf(labels.length, batchSize, shard);
  const classifier = isClassifier(model) ? model : await layersClassifier(model);
  const tally = emptyTally(classes.length);
  const skipped: CorruptSample[] = [];
  const onCorrupt = (sample: CorruptSample): void => {
    skipped.push(sample);
    options.onCorrupt?.(sample);
  };
  const start = performance.now();
  const stream = batches(dataSet, transform, { batchSize, order, maxCorrupt, onCorrupt });
  for await (const batch of untilAborted(stream, signal)) {
    const logits = await classifier.logits(batch.x, batch.shape);
    checkLogits(logits, batch.labels.length, classes.length);
    for (const [i, label] of batch.labels.entries()) {
      countSample(tally, logits.subarray(i * classes.length, (i + 1) * classes.length), label);
    }
    const done = tally.samples + skipped.length;
    const samplesPerSecond = (1000 * tally.samples) / (performance.now() - start);
    onProgress?.({ done, total: order.length, samplesPerSecond, top1: tally.top1 / tally.samples });
    // Let signals and timers run between batches.
    await new Promise((resolve) => setImmediate(resolve));
  }
  throwIfAborted(signal);
  const seconds = (performance.now() - start) / 1000;
  const { weights, backend } = classifier;
  const subject = { data: dataFingerprint(dataSet), weights, batchSize, backend, maxCorrupt, settings };
  return resultOf(tally, { shard, subject, classes, skipped, seconds });
}

function checkLogits(logits: Float32Array, samples: number, classes: number): void {
  if (ArrayBuffer.isView(logits) && logits.length === samples * classes) return;
  const expected = `a Float32Array of ${samples * classes} logits, ${samples} × ${classes}`;
  throw typeError('evaluate', 'the result of options.model.logits', expected, logits);
}

function isClassifier(model: LayersModel | Classifier): model is Classifier {
  return 'logits' in model;
}

function checkShard({ index, count }: Shard): void {
  checkInteger('evaluate', 'options.shard.count', count, 1);
  if (Number.isSafeInteger(index) && index >= 1 && index <= count) return;
  throw rangeError('evaluate', 'options.shard.index', `an integer from 1 to ${count}`, index);
}

/** The indices of a shard: whole batches, spread as evenly as possible. */
function orderOf(samples: number, batchSize: number, { index, count }: Shard): Uint32Array {
  const all = Math.ceil(samples / batchSize);
  const begin = Math.floor((all * (index - 1)) / count) * batchSize;
  const end = Math.min(samples, Math.floor((all * index) / count) * batchSize);
  return Uint32Array.from({ length: Math.max(0, end - begin) }, (_, i) => begin + i);
}
