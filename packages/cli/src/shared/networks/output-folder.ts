/** Keeps runs out of the data that they are trained on. */
import { basename, dirname } from 'node:path';
import type { DataSet } from '@softpool/training';
import { UsageError } from '../exit-codes.ts';
import { isWithin, realPathOf } from '../files/real-path.ts';
import { printable } from '../text.ts';

/** Rejects a folder among class folders, where it would be a class and its charts samples. */
export async function refuseAmongClasses(output: string, dataSets: readonly DataSet[]): Promise<void> {
  const real = await realPathOf(output);
  for (const folder of new Set(dataSets.flatMap(foldersOfClasses))) {
    const data = await realPathOf(folder);
    if (real === data || !isWithin(real, data)) continue;
    throw new UsageError(
      `--output ${printable(output)} lies among the class folders of the data, ${printable(folder)}; choose a folder elsewhere`,
    );
  }
}

/** The folders that hold class folders, if the samples are files in such. */
function foldersOfClasses(dataSet: DataSet): string[] {
  const folders = Array.from(dataSet.labels.keys(), (index) => dirname(dataSet.describe(index)));
  return folders.filter((folder, index) => basename(folder) === dataSet.classes[dataSet.labels[index] as number]).map(dirname);
}
