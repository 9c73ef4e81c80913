/** Fingerprints of data sets and weights, to tell whether two runs used the same ones. */
import { createHash } from 'node:crypto';
import type { DataSet } from '../data/data-set.ts';
import type { WeightValues } from '../model/named-weights.ts';

/** A data set's fingerprint, of its labels and classes. The samples themselves are not read. */
export type DataFingerprint = {
  /** The data set's name. */
  readonly name: string;
  /** Number of samples. */
  readonly samples: number;
  /** Number of classes. */
  readonly classes: number;
  /** Digest of the class names and all labels. */
  readonly sha256: string;
};

/** A network's fingerprint, of the names, shapes and values of its weights. */
export type WeightsFingerprint = {
  /** Number of values. */
  readonly values: number;
  /** Digest of names, shapes and values. */
  readonly sha256: string;
};

export function dataFingerprint({ name, labels, classes }: DataSet): DataFingerprint {
  const hash = createHash('sha256').update(JSON.stringify(classes)).update(labels);
  return { name, samples: labels.length, classes: classes.length, sha256: hash.digest('hex') };
}

export function weightsFingerprint(weights: Readonly<Record<string, WeightValues>>): WeightsFingerprint {
  const hash = createHash('sha256');
  let values = 0;
  for (const name of Object.keys(weights).sort()) {
    const { shape, data } = weights[name] as WeightValues;
    hash.update(JSON.stringify([name, shape])).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    values += data.length;
  }
  return { values, sha256: hash.digest('hex') };
}
