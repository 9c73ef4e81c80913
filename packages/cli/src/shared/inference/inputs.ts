/** What models are run on: random numbers, tensors in files, or images one after another. */
import { type NamedTensors, normalNumbers, randomTensor, type TensorValue } from '@softpool/onnx/internal';
import { product } from 'softpool/internal';
import { UsageError } from '../exit-codes.ts';
import { findInputs } from '../files/image-files.ts';
import { type ImageFlags, SIZE_OPTIONS, VALUE_OPTIONS } from '../preprocessing/flags.ts';
import type { PreprocessorConfig } from '../preprocessing/preprocessor-config.ts';
import { oneLine, printable } from '../text.ts';
import { imageReader } from './images.ts';
import type { ModelInput } from './runnable-model.ts';
import { readTensor } from './tensor-file.ts';

/** A value for the input of this name, or for the only input. */
export interface Named<T> {
  readonly name: string | undefined;
  readonly value: T;
}

/** Where the numbers come from. */
export interface InputFlags extends ImageFlags {
  readonly inputSize?: readonly Named<readonly number[]>[];
  /** Files of tensors. */
  readonly inputs?: readonly Named<string>[];
  readonly images?: readonly string[];
  readonly scale?: number;
  readonly seed?: number;
}

/** The inputs of one run after another. */
export interface Inputs {
  /** The number of runs, including images that turn out to be unreadable. */
  readonly count: number;
  /** How images become inputs, in words; `undefined` for other inputs. */
  readonly images?: string;
  /**
   * Makes each when it is asked for. `onProblem` gets a line for each image that cannot be read; it
   * is left out.
   */
  each(onProblem: (problem: string) => void): AsyncGenerator<NamedTensors>;
}

/**
 * The inputs that the flags ask for. `config` says how images are prepared without flags. Rejects
 * if they do not fit the model.
 */
export async function inputsFor(stated: readonly ModelInput[], flags: InputFlags, config?: PreprocessorConfig): Promise<Inputs> {
  if (flags.images !== undefined) return await imagesFor(flags.images, stated, flags, config);
  const inputs = withSizes(stated, flags.inputSize ?? []);
  const option = [...SIZE_OPTIONS, ...VALUE_OPTIONS].find((each) => flags[each] !== undefined);
  if (option !== undefined) throw new UsageError(`--${option} needs --images`);
  const files = flags.inputs ?? [];
  checkNames('--inputs', inputs, files);
  if (inputs.every((input) => valueFor(input, files) !== undefined)) refuseRandom(flags);
  const { scale = 1, seed = 0 } = flags;
  return {
    count: 1,
    async *each() {
      const normal = normalNumbers(seed);
      const tensors: Record<string, TensorValue> = {};
      for (const input of inputs) {
        const file = valueFor(input, files);
        const asked = valueFor(input, flags.inputSize ?? []);
        tensors[input.name] = file === undefined ? randomInput(input, () => scale * normal()) : await readInput(file, input, asked);
      }
      yield tensors;
    },
  };
}

function withSizes(inputs: readonly ModelInput[], sizes: NonNullable<InputFlags['inputSize']>): ModelInput[] {
  checkNames('--input-size', inputs, sizes);
  for (const input of inputs) checkSize(input, valueFor(input, sizes));
  return inputs.map((input) => ({ ...input, shape: valueFor(input, sizes) ?? input.shape }));
}

/** Throws unless a given shape fits the one that the model states. Without sizes it states none. */
function checkSize({ name, shape }: ModelInput, given: readonly number[] | undefined): void {
  if (given === undefined || shape.length === 0) return;
  if (given.length === shape.length && given.every((size, axis) => (shape[axis] ?? size) === size)) return;
  const stated = shape.map((size) => size ?? '?').join('x');
  throw new UsageError(`--input-size ${given.join('x')} does not fit the input ${printable(name)}, which is ${stated}`);
}

/**
 * Throws unless each value is for an input, and no other is: a value without a name is for the only
 * input.
 */
