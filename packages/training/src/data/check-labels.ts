/** Checks the labels of a data set. */
import type { DataSet } from './data-set.ts';

/** Throws a RangeError unless each label is the index of a class. */
export function checkLabels(call: string, { name, labels, classes }: DataSet): void {
  const wrong = labels.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < classes.length));
  if (wrong === -1) return;
  throw new RangeError(`${call}: ${name} has ${classes.length} classes; the label of sample ${wrong} is ${labels[wrong]}`);
}
