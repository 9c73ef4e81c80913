/** Checks that a network, a data set and its transform fit together. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { DataSet, Transform } from '../data/data-set.ts';

/** Throws a RangeError that says what does not fit. */
export function checkShapes(call: string, model: LayersModel, { name, labels, classes }: DataSet, transform: Transform): void {
  const fail = (what: string): never => {
    throw new RangeError(`${call}: ${what}`);
  };
  if (model.inputs.length !== 1 || model.outputs.length !== 1) fail('the model must have one input and one output');
  const input = model.inputs[0]?.shape.slice(1) ?? [];
  const output = model.outputs[0]?.shape.slice(1) ?? [];
  const { inputShape } = transform;
  if (input.length !== inputShape.length || input.some((size, i) => size !== null && size !== inputShape[i])) {
    fail(`the model's input is ${inBrackets(input)}, but the transform's inputShape is ${inBrackets(inputShape)}`);
  }
  if (output.length !== 1) fail(`the model's output must be [batch, classes], received [batch, ${output.join(', ')}]`);
  if (output[0] !== classes.length) fail(`the model has ${output[0]} classes, but ${name} has ${classes.length}`);
  if (labels.length === 0) fail(`${name} has no samples`);
  const wrong = labels.find((label) => label >= classes.length);
  if (wrong !== undefined) fail(`${name} has the label ${wrong}, but only ${classes.length} classes`);
}

function inBrackets(shape: readonly (number | null)[]): string {
  return `[${shape.map((size) => size ?? '?').join(', ')}]`;
}
