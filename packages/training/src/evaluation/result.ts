/** What an evaluation gives. */
import type { Json } from '../differences.ts';
import type { DataIdentity, WeightsIdentity } from '../identity.ts';
import { meanLoss, type Tally } from './tally.ts';

/** Part `index` of `count` parts of an evaluation, from 1. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  /** Parts in all. */
  readonly count: number;
}

/** How well a network does on a data set, or on a part of it. */
export interface EvaluationResult {
  /** Which part; 1 of 1 is all. */
  readonly shard: Shard;
  /** What was evaluated on what, and how: what parts must have in common. */
  readonly subject: EvaluationSubject;
  /** The names of the classes. */
  readonly classes: readonly string[];
  /** How many samples were evaluated. */
  readonly samples: number;
  /** The corrupt samples, which are left out. */
  readonly skipped: readonly SkippedSample[];
  /** The mean cross-entropy, without label smoothing; NaN if there is no sample, or a logit that is not finite. */
  readonly loss: number;
  /** The share of samples whose label has the largest logit, from 0 to 1; NaN if there is no sample. */
  readonly top1: number;
  /** The share of those whose label has one of the five largest. */
  readonly top5: number;
  /** The same by class. */
  readonly perClass: readonly ClassResult[];
  /** How many samples of class `label` were taken for class `prediction`, at [label × classes + prediction]. */
  readonly confusion: Uint32Array;
  /** The wall time; of merged parts the sum. */
  readonly seconds: number;
  /** The integers that all of this is made of. */
  readonly tally: Tally;
}

/** What was evaluated on what, and how. */
export interface EvaluationSubject {
  /** The data set. */
  readonly data: DataIdentity;
  /** The network's weights. */
  readonly weights: WeightsIdentity;
  /** Samples computed at once, on which the last bits of a logit depend. */
  readonly batchSize: number;
  /** TensorFlow.js's backend. */
  readonly backend: string;
  /** What the caller said besides. */
  readonly settings: { readonly [name: string]: Json };
}

/** A corrupt sample. */
export interface SkippedSample {
  /** Its index in the data set. */
  readonly index: number;
  /** Why it could not be used. */
  readonly message: string;
}

/** How well one class is told from the others. */
export interface ClassResult {
  /** The class's name. */
  readonly name: string;
  /** Samples of this class, without those for which the network predicts nothing since a logit is NaN. */
  readonly samples: number;
  /** How many of them were found. */
  readonly correct: number;
  /** How many samples were taken for this class. */
  readonly predicted: number;
  /** correct / samples, the class's top-1; NaN without samples. */
  readonly recall: number;
  /** correct / predicted; NaN if nothing was taken for this class. */
  readonly precision: number;
}

/** The result of counts. */
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
  for (const [cell, number] of confusion.entries()) {
    const label = Math.floor(cell / count);
    samples[label] = (samples[label] as number) + number;
    predicted[cell % count] = (predicted[cell % count] as number) + number;
  }
  return classes.map((name, i) => {
    const correct = confusion[i * count + i] as number;
    const [own, taken] = [samples[i] as number, predicted[i] as number];
    return { name, samples: own, correct, predicted: taken, recall: correct / own, precision: correct / taken };
  });
}
