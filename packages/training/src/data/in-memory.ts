/** Samples that are kept once they were read. */
import type { DataSet, Sample } from './data-set.ts';

/** The options of {@link keepInMemory}. */
export interface KeepInMemoryOptions {
  /** The most bytes of samples that are kept; those that are read when it is full are read again each time. Default 512 MiB. */
  readonly bytes?: number;
}

/**
 * The same data set, whose samples are kept in memory once they were read: for what is small but takes long to read or to make, epoch after epoch.
 *
 * @param dataSet - What is read.
 * @param options - How much is kept.
 * @throws RangeError if the number of bytes makes no sense.
 * @example
 * ```ts
 * const clips = keepInMemory(movingShapes({ samples: 8 }));
 * (await clips.read(3)) === (await clips.read(3)); // true
 * ```
 */
export function keepInMemory(dataSet: DataSet, options: KeepInMemoryOptions = {}): DataSet {
  const { bytes = 2 ** 29 } = options;
  if (!(bytes >= 0)) throw new RangeError(`keepInMemory: options.bytes must be a number of at least 0, received ${bytes}`);
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
  return { ...dataSet, read: async (index) => kept.get(index) ?? (await read(index)) };
}
