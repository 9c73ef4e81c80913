/** Checks that a network, a data set and its transform fit together. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkLabels } from '../data/check-labels.ts';
import type { DataSet, Transform } from '../data/data-set.ts';

/** A network's input, without the batch, and its number of classes. */
export interface NetworkShape {
  readonly inputShape: readonly (number | null)[];
  readonly classes: number;
}

/** Throws a RangeError unless a model has one input, and logits as its only output. */
export function shapeOf(call: string, model: LayersModel): NetworkShape {
  if (model.inputs.length !== 1 || model.outputs.length !== 1)
    throw new RangeError(`${call}: the model must have one input and one output`);
  const [classes, ...more] = model.outputs[0]?.shape.slice(1) ?? [];
  if (typeof classes === 'number' && more.length === 0) return { inputShape: model.inputs[0]?.shape.slice(1) ?? [], classes };
  const output = [classes, ...more].filter((size) => size !== undefined);
  throw new RangeError(`${call}: the model's output must be [batch, classes], received [${['batch', ...output].join(', ')}]`);
}

/** Throws a RangeError that says what does not fit. */
export function checkShapes(call: string, network: NetworkShape, dataSet: DataSet, transform: Transform): void {
  const { name, labels, classes } = dataSet;
  const fail = (what: string): never => {
    throw new RangeError(`${call}: ${what}`);
  };
  const { inputShape: input } = network;
  const { inputShape } = transform;
  if (input.length !== inputShape.length || input.some((size, i) => size !== null && size !== inputShape[i])) {
    fail(`the model's input is ${inBrackets(input)}, but the transform's inputShape is ${inBrackets(inputShape)}`);
  }
  if (network.classes !== classes.length) fail(`the model has ${network.classes} classes, but ${name} has ${classes.length}`);
  if (labels.length === 0) fail(`${name} has no samples`);
  checkLabels(call, dataSet);
}

function inBrackets(shape: readonly (number | null)[]): string {
  return `[${shape.map((size) => size ?? '?').join(', ')}]`;
}
