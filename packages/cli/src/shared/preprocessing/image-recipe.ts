/** How images become inputs: what flags say, then preprocessor_config.json, then defaults. */
import type { InputRecipe, Resize, Size } from '@softpool/media/internal';
import { UsageError } from '../exit-codes.ts';
import { type ImageFlags, type KnownNormalizing, normalizingOf } from './flags.ts';
import type { PreprocessorConfig } from './preprocessor-config.ts';

/** What is known of an input. */
export interface KnownInput {
  readonly size: Size;
  readonly channels: number;
  /** The value of a white pixel without flags and file. Default 1. */
  readonly white?: '1' | '255';
  /** The size before the center crop without flags and file. Default: just covers the input. */
  readonly resize?: Resize | undefined;
  /** The normalization without flags and file. */
  readonly normalizing?: KnownNormalizing | undefined;
}

/** A recipe, and the order of the color channels. */
export interface ImageRecipe {
  readonly recipe: InputRecipe;
  readonly order: 'rgb' | 'bgr';
}

/** The recipe for an input. Throws a UsageError if flags or file do not fit it. */
export function imageRecipe(flags: ImageFlags, config: PreprocessorConfig | undefined, input: KnownInput): ImageRecipe {
  const { size, channels, white } = input;
  const resize = flags.resize ?? (config === undefined ? input.resize : config.recipe.resize);
  checkResize(resize, size, flags.resize === undefined ? 'images are resized to' : '--resize is');
  return {
    order: flags.order ?? config?.order ?? 'rgb',
    recipe: {
      ...config?.recipe,
      size,
      resize,
      normalizing: normalizingOf(flags, config?.normalizing ?? input.normalizing, channels, white),
    },
  };
}

/** How images become inputs, in words, such as `224x224, rgb, 0 to 1, not normalized`. */
export function recipeInWords({ recipe, order }: ImageRecipe, channels: number): string {
  const { divisor, mean, std } = recipe.normalizing;
  const white = 255 / divisor;
  const isAsItIs = mean.every((each) => each === 0) && std.every((each) => each === 1);
  return [
    recipe.size.join('x'),
    channels === 1 ? 'gray' : order,
    `0 to ${Number(white.toPrecision(6))}`,
    isAsItIs ? 'not normalized' : `mean ${mean.join(' ')}, std ${std.join(' ')}`,
  ].join(', ');
}

/** The size of inputs that flags or the file ask for, and which of them does. */
export function askedSize(
  { crop, inputSize }: { readonly crop?: Size; readonly inputSize?: Size | undefined },
  config: PreprocessorConfig | undefined,
): { readonly size: Size | undefined; readonly name: string } {
  if (crop !== undefined && inputSize !== undefined && crop.join() !== inputSize.join()) {
    throw new UsageError(`--crop ${crop.join('x')} does not fit --input-size ${inputSize.join('x')}`);
  }
  if (crop !== undefined) return { size: crop, name: '--crop' };
  if (inputSize !== undefined) return { size: inputSize, name: '--input-size' };
  return { size: config?.recipe.size, name: config?.path ?? '' };
}

/** Throws a UsageError if the size before cropping is smaller than the input. */
function checkResize(resize: InputRecipe['resize'], [height, width]: Size, name: string): void {
  if (resize === undefined || resize === 'none') return;
  const [down, across] = typeof resize === 'number' ? [resize, resize] : resize;
  if (down >= height && across >= width) return;
  const given = typeof resize === 'number' ? resize : resize.join('x');
  throw new UsageError(`${name} ${given}, smaller than the model's input, ${height}x${width}`);
}
