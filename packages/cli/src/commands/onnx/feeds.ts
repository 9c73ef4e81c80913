/** What models are run on: random numbers, the tensor of a file, or images, one after another. */
import { devNull } from 'node:os';
import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-node';
import { UsageError } from '../../shared/exit-codes.ts';
import { findInputs } from '../../shared/files/image-files.ts';
import { oneLine, printable } from '../../shared/text.ts';
import { elementsOf, isFloat } from './elements.ts';
import { IMAGE_OPTIONS, type ImageFlags, imageReader, type ModelInput } from './images.ts';
import { readTensor, type TensorValue } from './tensor-file.ts';

/** A shape that was typed, of the named input or of the only one. */
export interface InputShape {
  readonly name: string | undefined;
  readonly shape: readonly number[];
}

/** Where the numbers come from. */
export interface InputFlags extends ImageFlags {
  readonly shape: readonly InputShape[];
  readonly input?: string;
  readonly images?: readonly string[];
  readonly scale: number;
  readonly seed: number;
}

/** A tensor for each input of a model. */
export type Feed = Readonly<Record<string, Tensor>>;

/** One run after another. */
export interface Feeds {
  /** How many there are, those that cannot be read among them. */
  readonly count: number;
  /** Makes each when it is asked for. What cannot be read is a problem, told in one line, and left out. */
  each(onProblem: (problem: string) => void): AsyncGenerator<Feed>;
}

/** The runs that the arguments ask for. Rejects where they do not fit the model. */
export async function feedsFor(session: InferenceSession, flags: InputFlags, TensorOf: TensorConstructor): Promise<Feeds> {
  const { randomOf } = await import('@softpool/models'); // not before it is needed: TensorFlow.js comes with it
  const inputs = inputsOf(session, flags);
  const tensorOf = ({ type, data, shape }: TensorValue): Tensor => new TensorOf(type as 'float32', data as Float32Array, shape);
  const others = (given?: ModelInput): Feed => {
    const { normal } = randomOf(flags.seed);
    return Object.fromEntries(
      inputs.filter((input) => input !== given).map((input) => [input.name, tensorOf(randomTensor(input, () => flags.scale * normal()))]),
    );
  };
  if (flags.images !== undefined) return await imageFeeds(flags.images, inputs, flags, others, tensorOf);
  const option = IMAGE_OPTIONS.find((each) => flags[each] !== undefined);
  if (option !== undefined) throw new UsageError(`--${option} is for images, and none are given: give --images`);
  if (flags.input === undefined) return { count: 1, each: () => once(() => others()) };
  const [input, second] = inputs;
  if (input === undefined || second !== undefined) throw new UsageError(`--input is for one input, and the model has ${inputs.length}`);
  const tensor = tensorOf(await readTensor(flags.input, input.type, closed(input)));
  return { count: 1, each: () => once(() => ({ [input.name]: tensor })) };
}

async function* once(make: () => Feed): AsyncGenerator<Feed> {
  yield make();
}

/** The inputs of a model, with the shapes that were typed. */
function inputsOf({ inputMetadata, inputNames }: InferenceSession, { shape: typed }: InputFlags): ModelInput[] {
  const inputs = inputMetadata.flatMap((input) => (input.isTensor ? [input] : []));
  if (inputs.length < inputNames.length) throw new Error('the model has an input that is no tensor');
  const unknown = typed.find(({ name }) => (name === undefined ? inputs.length !== 1 : !inputNames.includes(name)));
  if (unknown !== undefined) throw new UsageError(`--shape must name one of the inputs: ${inputNames.map(printable).join(', ')}`);
  return inputs.map(({ name, type, shape: stated }) => {
    const given = typed.find((each) => each.name === undefined || each.name === name)?.shape;
    return { name, type, shape: given ?? stated.map((size) => (typeof size === 'number' && size > 0 ? size : undefined)) };
  });
}

/** A shape without open sizes: they are 1. */
function closed({ shape }: ModelInput): number[] {
  return shape.map((size) => size ?? 1);
}

/** More random numbers than these, 2 GiB of float32, take minutes, and no network takes so many. */
const MOST_NUMBERS = 2 ** 29;

/** Random numbers, where the type has fractions; integers may be indices, of which only 0 is surely one. */
function randomTensor(input: ModelInput, next: () => number): TensorValue {
  const shape = closed(input);
  const length = shape.reduce((product, size) => product * size, 1);
  if (length > MOST_NUMBERS) {
    throw new UsageError(
      `the input ${printable(input.name)}, ${shape.join('x')}, has more than the ${MOST_NUMBERS} numbers that are made at random: give a smaller --shape`,
    );
  }
  const values = isFloat(input.type) ? Float32Array.from({ length }, next) : new Float32Array(length);
  return { type: input.type, data: elementsOf(input.type, values), shape };
}

async function imageFeeds(
  sources: readonly string[],
  inputs: readonly ModelInput[],
  flags: InputFlags,
  others: (given: ModelInput) => Feed,
  tensorOf: (value: TensorValue) => Tensor,
): Promise<Feeds> {
  const [input, second] = inputs.filter(({ shape }) => shape.length === 4);
  if (input === undefined || second !== undefined) {
    const found = input === undefined ? 'none' : 'several';
    throw new UsageError(`--images needs one input of four axes, as images have, and the model has ${found}`);
  }
  const read = await imageReader(input, flags);
  const { inputs: files, problems } = await findInputs(sources, devNull); // no folder of results is among them
  const rest = others(input);
  return {
    count: files.length + problems.length,
    async *each(onProblem) {
      for (const { path, reason } of problems) onProblem(`${printable(path)}: ${reason}`);
      for (const { path } of files) {
        const image = await read(path).catch((error: unknown) => onProblem(`${printable(path)}: ${oneLine(error)}`));
        if (image !== undefined) yield { ...rest, [input.name]: tensorOf(image) };
      }
    },
  };
}
