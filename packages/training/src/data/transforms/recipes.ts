/** Named pairs of transforms: with augmentation for training, without for evaluation. */
import type { Normalization } from '@softpool/models';
import { checkKeys, checkOneOf, rangeError, typeError } from 'softpool/internal';
import type { Transform } from '../data-set.ts';
import { createTransform, HALF_NORMALIZATION, IMAGENET_NORMALIZATION, type TransformOptions } from './transforms.ts';

/** The names of the recipes. */
export const RECIPES = ['imagenet', 'paper', 'cifar', 'video', 'none'] as const;

/** The name of a recipe: see {@link transformsOf}. */
export type Recipe = (typeof RECIPES)[number];

/** The options of {@link transformsOf}. */
export interface RecipeOptions {
  /**
   * Shape of the network's input: [height, width, channels] for pictures, [frames, height, width,
   * channels] for clips.
   */
  readonly inputShape: readonly number[];
  /**
   * Allow horizontal flips in training. Default `true`. Set it to `false` if a class is a
   * direction, as in moving-shapes.
   */
  readonly flip?: boolean | undefined;
  /**
   * Change brightness, contrast and saturation in training, each by a factor of up to
   * 1 ± `colorJitter`. Default 0.
   */
  readonly colorJitter?: number | undefined;
  /** Default: the recipe's for 3 channels, mean and deviation 0.5 for 1. */
  readonly normalization?: Normalization | undefined;
}

/** Mean and standard deviation of CIFAR-10's pixels. */
const CIFAR: Normalization = { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] };
/** Mean and standard deviation of Kinetics-400's pixels, as in torchvision. */
const KINETICS: Normalization = { mean: [0.43216, 0.394666, 0.37645], std: [0.22803, 0.22145, 0.216989] };

/** The transforms of a recipe. */
export interface RecipeTransforms {
  /** With augmentation. */
  readonly training: Transform;
  /** Without augmentation. */
  readonly evaluation: Transform;
  /** The normalization of both. */
  readonly normalization: Normalization;
  /**
   * Shorter side of a picture before the evaluation's center crop, in pixels. `undefined`: the
   * picture just covers the input.
   */
  readonly resize: number | undefined;
}

/**
 * Returns the transforms of a recipe for an input shape:
 *
 * | recipe | training | evaluation |
 * | --- | --- | --- |
 * | `imagenet` | random resized crop, flip | shorter side to 256/224 of the input, center |
 * | `paper` | rotation, flip (see below), random resized crop | shorter side to 324/299, center |
 * | `cifar` | 4 black pixels on each side, random crop, flip | unchanged |
 * | `video` | shorter side to 128/112 of the input, random crop in space and time, flip | center |
 * | `none` | unchanged | unchanged |
 *
 * `paper` rotates by up to 10° and flips with probability 0.3, both with probability 0.6.
 * “Unchanged” means resized so that the picture just covers the input, then center-cropped, so a
 * picture of the input's size stays as it is.
 *
 * @param recipe - The recipe's name.
 * @param options - Input shape, and deviations from the recipe.
 * @throws TypeError for an unknown recipe or option; RangeError for an invalid one.
 * @example
 * ```ts
 * const { training, evaluation } = transformsOf('imagenet', { inputShape: [224, 224, 3] });
 * evaluation.inputShape; // [224, 224, 3]
 * ```
 */
export function transformsOf(recipe: Recipe, options: RecipeOptions): RecipeTransforms {
  checkOneOf('transformsOf', 'recipe', recipe, RECIPES);
  checkKeys('transformsOf', options, ['inputShape', 'flip', 'colorJitter', 'normalization']);
  const { inputShape, flip = true, colorJitter = 0 } = options;
  if (!Array.isArray(inputShape)) throw rangeError('transformsOf', 'options.inputShape', 'a list of lengths', inputShape);
  if (typeof flip !== 'boolean') throw typeError('transformsOf', 'options.flip', 'true or false', flip);
  const { training, resize, normalization } = stepsOf(recipe, inputShape);
  const isColor = inputShape.at(-1) === 3;
  const shared = { inputShape, normalization: options.normalization ?? (isColor ? normalization : HALF_NORMALIZATION) };
  return {
    normalization: shared.normalization,
    training: createTransform({ ...shared, ...training, ...(!flip && { flip: 0 }), colorJitter }),
    evaluation: createTransform({ ...shared, ...(resize !== undefined && { crop: { kind: 'center', resize } }) }),
    resize,
  };
}

type Augmentation = Omit<TransformOptions, 'inputShape' | 'normalization'>;

interface Steps {
  readonly training: Augmentation;
  readonly resize?: number;
  readonly normalization: Normalization;
}

function stepsOf(recipe: Recipe, inputShape: readonly number[]): Steps {
  const [height = 0, width = 0] = inputShape.slice(-3);
  const scaled = (share: number): number => Math.round(Math.max(height, width) * share);
  switch (recipe) {
    case 'imagenet':
      return {
        training: { crop: { kind: 'randomResized' }, flip: 0.5 },
        resize: scaled(256 / 224),
        normalization: IMAGENET_NORMALIZATION,
      };
    case 'paper':
      return {
        training: { crop: { kind: 'randomResized' }, rotation: 10, flip: 0.3, applied: 0.6 },
        resize: scaled(324 / 299),
        normalization: IMAGENET_NORMALIZATION,
      };
    case 'cifar':
      return { training: { crop: { kind: 'random', padding: 4 }, flip: 0.5 }, normalization: CIFAR };
    case 'video': {
      const resize = scaled(128 / 112);
      return {
        training: { crop: { kind: 'random', resize }, flip: 0.5 },
        resize,
        normalization: KINETICS,
      };
    }
    case 'none':
      return { training: {}, normalization: IMAGENET_NORMALIZATION };
  }
}
