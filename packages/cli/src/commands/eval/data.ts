/** The data of an evaluation. */
import type { DataSet } from '@softpool/training/node';
import { readText } from '../../shared/files/read-file.ts';
import { type DataFlags, openData } from '../../shared/networks/network.ts';
import { plural, printable } from '../../shared/text.ts';
import type { EvalFlags } from './subject.ts';

/**
 * Opens the data. Labels are indices into the class names of `--classes`, else into those of a run.
 * Unless it is the run's own data, data without a split of its own is evaluated as a whole.
 */
export async function evaluationData(
  given: EvalFlags,
  flags: DataFlags,
  ofRun: { readonly classes?: readonly string[] | undefined } | undefined,
): Promise<DataSet> {
  const { UnknownClassError } = await import('@softpool/training/node');
  const classes = given.classes === undefined ? ofRun?.classes : await classNames(given.classes);
  const isWhole = given.split === undefined && given.validationShare === undefined && (ofRun === undefined || given.data !== undefined);
  try {
    return await openData({ ...flags, ...(isWhole && { validationShare: 1 }) }, given.split ?? 'validation', given.limit ?? 0, classes);
  } catch (error) {
    if (given.classes === undefined || !(error instanceof UnknownClassError)) throw error;
    const { unknown, dataSet: data, classes: known } = error;
    const read = `${plural(known.length, 'class', 'classes')}, such as ${printable(known[0] ?? '')}`;
    throw new Error(`${printable(given.classes)} lacks class ${printable(unknown)} of ${printable(data)}; it has ${read}`);
  }
}

async function classNames(path: string): Promise<string[]> {
  const text = await readText(path);
  const names = text.split(/\r?\n/).filter((line) => line !== '');
  if (names.length === 0) throw new Error(`${printable(path)}: no class names found`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`${printable(path)} has the class ${printable(twice)} twice`);
  return names;
}
