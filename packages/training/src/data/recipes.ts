/** Pairs of transforms by name: one for training, with augmentation, and one for evaluation, without. */
import type { Transform } from './data-set.ts';
import { createTransform, IMAGENET_NORMALIZATION, type Normalization, type TransformOptions } from './transforms.ts';

/** The names of the recipes. */
export const RECIPES = ['imagenet', 'paper', 'cifar', 'video', 'none'] as const;

/** The name of a recipe: see {@link transformsOf}. */
export type Recipe = (typeof RECIPES)[number];

/** The options of {@link transformsOf}. */
export interface RecipeOptions {
  /** The shape of the input: [height, width, channels] for pictures, [frames, height, width, channels] for clips. */
  readonly shape: readonly number[];
  /** Whether left and right may be exchanged in training. Default true; it must be false where a class is a direction, as in moving-shapes. */
  readonly flip?: boolean;
  /** Default: that of the recipe for 3 channels, a mean and a deviation of 0.5 for 1. */
  readonly normalization?: Normalization;
}

/** The mean and the deviation of CIFAR-10's pixels. */
const CIFAR: Normalization = { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] };
/** Those of Kinetics-400's, as torchvision has them. */
const KINETICS: Normalization = { mean: [0.43216, 0.394666, 0.37645], std: [0.22803, 0.22145, 0.216989] };

/** The transforms of a recipe. */
export interface RecipeTransforms {
  /** With augmentation. */
  readonly training: Transform;
  /** Without. */
  readonly evaluation: Transform;
}

/**
 * The transforms of a recipe, for an input of a size:
 *
 * | recipe | in training | in evaluation |
 * | --- | --- | --- |
 * | `imagenet` | random resized crop, flip | shorter side to 256/224 of the input, middle |
 * | `paper` | with probability 0.6: rotation by up to 10° and, with 0.3, flip; then random resized crop | shorter side to 324/299, middle |
 * | `cifar` | 4 pixels of black around it, random crop, flip | as it is |
 * | `video` | shorter side to 128/112 of the input, random crop in place and time, flip | the same size, middle |
 * | `none` | as it is | as it is |
 *
 * As it is means: resized so that it just covers the input, the middle of it, which leaves alone what has the input's size.
 *
 * @param recipe - Its name.
 * @param options - The shape of the input, and what differs from the recipe.
 * @throws RangeError if the recipe is not known or an option makes no sense.
 * @example
 * ```ts
 * const { training, evaluation } = transformsOf('imagenet', { shape: [224, 224, 3] });
 * evaluation.shape; // [224, 224, 3]
 * ```
 */
export function transformsOf(recipe: Recipe, options: RecipeOptions): RecipeTransforms {
  const { shape, flip = true } = options;
  if (!RECIPES.includes(recipe)) throw new RangeError(`transformsOf: recipe must be one of ${RECIPES.join(', ')}, received ${recipe}`);
  const { training, evaluation, normalization } = partsOf(recipe, shape);
  const isColour = shape.at(-1) === 3;
  const shared = { shape, ...(isColour && { normalization }), ...(options.normalization && { normalization: options.normalization }) };
  return {
    training: createTransform({ ...shared, ...training, ...(!flip && { flip: 0 }) }),
    evaluation: createTransform({ ...shared, ...evaluation }),
  };
}

type Augmentation = Omit<TransformOptions, 'shape' | 'normalization'>;

function partsOf(
  recipe: Recipe,
  shape: readonly number[],
): { training: Augmentation; evaluation: Augmentation; normalization: Normalization } {
  const [height = 0, width = 0] = shape.slice(-3);
  const scaled = (share: number): number => Math.round(Math.max(height, width) * share);
  switch (recipe) {
    case 'imagenet':
      return {
        training: { crop: { kind: 'randomResized' }, flip: 0.5 },
        evaluation: { crop: { kind: 'centre', resize: scaled(256 / 224) } },
        normalization: IMAGENET_NORMALIZATION,
      };
    case 'paper':
      return {
        training: { crop: { kind: 'randomResized' }, rotation: 10, flip: 0.3, applied: 0.6 },
        evaluation: { crop: { kind: 'centre', resize: scaled(324 / 299) } },
        normalization: IMAGENET_NORMALIZATION,
      };
    case 'cifar':
      return { training: { crop: { kind: 'random', padding: 4 }, flip: 0.5 }, evaluation: {}, normalization: CIFAR };
    case 'video': {
      const resize = scaled(128 / 112);
      return {
        training: { crop: { kind: 'random', resize }, flip: 0.5 },
        evaluation: { crop: { kind: 'centre', resize } },
        normalization: KINETICS,
      };
    }
    case 'none':
      return { training: {}, evaluation: {}, normalization: IMAGENET_NORMALIZATION };
  }
}
