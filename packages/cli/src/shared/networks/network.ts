/** The network and data that flags describe, for training and evaluation. */
import type { BackboneName, Normalization } from '@softpool/models';
import type { DataSet, Split } from '@softpool/training';
import type { Recipe, RecipeTransforms } from '@softpool/training/node';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { argumentMessage, isArgumentError, product } from 'softpool/internal';
import { UsageError } from '../exit-codes.ts';
import { byteSize, plural, printable } from '../text.ts';
import type { RunFlags } from './flags.ts';
import { usedFlags } from './used-flags.ts';

/** The flags that describe a network and its data. */
export type NetworkFlags = Pick<
  RunFlags,
  | 'model'
  | 'data'
  | 'validationShare'
  | 'pool'
  | 'positions'
  | 'beta'
  | 'poolWeights'
  | 'gradient'
  | 'inputSize'
  | 'augment'
  | 'flip'
  | 'colorJitter'
  | 'mean'
  | 'std'
  | 'seed'
>;

/** The flags that describe the data. */
export type DataFlags = Pick<RunFlags, 'data' | 'validationShare' | 'inputSize' | 'seed'>;

/** A network's input: its shape and transforms. */
export interface NetworkInput extends RecipeTransforms {
  readonly inputShape: readonly number[];
  readonly augment: Recipe;
}

/** Throws for an unknown network. */
export async function checkName(name: string): Promise<void> {
  const { BACKBONE_NAMES } = await import('@softpool/models');
  if (BACKBONE_NAMES.includes(name as BackboneName)) return;
  throw new UsageError(`unknown network ${printable(name)}; known are ${BACKBONE_NAMES.join(', ')}`);
}

/** Opens a split of the data, of at most `limit` samples unless that is 0. */
export async function openData(flags: DataFlags, split: Split, limit: number, classes?: readonly string[]): Promise<DataSet> {
  const { limitDataSet, openDataSet } = await import('@softpool/training/node');
  const { data, seed, validationShare, inputSize } = flags;
  const clips = inputSize?.length === 3 ? { clips: { frames: inputSize[0] as number } } : {};
  const dataSet = await openDataSet(data, { split, seed, validationShare, ...clips, ...(classes && { classes }) });
  return limit === 0 ? dataSet : limitDataSet(dataSet, { limit, seed });
}

/** A data set and its size, in words. */
export function dataInWords({ name, labels, classes }: DataSet): string {
  return `${printable(name)}, ${plural(labels.length, 'sample')} of ${plural(classes.length, 'class', 'classes')}`;
}

/** What samples are called. */
export type SampleWord = 'images' | 'clips';

/** What the samples of an input are called; `inputSize` has frames before height and width. */
export function sampleWord(inputSize: unknown): SampleWord {
  return Array.isArray(inputSize) && inputSize.length === 3 ? 'clips' : 'images';
}

/** The input of a network for a data set. */
export async function inputOf(flags: NetworkFlags, dataSet: DataSet): Promise<NetworkInput> {
  const { model, inputSize, augment, flip, colorJitter } = flags;
  const [{ describeBackbone }, { transformsOf }, { sampleShape }] = await Promise.all([
    import('@softpool/models'),
    import('@softpool/training/node'),
    import('@softpool/training/internal'),
  ]);
  const { inputShape: published, normalization } = describeBackbone(model);
  const sample = await sampleShape(dataSet);
  if (sample !== undefined && sample.length !== published.length) {
    const kind = (rank: number): string => (rank === 4 ? 'clips' : 'pictures');
    throw new Error(`${model} is a network for ${kind(published.length)}, but ${dataSet.name} has ${kind(sample.length)}`);
  }
  const channels = sample?.at(-1) ?? 3;
  const extent = inputSize ?? defaultSize(published.slice(0, -1), sample?.slice(0, -1));
  if (extent.length !== published.length - 1) {
    const example = published.length === 4 ? 'frames x height x width, such as 16x112x112' : 'height x width, such as 224x224';
    throw new UsageError(`--input-size of ${model} must be ${example}`);
  }
  const inputShape = [...extent, channels];
  checkMemory(inputShape);
  const recipe = augment ?? recipeFor(inputShape);
  const transforms = transformsOf(recipe, {
    inputShape,
    flip: flip && dataSet.isMirrorable !== false,
    colorJitter,
    normalization: givenNormalization(flags, channels) ?? (channels === 3 ? normalization : undefined),
  });
  return { inputShape, augment: recipe, ...transforms };
}

/** The memory of WebAssembly, in bytes. */
const MOST_BYTES = 2 ** 32;

/** Throws if a single input takes more memory than a backend has. */
function checkMemory(inputShape: readonly number[]): void {
  const bytes = 4 * product(inputShape);
  if (bytes <= MOST_BYTES) return;
  const size = inputShape.slice(0, -1).join('x');
  throw new UsageError(
    `--input-size ${size} is too large: one input takes ${byteSize(bytes)}, more than the 4 GiB that a backend can have`,
  );
}

