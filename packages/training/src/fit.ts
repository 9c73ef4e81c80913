/** Whether a network, a data set and what makes the network's input of it go together. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { DataSet, Transform } from './data/data-set.ts';

/** Throws RangeError that says what does not fit. */
export function checkFit(call: string, model: LayersModel, { name, labels, classes }: DataSet, transform: Transform): void {
  const fail = (what: string): never => {
    throw new RangeError(`${call}: ${what}`);
  };
  if (model.inputs.length !== 1 || model.outputs.length !== 1) fail('the model must have one input and one output');
  const input = model.inputs[0]?.shape.slice(1) ?? [];
  const output = model.outputs[0]?.shape.slice(1) ?? [];
  if (input.length !== transform.shape.length || input.some((size, i) => size !== null && size !== transform.shape[i])) {
    fail(`the model's input is ${shown(input)}, and the transform gives ${shown(transform.shape)}`);
  }
  if (output.length !== 1) fail(`the model's output must be [batch, classes], and is [batch, ${output.join(', ')}]`);
  if (output[0] !== classes.length) fail(`the model has ${output[0]} classes, and ${name} has ${classes.length}`);
  if (labels.length === 0) fail(`${name} has no samples`);
  const wrong = labels.find((label) => label >= classes.length);
  if (wrong !== undefined) fail(`${name} has the label ${wrong}, and only ${classes.length} classes`);
}

function shown(shape: readonly (number | null)[]): string {
  return `[${shape.map((size) => size ?? '?').join(', ')}]`;
}
