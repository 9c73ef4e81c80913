/** What makes sure that two runs speak of the same data and the same network. */
import { createHash } from 'node:crypto';
import type { DataSet } from './data/data-set.ts';
import type { WeightValues } from './train/named-weights.ts';

/** A data set, by its labels and its classes: the samples themselves are not read. */
export type DataIdentity = {
  /** The data set's name. */
  readonly name: string;
  /** How many samples it has. */
  readonly samples: number;
  /** How many classes. */
  readonly classes: number;
  /** Of the names of the classes and of all labels. */
  readonly sha256: string;
};

/** Weights, by their names, shapes and values. */
export type WeightsIdentity = {
  /** How many numbers they are. */
  readonly parameters: number;
  /** Of the names, the shapes and the numbers. */
  readonly sha256: string;
};

export function dataIdentity({ name, labels, classes }: DataSet): DataIdentity {
  const hash = createHash('sha256').update(JSON.stringify(classes)).update(labels);
  return { name, samples: labels.length, classes: classes.length, sha256: hash.digest('hex') };
}

export function weightsIdentity(weights: Readonly<Record<string, WeightValues>>): WeightsIdentity {
  const hash = createHash('sha256');
  let parameters = 0;
  for (const name of Object.keys(weights).sort()) {
    const { shape, data } = weights[name] as WeightValues;
    hash.update(JSON.stringify([name, shape])).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    parameters += data.length;
  }
  return { parameters, sha256: hash.digest('hex') };
}
