/** The inputs of a run: random numbers, or those of a file, for the shapes that the model has and those that are given. */
import { readFile } from 'node:fs/promises';
import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-node';
import { UsageError } from '../exit-codes.ts';
import { oneLine, printable } from '../text.ts';

/** A shape that was typed, of the named input or of the only one. */
export interface InputShape {
  readonly name: string | undefined;
  readonly shape: readonly number[];
}

/** Where the numbers come from. */
export interface InputFlags {
  readonly shape: readonly InputShape[];
  readonly input?: string;
  readonly scale: number;
  readonly seed: number;
}

/** A tensor for each input of a model. */
export async function inputsFor(
  session: InferenceSession,
  flags: InputFlags,
  Constructor: TensorConstructor,
): Promise<Record<string, Tensor>> {
  const inputs = session.inputMetadata.flatMap((input) => (input.isTensor ? [input] : []));
  if (inputs.length < session.inputNames.length) throw new Error('the model has an input that is no tensor');
  const unknown = flags.shape.find(({ name }) => (name === undefined ? inputs.length !== 1 : !session.inputNames.includes(name)));
  if (unknown !== undefined) throw new UsageError(`--shape must name one of the inputs: ${session.inputNames.map(printable).join(', ')}`);
  if (flags.input !== undefined && inputs.length !== 1)
    throw new UsageError(`--input is for one input, and the model has ${inputs.length}`);
  const next = normal(flags.seed);
  const tensors: Record<string, Tensor> = {};
  for (const { name, type, shape: stated } of inputs) {
    const given = flags.shape.find((each) => each.name === undefined || each.name === name)?.shape;
    const shape = given ?? stated.map((size) => (typeof size === 'number' && size > 0 ? size : 1));
    const length = shape.reduce((product, size) => product * size, 1);
    const values =
      flags.input === undefined ? Float32Array.from({ length }, () => flags.scale * next()) : await floatsIn(flags.input, length);
    tensors[name] = new Constructor(type as 'float32', dataOf(type, values) as Float32Array, shape);
  }
  return tensors;
}

function dataOf(type: Tensor.Type, values: Float32Array): Tensor.DataType {
  switch (type) {
    case 'float32':
      return values;
    case 'float64':
      return Float64Array.from(values);
    case 'int64':
      return new BigInt64Array(values.length);
    case 'int32':
      return new Int32Array(values.length);
    case 'uint8':
      return new Uint8Array(values.length);
    case 'bool':
      return new Uint8Array(values.length);
    default:
      throw new Error(`the model has an input of the type ${type}, for which there are no numbers`);
  }
}

async function floatsIn(path: string, length: number): Promise<Float32Array> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new Error(`cannot read ${printable(path)}: ${oneLine(error)}`, { cause: error });
  });
  if (bytes.length === 4 * length) return new Float32Array(new Uint8Array(bytes).buffer);
  throw new Error(`${printable(path)} has ${bytes.length} bytes, but the input takes ${4 * length}: give its --shape`);
}

/** Normal numbers, by Box and Muller, of uniform ones by mulberry32: the same for the same seed. */
function normal(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
