/** Splits data sets and mixes them. */
import { randomOf } from '@softpool/models';
import { checkSeed, shuffled } from '@softpool/models/internal';
import { checkInteger, checkKeys, rangeError } from 'softpool/internal';
import { checkLabels } from './check-labels.ts';
import type { DataSet } from './data-set.ts';
import { PURPOSE } from './purposes.ts';

/** The options of {@link splitDataSet}. */
export interface SplitOptions {
  /** Share of each class to use for validation, above 0 and below 1. Default 0.1. */
  readonly validationShare?: number | undefined;
  /** Seed that selects the samples: a 32-bit integer. Default 0. */
  readonly seed?: number | undefined;
}

/** Ends the name of a data set that `splitDataSet` has chosen for training. */
export const FOR_TRAINING = ', for training';

/** The two sides of a split. */
export interface DataSplit {
  /** Samples to train on. */
  readonly training: DataSet;
  /** Samples to measure on. */
  readonly validation: DataSet;
}

/**
 * Splits a data set by a seed. The share is taken from each class and rounded to whole samples,
 * with at least one sample of each class on either side.
 *
 * @param dataSet - The data set to split.
 * @param options - Validation share and seed.
 * @returns Two data sets with the same classes. Together they have each sample once, in the order
 *   of the data set.
 * @throws RangeError or TypeError for an invalid option or label, or if a class has one sample.
 * @example
 * ```ts
 * const shapes = texturedShapes({ samples: 90 });
 * const { training, validation } = splitDataSet(shapes, { validationShare: 0.2 });
 * [training.labels.length, validation.labels.length]; // [72, 18]
 * ```
 */
export function splitDataSet(dataSet: DataSet, options: SplitOptions = {}): DataSplit {
  checkKeys('splitDataSet', options, ['validationShare', 'seed']);
  const { validationShare = 0.1, seed = 0 } = options;
  if (!(validationShare > 0 && validationShare < 1)) {
    throw rangeError('splitDataSet', 'options.validationShare', 'a number above 0 and below 1', validationShare);
  }
  checkSeed('splitDataSet', seed);
  checkLabels('splitDataSet', dataSet);
  const isKept = chosen(dataSet, validationShare, seed);
  const side = (kept: number): Uint32Array => Uint32Array.from(isKept.keys()).filter((index) => isKept[index] === kept);
  return { training: subset(dataSet, side(0), FOR_TRAINING), validation: subset(dataSet, side(1), ', for validation') };
}

