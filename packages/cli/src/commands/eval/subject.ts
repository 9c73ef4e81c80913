/** What is evaluated: a network, its data, and how images become its inputs. */
import type { InputRecipe } from '@softpool/media/internal';
import type { Classifier, DataSet, Json, Shard, Split, Transform } from '@softpool/training/node';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { UsageError } from '../../shared/exit-codes.ts';
import { arranged } from '../../shared/inference/image-layout.ts';
import type { RunFlags } from '../../shared/networks/flags.ts';
import type { ImageFlags } from '../../shared/preprocessing/flags.ts';
import type { ImageRecipe } from '../../shared/preprocessing/image-recipe.ts';
import type { PreprocessorConfig } from '../../shared/preprocessing/preprocessor-config.ts';
import { printable } from '../../shared/text.ts';
import type { OutputFlags } from './outputs.ts';

/** The options as commander passes them. */
export interface EvalFlags extends Partial<Omit<RunFlags, 'model' | 'mean' | 'std'>>, ImageFlags, OutputFlags {
  /** The name of a network, or the path of an ONNX file. */
  readonly model?: string;
  readonly runtime?: 'onnx' | 'tfjs';
  readonly threads?: number;
  readonly split?: Split;
  readonly shard?: Shard;
  /** A file with a class name per line. */
  readonly classes?: string;
  readonly maxCorrupt?: number;
}

/** What is evaluated. */
export interface Subject {
  readonly model: LayersModel | Classifier;
  readonly dataSet: DataSet;
  readonly transform: Transform;
  /** Settings that must be equal in all shards. */
  readonly settings: { readonly [name: string]: Json };
  /** The network in words, and what computes it. */
  readonly words: string;
  /** The same for a dry run as JSON. */
  readonly plan: object;
  readonly batchSize: number;
  /** The files that it is read from, besides the data. */
  readonly files: readonly string[];
  /** Ends what computes it. */
  close(): Promise<void>;
}

/** The file that says how images are prepared, as the end of a line. */
export function configInWords(config: PreprocessorConfig | undefined): string {
  return config === undefined ? '' : `, images prepared as ${printable(config.path)} says`;
}

/** `--input-size` as height and width. */
export function pictureSize({ inputSize }: Pick<EvalFlags, 'inputSize'>): readonly [number, number] | undefined {
  if (inputSize === undefined || inputSize === null) return undefined;
  const [height, width, ...more] = inputSize;
  if (height === undefined || width === undefined || more.length > 0) {
    throw new UsageError('--input-size of a network for pictures must be height x width, such as 224x224');
  }
  return [height, width];
}

/** Images by a recipe, as the transform of a data set. */
export async function imageTransform({ recipe, order }: ImageRecipe): Promise<Transform> {
  const [{ inputValues }, { CorruptSampleError }] = await Promise.all([
    import('@softpool/media/internal'),
    import('@softpool/training/node'),
  ]);
  const channels = recipe.normalizing.mean.length as 1 | 3;
  return {
    inputShape: [...recipe.size, channels],
    async apply({ data, shape }) {
      const [height, width, colors] = shape as [number, number, 1 | 3];
      try {
        return arranged(await inputValues({ data, height, width, channels: colors }, recipe), { channels, layout: 'channelsLast' }, order);
      } catch (error) {
        // A picture that is too small; others may do.
        throw error instanceof RangeError ? new CorruptSampleError(error.message, { cause: error }) : error;
      }
    },
  };
}

/** A recipe as settings of shards, which fit together only if they are equal. */
export function recipeSettings({ recipe, order }: ImageRecipe): { [name: string]: Json } {
  const { size, resize, resampler, centering, normalizing }: InputRecipe = recipe;
  const { divisor, mean, std } = normalizing;
  const sized = typeof resize === 'object' ? [...resize] : (resize ?? null);
  return {
    inputSize: [...size],
    images: { resize: sized, resampler: resampler ?? 'linear', centering: centering ?? 'even', divisor, order },
    mean: [...mean],
    std: [...std],
  };
}
