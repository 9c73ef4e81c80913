/** Results of an evaluation. */
import type { CorruptSample } from '../data/data-set.ts';
import type { DataFingerprint, WeightsFingerprint } from '../runs/fingerprints.ts';
import type { Json } from '../runs/json-diff.ts';
import { cellsOf, meanLoss, type Tally } from './tally.ts';

/** Shard `index` of `count` of an evaluation. */
export interface Shard {
  /** Number of the shard, from 1. */
  readonly index: number;
  /** Total number of shards. */
  readonly count: number;
}

/** A network's results on a data set, or on a shard of it. */
export interface EvaluationResult {
  /** Which shard; 1 of 1 is the whole data set. */
  readonly shard: Shard;
  /** What was evaluated, and how. Shards merge only if it is equal. */
  readonly subject: EvaluationSubject;
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** Number of samples evaluated. */
  readonly samples: number;
  /** Corrupt samples, which were skipped. */
  readonly skipped: readonly CorruptSample[];
  /** Mean cross-entropy without label smoothing; NaN without samples or with non-finite logits. */
  readonly loss: number;
  /** Share of samples whose label has the largest logit, 0–1; NaN without samples. */
  readonly top1: number;
  /** Share of samples whose label has one of the five largest logits, 0–1. */
  readonly top5: number;
  /** Results by class. */
  readonly perClass: readonly ClassResult[];
  /** Number of samples at [label × classes + prediction]. */
  readonly confusion: Uint32Array;
  /** Wall time; for merged shards the sum. */
  readonly seconds: number;
  /** The counts from which the results follow. */
  readonly tally: Tally;
}

/** What was evaluated, and how. */
export interface EvaluationSubject {
  /** The data set. */
  readonly data: DataFingerprint;
  /** The network's weights. */
  readonly weights: WeightsFingerprint;
  /** Samples per batch, which affects the last bits of logits. */
  readonly batchSize: number;
  /** TensorFlow.js's backend, or the backend of a classifier. */
  readonly backend: string;
  /** Most corrupt samples of the whole data set. */
  readonly maxCorrupt: number;
  /** Further settings of the caller. */
  readonly settings: { readonly [name: string]: Json };
}

/** Results of one class. */
export interface ClassResult {
  /** Name of the class. */
  readonly name: string;
  /** Samples of this class, without those that have NaN logits and so no prediction. */
  readonly samples: number;
  /** Samples of this class that were predicted as such. */
  readonly correct: number;
  /** Samples of any class that were predicted as this one. */
  readonly predicted: number;
  /** correct / samples; NaN without samples. */
  readonly recall: number;
  /** correct / predicted; NaN without predictions. */
  readonly precision: number;
}

/** Computes the results from the counts. */
export function resultOf(
  tally: Tally,
  rest: Pick<EvaluationResult, 'shard' | 'subject' | 'classes' | 'skipped' | 'seconds'>,
): EvaluationResult {
  const { samples, top1, top5, confusion } = tally;
  return {
    ...rest,
    samples,
    loss: meanLoss(tally),
    top1: top1 / samples,
    top5: top5 / samples,
    perClass: classResults(rest.classes, confusion),
    confusion,
    tally,
  };
}

function classResults(classes: readonly string[], confusion: Uint32Array): ClassResult[] {
  const count = classes.length;
  const samples = new Float64Array(count);
  const predicted = new Float64Array(count);
  for (const [label, prediction, number] of cellsOf(confusion, count)) {
    samples[label] = (samples[label] as number) + number;
    predicted[prediction] = (predicted[prediction] as number) + number;
  }
  return classes.map((name, i) => {
    const correct = confusion[i * count + i] as number;
    const [own, taken] = [samples[i] as number, predicted[i] as number];
    return { name, samples: own, correct, predicted: taken, recall: correct / own, precision: correct / taken };
  });
}
