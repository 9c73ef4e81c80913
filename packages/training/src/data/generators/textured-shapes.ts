/** Generated pictures of textured figures, for tests and experiments. */
import { randomOf } from '@softpool/models';
import type { DataSet } from '../data-set.ts';
import { PURPOSE } from '../purposes.ts';
import { background, draw, OUTLINES, oppositeColors, TEXTURES, toBytes } from './figures.ts';
import { checkGenerated, generatedLabels } from './options.ts';

/** The options of {@link texturedShapes}. */
export interface TexturedShapesOptions {
  /** Number of pictures, evenly distributed over the classes. */
  readonly samples: number;
  /** Height and width in pixels, 8 or more. Default 32. */
  readonly size?: number | undefined;
  /** Seed: a 32-bit integer. Another seed gives other pictures of the same kind. Default 0. */
  readonly seed?: number | undefined;
  /** Standard deviation of the per-pixel noise, on a scale of 0 to 255. Default 25. */
  readonly noise?: number | undefined;
}

/** A class is a combination of texture and outline. */
const CLASSES = TEXTURES.flatMap((texture) => OUTLINES.map((outline) => ({ texture, outline })));

/**
 * Generates pictures [size, size, 3]: one figure of random size, place, rotation and colors over a
 * background of waves, in noise. The nine classes are three textures times three outlines. Pictures
 * are generated when read and always the same.
 *
 * @param options - Number, size and difficulty.
 * @throws RangeError for an invalid option.
 * @example
 * ```ts
 * const shapes = texturedShapes({ samples: 90, size: 24, seed: 7 });
 * shapes.classes.slice(0, 3); // ['striped disk', 'striped square', 'striped triangle']
 * (await shapes.read(0)).shape; // [24, 24, 3]
 * ```
 */
export function texturedShapes(options: TexturedShapesOptions): DataSet {
  const { samples, size = 32, seed = 0, noise = 25 } = options;
  checkGenerated('texturedShapes', { samples, size, seed }, { noise });
  const labels = generatedLabels(samples, CLASSES.length);
  return {
    name: `textured-shapes (seed ${seed})`,
    classes: CLASSES.map(({ texture, outline }) => `${texture} ${outline}`),
    labels,
    describe: (index) => `picture ${index} of textured-shapes, seed ${seed}`,
    read: async (index) => {
      const random = randomOf(seed, PURPOSE.texturedShapes, index);
      const canvas = background(size, random);
      const radius = size * (0.2 + 0.12 * random.uniform());
      draw(canvas, {
        ...(CLASSES[labels[index] as number] as (typeof CLASSES)[number]),
        radius,
        // Almost entirely inside: a triangle's corners are 1.56 radii from its center, but 1.2
        // radii already show its outline.
        x: 1.2 * radius + (size - 2.4 * radius) * random.uniform(),
        y: 1.2 * radius + (size - 2.4 * radius) * random.uniform(),
        angle: 2 * Math.PI * random.uniform(),
        period: radius * (0.7 + 0.5 * random.uniform()),
        colors: oppositeColors(random, 90),
      });
      return { data: toBytes(canvas, noise, random), shape: [size, size, 3] };
    },
  };
}
