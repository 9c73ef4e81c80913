/** Parts of a data set, and several as one. */
import { randomOf } from '@softpool/models';
import { shuffled } from '@softpool/models/internal';
import type { DataSet } from './data-set.ts';
import { PURPOSE } from './purposes.ts';

/** The options of {@link splitDataSet}. */
export interface SplitOptions {
  /** The share of each class that is kept for validation: above 0, below 1. Default 0.1. */
  readonly validation?: number;
  /** Determines which samples: an integer of 32 bits. Default 0. */
  readonly seed?: number;
}

/** A data set in two. */
export interface DataSplit {
  /** To train on. */
  readonly training: DataSet;
  /** To measure on. */
  readonly validation: DataSet;
}

/**
 * Splits a data set in two by a seed. The share is taken from each class, rounded to whole samples, with at least one sample of the class on either side.
 *
 * @param dataSet - What is split.
 * @param options - How much is kept for validation, and the seed.
 * @returns Two data sets with the same classes; together they have each sample once, in the order of the data set.
 * @throws RangeError if an option makes no sense, or if a class has a single sample.
 * @example
 * ```ts
 * const { training, validation } = splitDataSet(texturedShapes({ samples: 90 }), { validation: 0.2, seed: 1 });
 * [training.labels.length, validation.labels.length]; // [72, 18]
 * ```
 */
export function splitDataSet(dataSet: DataSet, options: SplitOptions = {}): DataSplit {
  const { validation = 0.1, seed = 0 } = options;
  if (!(validation > 0 && validation < 1)) {
    throw new RangeError(`splitDataSet: options.validation must be a share above 0 and below 1, received ${validation}`);
  }
  if (!Number.isInteger(seed)) throw new RangeError(`splitDataSet: options.seed must be an integer, received ${seed}`);
  const isKept = new Uint8Array(dataSet.labels.length);
  for (const [label, members] of membersOf(dataSet).entries()) {
    if (members.length === 1) {
      throw new RangeError(
        `${dataSet.name}: the class ${dataSet.classes[label]} has one sample, and cannot be split; add samples, or name a folder for validation`,
      );
    }
    const kept = Math.min(members.length - 1, Math.max(1, Math.round(validation * members.length)));
    const order = shuffled(members.length, randomOf(seed, PURPOSE.split, label));
    for (const place of order.subarray(0, kept)) isKept[members[place] as number] = 1;
  }
  const side = (kept: number): Uint32Array => Uint32Array.from(isKept.keys()).filter((index) => isKept[index] === kept);
  return { training: subset(dataSet, side(0), 'training'), validation: subset(dataSet, side(1), 'validation') };
}

function membersOf({ classes, labels }: DataSet): number[][] {
  const members: number[][] = classes.map(() => []);
  for (const [index, label] of labels.entries()) members[label]?.push(index);
  return members;
}

function subset(dataSet: DataSet, indices: Uint32Array, part: string): DataSet {
  const original = (index: number): number => indices[index] as number;
  return {
    name: `${dataSet.name}, for ${part}`,
    classes: dataSet.classes,
    isMirrorable: dataSet.isMirrorable,
    labels: Uint16Array.from(indices, (index) => dataSet.labels[index] as number),
    describe: (index) => dataSet.describe(original(index)),
    read: (index) => dataSet.read(original(index)),
  };
}

/**
 * Several data sets as one, their samples one data set after the other. All must have classes of the same names, which may stand in another order; the order
 * is the first's.
 *
 * @param dataSets - At least one.
 * @throws RangeError if there is none, or if a class is not in all of them.
 * @example
 * ```ts
 * const mixed = mixDataSets([texturedShapes({ samples: 90, noise: 5 }), texturedShapes({ samples: 45, noise: 60, seed: 1 })]);
 * mixed.labels.length; // 135
 * ```
 */
export function mixDataSets(dataSets: readonly DataSet[]): DataSet {
  const [first] = dataSets;
  if (first === undefined) throw new RangeError('mixDataSets: dataSets must hold at least one data set, received none');
  if (dataSets.length === 1) return first;
  const sources: { dataSet: DataSet; index: number }[] = [];
  const labels: number[] = [];
  for (const dataSet of dataSets) {
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

/** The label that each class of `other` has in `first`. */
function matchClasses(first: DataSet, other: DataSet): number[] {
  const missing = first.classes.find((name) => !other.classes.includes(name));
  if (missing !== undefined)
    throw new RangeError(`${other.name} has no class ${missing}, which ${first.name} has; mixed data sets need the same classes`);
  return other.classes.map((name) => {
    const label = first.classes.indexOf(name);
    if (label === -1)
      throw new RangeError(`${first.name} has no class ${name}, which ${other.name} has; mixed data sets need the same classes`);
    return label;
  });
}
