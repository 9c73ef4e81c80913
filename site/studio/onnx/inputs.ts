/** The inputs of a visitor's model: their shapes, and the random tensors of `softpool check`. */
import { normalNumbers, randomTensor } from '@softpool/onnx/internal';
import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { VisitorError } from '../parts/visitor-file.ts';
import type { FilledInput, RunRequest } from './messages.ts';
import { Tensor as RuntimeTensor } from './runtime.ts';

/** More numbers take longer than a visitor waits. */
const MOST_NUMBERS = 2 ** 26;

/** The inputs of a model. Open axes get the size of their name; without one, 1. */
export function filledInputs(session: InferenceSession, sizes: RunRequest['sizes']): FilledInput[] {
  return session.inputMetadata.map((input) => {
    if (!input.isTensor) throw new VisitorError(`The input ${input.name} is not a tensor. This page cannot fill it.`);
    const axes = input.shape.map((size, axis) => (typeof size === 'number' && size > 0 ? size : openName(input.name, size, axis)));
    return {
      name: input.name,
      type: input.type,
      shape: axes.map((axis) => (typeof axis === 'number' ? axis : (sizes.get(axis) ?? 1))),
      open: axes.filter((axis) => typeof axis === 'string'),
    };
  });
}

/** Axes of one name have one size. */
function openName(input: string, size: number | string, axis: number): string {
  return typeof size === 'string' && size !== '' ? size : `${input}, axis ${axis}`;
}

/** Tensors for the inputs: the numbers of `softpool check`, so that both find the same. */
export function feedsOf(inputs: readonly FilledInput[]): Record<string, Tensor> {
  const next = normalNumbers(0);
  return Object.fromEntries(inputs.map((input) => [input.name, tensorOf(input, next)]));
}

function tensorOf({ name, type, shape }: FilledInput, next: () => number): Tensor {
  if (shape.reduce((product, size) => product * size, 1) > MOST_NUMBERS)
    throw new VisitorError(`The input ${name} of ${shape.join(' × ')} is too large for this page. Enter smaller sizes.`);
  return new RuntimeTensor(type as 'float32', randomTensor(type, shape, next).data as Float32Array, shape);
}
