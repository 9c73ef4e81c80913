/** Images as the input of a model, one at a time. */
import type { Size } from '@softpool/media/internal';
import { elementsOf, type TensorValue } from '@softpool/onnx/internal';
import { UsageError } from '../exit-codes.ts';
import type { ImageFlags } from '../preprocessing/flags.ts';
import { askedSize, imageRecipe, recipeInWords } from '../preprocessing/image-recipe.ts';
import type { PreprocessorConfig } from '../preprocessing/preprocessor-config.ts';
import { arranged, imageAxes, imageSize } from './image-layout.ts';
import type { ModelInput } from './runnable-model.ts';

/** The flags, with the size of a dynamic input. */
export interface ImageReaderFlags extends ImageFlags {
  /** Height and width. */
  readonly imageSize?: Size | undefined;
}

/** Reads images for an input. */
export interface ImageReader {
  /** How they become inputs, in words. */
  readonly words: string;
  read(path: string): Promise<TensorValue>;
}

/**
 * A reader of images for an input.
 *
 * @throws UsageError if the input, the flags or `config` do not fit.
 */
export async function imageReader(input: ModelInput, flags: ImageReaderFlags, config?: PreprocessorConfig): Promise<ImageReader> {
  const axes = imageAxes(input, flags);
  const { layout, channels, batch = 1 } = axes;
  if (batch !== 1) throw new UsageError(`the model's input takes ${batch} images at once; use a model with a batch of 1`);
  const asked = askedSize({ ...flags, inputSize: flags.imageSize }, config);
  const [height, width] = imageSize(input, axes, asked.size, asked.name);
  const prepared = imageRecipe(flags, config, {
    size: [height, width],
    channels,
    white: input.type === 'uint8' ? '255' : '1',
  });
  const [{ flattenImage, readImage }, { inputValues }] = await Promise.all([
    import('@softpool/media/node'),
    import('@softpool/media/internal'),
  ]);
  const shape = layout === 'channelsFirst' ? [1, channels, height, width] : [1, height, width, channels];
  return {
    words: recipeInWords(prepared, channels),
    async read(path) {
      const values = await inputValues(flattenImage(await readImage(path)), prepared.recipe);
      return { type: input.type, data: elementsOf(input.type, arranged(values, axes, prepared.order)), shape };
    },
  };
}
