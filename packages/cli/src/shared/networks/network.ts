/** A network and its data, as flags describe them, for training and for evaluation. */
import type { BackboneName } from '@softpool/models';
import type { DataSet, Transform } from '@softpool/training';
import type { OpenDataSetOptions, Recipe } from '@softpool/training/node';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { UsageError } from '../exit-codes.ts';
import { printable } from '../text.ts';
import type { RunFlags } from './flags.ts';

/** What describes a network and its data. */
export type NetworkFlags = Pick<
  RunFlags,
  'model' | 'data' | 'valSplit' | 'pool' | 'positions' | 'beta' | 'poolWeights' | 'gradient' | 'input' | 'augment' | 'flip' | 'seed'
>;

/** The input of a network: its shape, and what makes it of a sample. */
export interface Input {
  readonly shape: readonly number[];
  readonly augment: Recipe;
  readonly training: Transform;
  readonly evaluation: Transform;
}

/** Throws unless there is a network of this name. */
export async function checkName(name: string): Promise<void> {
  const { BACKBONE_NAMES } = await import('@softpool/models');
  if (!BACKBONE_NAMES.includes(name as BackboneName)) {
    throw new UsageError(`there is no network ${printable(name)}; there are ${BACKBONE_NAMES.join(', ')}`);
  }
}

/** Opens a part of the data. */
export async function openData(
  flags: NetworkFlags,
  part: NonNullable<OpenDataSetOptions['part']>,
  classes?: readonly string[],
): Promise<DataSet> {
  const { openDataSet } = await import('@softpool/training/node');
  const clips = flags.input?.length === 3 ? { clips: { frames: flags.input[0] as number } } : {};
  return await openDataSet(flags.data, { part, seed: flags.seed, validation: flags.valSplit, ...clips, ...(classes && { classes }) });
}

/** The input of the flags' network for the samples of a data set. */
export async function inputOf({ model, input, augment, flip }: NetworkFlags, dataSet: DataSet): Promise<Input> {
  const [{ describeBackbone }, { transformsOf }] = await Promise.all([import('@softpool/models'), import('@softpool/training/node')]);
  const published = describeBackbone(model).inputShape;
  const sample = await dataSet.read(0).then(
    ({ shape }) => shape,
    () => undefined, // a corrupt sample is reported where it is used
  );
  if (sample !== undefined && sample.length !== published.length) {
    const kind = (rank: number): string => (rank === 4 ? 'clips' : 'pictures');
    throw new Error(`${model} is a network for ${kind(published.length)}, and ${dataSet.name} has ${kind(sample.length)}`);
  }
  const channels = sample?.at(-1) ?? 3;
  const extent = input ?? extentOf(published.slice(0, -1), sample?.slice(0, -1));
  if (extent.length !== published.length - 1) {
    throw new Error(
      `--input of ${model} must be ${published.length === 4 ? 'frames, height and width, as in 16x112x112' : 'height and width, as in 224x224'}`,
    );
  }
  const shape = [...extent, channels];
  const recipe = augment ?? recipeFor(shape);
  const transforms = transformsOf(recipe, { shape, flip: flip && dataSet.isMirrorable !== false });
  return { shape, augment: recipe, ...transforms };
}

/** A network for small pictures takes them as large as they are. */
function extentOf(published: readonly number[], sample: readonly number[] | undefined): readonly number[] {
  const areSmall = (sizes: readonly number[]): boolean => sizes.slice(-2).every((side) => side <= 64);
  return sample !== undefined && areSmall(published) && areSmall(sample) ? sample : published;
}

function recipeFor(shape: readonly number[]): Recipe {
  const side = Math.min(...shape.slice(-3, -1));
  if (shape.length === 4) return side < 64 ? 'cifar' : 'video';
  return side < 128 ? 'cifar' : 'paper';
}

/** Builds the network, with random weights of the seed. */
export async function createNetwork(flags: NetworkFlags, inputShape: readonly number[], classes: number): Promise<LayersModel> {
  const { createBackbone } = await import('@softpool/models');
  const { model, pool, positions, beta, gradient, seed, poolWeights } = flags;
  return createBackbone(model, { pool, positions, beta, gradient, seed, weights: poolWeights, inputShape, classes });
}

/** Loads a file of weights into a network, all of them or none. */
export async function loadInto(model: LayersModel, path: string): Promise<void> {
  const [{ loadWeights }, { readWeights }] = await Promise.all([import('@softpool/models'), import('@softpool/models/node')]);
  try {
    await loadWeights(model, (await readWeights(path)).tensors);
  } catch (error) {
    const message = (error as Error).message;
    throw new Error(message.startsWith(path) ? message : `${path}: ${message}`, { cause: error });
  }
}

/** What a run keeps of its network and data. */
export function networkSettings(flags: NetworkFlags, { shape, augment }: Input) {
  const { model, data, valSplit, pool, positions, beta, poolWeights, gradient, flip } = flags;
  return { model, data: [...data], valSplit, pool, positions, beta, poolWeights, gradient, input: shape.slice(0, -1), augment, flip };
}
