/** What the samples of a data set look like. */
import { CorruptSampleError, type DataSet } from './data-set.ts';

/** Shape of the first sample that is not corrupt; `undefined` if all are. */
export async function sampleShape(dataSet: DataSet): Promise<readonly number[] | undefined> {
  for (const index of dataSet.labels.keys()) {
    try {
      return (await dataSet.read(index)).shape;
    } catch (error) {
      // Reported where it is used.
      if (!(error instanceof CorruptSampleError)) throw error;
    }
  }
  return undefined;
}