/** The options of {@link limitDataSet}. */
export interface LimitOptions {
  /** Maximum number of samples to keep, 1 or more. */
  readonly limit: number;
  /** Seed that selects the samples: a 32-bit integer. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * Keeps at most `limit` samples of a data set, the same share of each class. No class gives a
 * second sample before all have given one, so a limit below the number of classes keeps one sample
 * of some of them. With the same seed a smaller limit keeps a part of what a larger one keeps. A
 * data set that has no more is returned as it is.
 *
 * @param dataSet - The data set.
 * @param options - Number and seed.
 * @throws RangeError or TypeError for an invalid option or label.
 * @example
 * ```ts
 * const shapes = texturedShapes({ samples: 900 });
 * limitDataSet(shapes, { limit: 90 }).labels.length; // 90
 * ```
 */
export function limitDataSet(dataSet: DataSet, options: LimitOptions): DataSet {
  checkKeys('limitDataSet', options, ['limit', 'seed']);
  const { limit, seed = 0 } = options;
  checkInteger('limitDataSet', 'options.limit', limit, 1);
  checkSeed('limitDataSet', seed);
  checkLabels('limitDataSet', dataSet);
  if (limit >= dataSet.labels.length) return dataSet;
  const classes = shuffledMembers(dataSet, seed);
  // Which classes are first among equals is random too.
  const order = shuffled(classes.length, randomOf(seed, PURPOSE.split, classes.length));
  const ranked = Array.from(order, (label) => {
    const members = classes[label] as readonly number[];
    return members.map((index, place) => ({ index, rank: place / members.length }));
  }).flat();
  ranked.sort((a, b) => a.rank - b.rank);
  return subset(dataSet, Uint32Array.from(ranked.slice(0, limit), ({ index }) => index).sort(), '');
}

/** 1 for the samples that a seed chooses, a share of each class; 0 for the others. */
function chosen(dataSet: DataSet, share: number, seed: number): Uint8Array {
  const isKept = new Uint8Array(dataSet.labels.length);
  for (const [label, members] of shuffledMembers(dataSet, seed).entries()) {
    if (members.length === 1) {
      const name = dataSet.classes[label];
      throw new RangeError(
        `${dataSet.name}: class ${name} has one sample and cannot be split; add samples, or use a separate validation folder`,
      );
    }
    const kept = Math.min(members.length - 1, Math.max(1, Math.round(share * members.length)));
    for (const index of members.slice(0, Math.max(0, kept))) isKept[index] = 1;
  }
  return isKept;
}

/** The samples of each class, in an order that the seed chooses. */
function shuffledMembers(dataSet: DataSet, seed: number): number[][] {
  return membersOf(dataSet).map((members, label) =>
    Array.from(shuffled(members.length, randomOf(seed, PURPOSE.split, label)), (place) => members[place] as number),
  );
}

function membersOf({ classes, labels }: DataSet): number[][] {
  const members: number[][] = classes.map(() => []);
  for (const [index, label] of labels.entries()) members[label]?.push(index);
  return members;
}

function subset(dataSet: DataSet, indices: Uint32Array, suffix: string): DataSet {
  const original = (index: number): number => indices[index] as number;
  return {
    name: `${dataSet.name}${suffix}`,
    classes: dataSet.classes,
    isMirrorable: dataSet.isMirrorable,
    labels: Uint16Array.from(indices, (index) => dataSet.labels[index] as number),
    describe: (index) => dataSet.describe(original(index)),
    read: (index) => dataSet.read(original(index)),
  };
}

/**
 * Concatenates data sets. All need the same class names; their order may differ, and the result has
 * the order of the first.
 *
 * @param dataSets - One or more data sets.
 * @throws RangeError if there is none, or if one lacks a class of another or has an invalid label.
 * @example
 * ```ts
 * const clean = texturedShapes({ samples: 90, noise: 5 });
 * const noisy = texturedShapes({ samples: 45, noise: 60, seed: 1 });
 * mixDataSets([clean, noisy]).labels.length; // 135
 * ```
 */
export function mixDataSets(dataSets: readonly DataSet[]): DataSet {
  const [first] = dataSets;
  if (first === undefined) throw rangeError('mixDataSets', 'dataSets', 'one or more data sets', dataSets);
  if (dataSets.length === 1) return first;
  const sources: { dataSet: DataSet; index: number }[] = [];
  const labels: number[] = [];
  for (const dataSet of dataSets) {
    checkLabels('mixDataSets', dataSet);
    const labelOf = matchClasses(first, dataSet);
    for (const [index, label] of dataSet.labels.entries()) {
      sources.push({ dataSet, index });
      labels.push(labelOf[label] as number);
    }
  }
  const source = (at: number): { dataSet: DataSet; index: number } => sources[at] as { dataSet: DataSet; index: number };
  return {
    name: dataSets.map(({ name }) => name).join(' + '),
    classes: first.classes,
    labels: Uint16Array.from(labels),
    isMirrorable: dataSets.every(({ isMirrorable }) => isMirrorable !== false),
    describe: (at) => source(at).dataSet.describe(source(at).index),
    read: (at) => source(at).dataSet.read(source(at).index),
  };
}

/** The label in `first` of each class of `other`. */
function matchClasses(first: DataSet, other: DataSet): number[] {
  const lacks = (dataSet: DataSet, name: string, owner: DataSet): never => {
    throw new RangeError(`${dataSet.name} lacks class ${name} of ${owner.name}; mixed data sets need the same classes`);
  };
  const missing = first.classes.find((name) => !other.classes.includes(name));
  if (missing !== undefined) lacks(other, missing, first);
  return other.classes.map((name) => {
    const label = first.classes.indexOf(name);
    return label === -1 ? lacks(first, name, other) : label;
  });
}
