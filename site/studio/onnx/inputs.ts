/**
 * What a visitor's model is run on: the numbers of `softpool check`, so that both find the same.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { fromNumbers } from 'softpool/internal';
import type { FilledInput } from './messages.ts';
import { RuntimeError, Tensor as RuntimeTensor } from './runtime.ts';

/** More numbers take longer than a visitor waits. */
const MOST_NUMBERS = 2 ** 26;

/** Numbers of the normal distribution with mean 0 and standard deviation 1, always the same. */
export function normalNumbers(): () => number {
  const generator = xoroshiro128plus(0);
  const uniform = () => uniformFloat64(generator);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** The inputs of a model. Open axes get the size of their name; without one, 1. */
export function filledInputs(session: InferenceSession, sizes: Readonly<Record<string, number>>): FilledInput[] {
  return session.inputMetadata.map((input) => {
    if (!input.isTensor) throw new RuntimeError(`The input ${input.name} is not a tensor. This page cannot fill it.`);
    const axes = input.shape.map((size, axis) => (typeof size === 'number' && size > 0 ? size : openName(input.name, size, axis)));
    return {
      name: input.name,
      type: input.type,
      shape: axes.map((axis) => (typeof axis === 'number' ? axis : (sizes[axis] ?? 1))),
      open: axes.filter((axis) => typeof axis === 'string'),
    };
  });
}

/** Axes of one name have one size. */
function openName(input: string, size: number | string, axis: number): string {
  return typeof size === 'string' && size !== '' ? size : `${input}, axis ${axis}`;
}

/** Tensors for the inputs. */
export function feedsOf(inputs: readonly FilledInput[], next: () => number): Record<string, Tensor> {
  return Object.fromEntries(inputs.map((input) => [input.name, tensorOf(input, next)]));
}

/** Random numbers if the type has fractions. Integers may be indices, of which only 0 is valid. */
function tensorOf({ name, type, shape }: FilledInput, next: () => number): Tensor {
  const length = shape.reduce((product, size) => product * size, 1);
  if (length > MOST_NUMBERS)
    throw new RuntimeError(`The input ${name} of ${shape.join(' × ')} is too large for this page. Enter smaller sizes.`);
  if (type === 'float32' || type === 'float64' || type === 'float16') {
    const numbers = Float32Array.from({ length }, next);
    if (type === 'float32') return new RuntimeTensor(type, numbers, shape);
    if (type === 'float64') return new RuntimeTensor(type, Float64Array.from(numbers), shape);
    return new RuntimeTensor(type, fromNumbers(new Uint16Array(0), Float64Array.from(numbers), type) as Uint16Array, shape);
  }
  const Integers = INTEGERS[type];
  if (Integers === undefined)
    throw new RuntimeError(`The input ${name} takes ${type}, which this page cannot make. Run softpool check --inputs.`);
  return new RuntimeTensor(type as 'int32', new Integers(length) as Int32Array, shape);
}

const INTEGERS: Readonly<Record<string, new (length: number) => ArrayLike<number | bigint>>> = {
  int64: BigInt64Array,
  uint64: BigUint64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};
