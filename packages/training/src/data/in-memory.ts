/** Data sets whose samples stay in memory. */
import { checkKeys, rangeError } from 'softpool/internal';
import type { DataSet, Sample } from './data-set.ts';

/** The options of {@link keepInMemory}. */
export interface KeepInMemoryOptions {
  /** Most bytes of samples to keep. Samples beyond it are read again each time. Default 512 MiB. */
  readonly bytes?: number | undefined;
}

/**
 * Returns the same data set with its samples kept in memory after the first read. Use it for data
 * that is small but slow to read or to generate.
 *
 * @param dataSet - The samples.
 * @param options - How much to keep.
 * @throws RangeError if `bytes` is not a number ≥ 0.
 * @example
 * ```ts
 * const clips = keepInMemory(movingShapes({ samples: 8 }));
 * (await clips.read(3)) === (await clips.read(3)); // true
 * ```
 */
export function keepInMemory(dataSet: DataSet, options: KeepInMemoryOptions = {}): DataSet {
  checkKeys('keepInMemory', options, ['bytes']);
  const { bytes = 2 ** 29 } = options;
  if (!(bytes >= 0)) throw rangeError('keepInMemory', 'options.bytes', 'a number ≥ 0', bytes);
  const kept = new Map<number, Sample>();
  let used = 0;
  const read = async (index: number): Promise<Sample> => {
    const sample = await dataSet.read(index);
    if (!kept.has(index) && used + sample.data.length <= bytes) {
      kept.set(index, sample);
      used += sample.data.length;
    }
    return sample;
  };
  const { name, classes, labels, isMirrorable } = dataSet;
  return {
    ...{ name, classes, labels, isMirrorable },
    describe: (index) => dataSet.describe(index),
    read: async (index) => kept.get(index) ?? (await read(index)),
  };
}