/** The normalization of the flags `--mean` and `--std`; one number is for all channels. */
function givenNormalization({ mean, std }: NetworkFlags, channels: number): Normalization | undefined {
  if (mean === null && std === null) return undefined;
  if (mean === null || std === null) throw new UsageError('--mean and --std go together: give both');
  const spread = (flag: string, values: readonly number[]): readonly number[] => {
    if (values.length === 1) return Array(channels).fill(values[0]);
    if (values.length === channels) return values;
    throw new UsageError(`${flag} must be one number, or one for each of the ${channels} channels, received ${values.length}`);
  };
  return { mean: spread('--mean', mean), std: spread('--std', std) };
}

/** Networks for small pictures take small pictures as they are. */
function defaultSize(published: readonly number[], sample: readonly number[] | undefined): readonly number[] {
  const areSmall = (sizes: readonly number[]): boolean => sizes.slice(-2).every((side) => side <= 64);
  return sample !== undefined && areSmall(published) && areSmall(sample) ? sample : published;
}

function recipeFor(inputShape: readonly number[]): Recipe {
  const side = Math.min(...inputShape.slice(-3, -1));
  if (inputShape.length === 4) return side < 64 ? 'cifar' : 'video';
  return side < 128 ? 'cifar' : 'paper';
}

/** Creates a network with random weights from the seed. */
export async function createNetwork(flags: NetworkFlags, inputShape: readonly number[], classes: number): Promise<LayersModel> {
  const { createBackbone } = await import('@softpool/models');
  const { poolWeights: weights, ...pooling } = usedFlags(flags, ['pool', 'positions', 'beta', 'poolWeights', 'gradient']);
  return createBackbone(flags.model, { ...pooling, weights, seed: flags.seed, inputShape, classes });
}

/** How names in a file of weights fit those of the network. */
export interface WeightsFlags {
  /** Modules that are not loaded. */
  readonly except?: readonly string[] | undefined;
  /** A prefix of the names in the file. */
  readonly weightsPrefix?: string | null | undefined;
}

/**
 * Loads a file of weights into a network, all of them or none. Rejects if one is NaN or infinite.
 */
export async function loadInto(model: LayersModel, path: string, { except = [], weightsPrefix }: WeightsFlags = {}): Promise<void> {
  const [{ loadWeights, saveWeights, WeightsMismatchError }, { readWeights }] = await Promise.all([
    import('@softpool/models'),
    import('@softpool/models/node'),
  ]);
  const { tensors } = await readWeights(path);
  try {
    await loadWeights(model, tensors, { except, prefix: weightsPrefix ?? '' });
  } catch (error) {
    if (isArgumentError(error)) {
      const flag = error.option === 'options.prefix' ? '--weights-prefix' : '--except';
      throw new UsageError(argumentMessage(error, flag), { cause: error });
    }
    const prefix = error instanceof WeightsMismatchError ? error.prefix : undefined;
    const words = `the weights do not fit this model: its names have a prefix in the file; use --weights-prefix ${prefix}`;
    throw new Error(`${printable(path)}: ${prefix === undefined ? (error as Error).message : words}`, { cause: error });
  }
  if (await areFinite(model)) return;
  // By the names in the file.
  for (const [name, { data }] of Object.entries(await saveWeights(model))) {
    const wrong = data.find((value) => !Number.isFinite(value));
    if (wrong !== undefined) throw new Error(`${printable(path)}: the weights are not finite: ${name} contains ${wrong}`);
  }
}

/** Warns of modules that `--except` leaves with the weights of a new network. */
export function warnOfUntrained({ layers }: LayersModel, { except = [] }: WeightsFlags): void {
  const isWithin = (name: string, module: string): boolean => name === module || name.startsWith(`${module}.`);
  const isInNetwork = (part: string): boolean =>
    layers.some(({ name, weights }) => weights.length > 0 && (isWithin(name, part) || isWithin(part, name)));
  const untrained = except.filter(isInNetwork).map(printable);
  if (untrained.length === 0) return;
  process.stderr.write(`softpool: --except leaves untrained weights in the network, which affect all results: ${untrained.join(', ')}\n`);
}

async function areFinite({ weights }: LayersModel): Promise<boolean> {
  for (const weight of weights) {
    const data = (await weight.read().data()) as Float32Array;
    if (!data.every(Number.isFinite)) return false;
  }
  return true;
}

/** The settings that a run keeps of its network and data. */
export function networkSettings(flags: NetworkFlags, { inputShape, augment, normalization: { mean, std } }: NetworkInput) {
  const { model, data, validationShare, pool, positions, beta, poolWeights, gradient, flip } = flags;
  const inputSize = inputShape.slice(0, -1);
  const network = { model, data: [...data], validationShare, pool, positions, beta, poolWeights, gradient };
  return { ...network, inputSize, augment, flip, mean: [...mean], std: [...std] };
}