function checkNames(flag: string, inputs: readonly ModelInput[], values: readonly Named<unknown>[]): void {
  const isKnown = ({ name }: Named<unknown>): boolean =>
    name === undefined ? inputs.length === 1 : inputs.some((input) => input.name === name);
  if (!values.every(isKnown)) {
    const names = inputs.map(({ name }) => printable(name)).join(', ');
    throw new UsageError(`${flag} must name one of the inputs: ${names}; write name=value`);
  }
  const twice = inputs.find((input) => values.filter((value) => isFor(input, value)).length > 1);
  if (twice !== undefined) throw new UsageError(`${flag} has several values for the input ${printable(twice.name)}; give one`);
}

function valueFor<T>(input: ModelInput, values: readonly Named<T>[]): T | undefined {
  return values.find((value) => isFor(input, value))?.value;
}

function isFor(input: ModelInput, { name }: Named<unknown>): boolean {
  return name === undefined || name === input.name;
}

/** Reads a tensor. Throws a UsageError if it has its own shape, and another was asked for. */
async function readInput(file: string, input: ModelInput, asked: readonly number[] | undefined): Promise<TensorValue> {
  const tensor = await readTensor(file, input.type, closed(input));
  if (asked === undefined || asked.join() === tensor.shape.join()) return tensor;
  throw new UsageError(`--input-size ${asked.join('x')} does not fit ${printable(file)}, whose tensor is ${tensor.shape.join('x')}`);
}

/** Throws if flags are about random numbers, where no input is random. */
function refuseRandom({ scale, seed }: InputFlags): void {
  if ((scale ?? seed) === undefined) return;
  throw new UsageError(`${scale === undefined ? '--seed' : '--scale'} is for random inputs, and all inputs are given`);
}

/** A shape whose dynamic sizes are 1. */
function closed({ shape }: ModelInput): number[] {
  return shape.map((size) => size ?? 1);
}

/** More random numbers than these, 2 GiB of float32, take minutes, and no network takes so many. */
const MOST_NUMBERS = 2 ** 29;

/** Throws a UsageError if the input is too large. */
function randomInput(input: ModelInput, next: () => number): TensorValue {
  const shape = closed(input);
  const length = product(shape);
  if (length > MOST_NUMBERS) {
    throw new UsageError(
      `input ${printable(input.name)}, ${shape.join('x')}, has more than ${MOST_NUMBERS} random numbers; use a smaller --input-size`,
    );
  }
  return randomTensor(input.type, shape, next);
}

async function imagesFor(
  sources: readonly string[],
  stated: readonly ModelInput[],
  flags: InputFlags,
  config: PreprocessorConfig | undefined,
): Promise<Inputs> {
  const sizes = flags.inputSize ?? [];
  const [imageSize, another] = sizes.filter(isImageSize);
  if (another !== undefined) throw new UsageError('--input-size has several sizes for the images; give one');
  const inputs = withSizes(
    stated,
    sizes.filter((size) => !isImageSize(size)),
  );
  const [input, second] = inputs.filter(({ shape }) => shape.length === 4);
  if (input === undefined || second !== undefined) {
    const found = input === undefined ? 'none' : 'several';
    throw new UsageError(`--images needs a model with one input of four axes, and this model has ${found}`);
  }
  const { read, words } = await imageReader(input, { ...flags, imageSize: imageSize?.value }, config);
  const { inputs: files, problems } = await findInputs(sources, undefined);
  const others = inputs.filter((each) => each !== input);
  if (others.length === 0) refuseRandom(flags);
  const { scale = 1, seed = 0 } = flags;
  const normal = normalNumbers(seed);
  const rest = Object.fromEntries(others.map((each) => [each.name, randomInput(each, () => scale * normal())]));
  return {
    count: files.length + problems.length,
    images: words,
    async *each(onProblem) {
      for (const { path, reason } of problems) onProblem(`${printable(path)}: ${reason}`);
      for (const { path } of files) {
        const image = await read(path).catch((error: unknown) => onProblem(`${printable(path)}: ${oneLine(error)}`));
        if (image !== undefined) yield { ...rest, [input.name]: image };
      }
    },
  };
}

/** Height and width alone are those of the images. */
function isImageSize(given: Named<readonly number[]>): given is Named<readonly [number, number]> {
  return given.name === undefined && given.value.length === 2;
}
