/** Pictures made by a seed: textured figures on a ground of waves, for tests and experiments. */
import { randomOf } from '@softpool/models';
import type { DataSet } from './data-set.ts';
import { background, develop, draw, OUTLINES, opposites, TEXTURES } from './figures.ts';
import { checkGenerated, generatedLabels } from './generated.ts';
import { PURPOSE } from './purposes.ts';

/** The options of {@link texturedShapes}. */
export interface TexturedShapesOptions {
  /** The number of pictures, shared evenly among the classes. */
  readonly samples: number;
  /** Pixels in height and width. Default 32. */
  readonly size?: number;
  /** Determines the pictures: an integer of 32 bits. Another seed gives other pictures of the same kind, as for validation. Default 0. */
  readonly seed?: number;
  /** The standard deviation of each pixel's noise, on a scale of 0 to 255. Default 25. */
  readonly noise?: number;
}

/** A class: what is to be told from the picture. */
const CLASSES = TEXTURES.flatMap((texture) => OUTLINES.map((outline) => ({ texture, outline })));

/**
 * A data set of pictures made by a seed, [size, size, 3]: one figure of any size, place, turn and colours on a ground of waves, in noise. Its nine classes
 * are three textures of three outlines. A picture is made when it is read, always the same.
 *
 * @param options - How many, how large, how hard.
 * @throws RangeError if an option makes no sense.
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
        // Wholly within the picture: the corners of a triangle are 1.56 radii from its centre, and those within 1.2 tell its outline.
        x: 1.2 * radius + (size - 2.4 * radius) * random.uniform(),
        y: 1.2 * radius + (size - 2.4 * radius) * random.uniform(),
        angle: 2 * Math.PI * random.uniform(),
        period: radius * (0.7 + 0.5 * random.uniform()),
        colours: opposites(random, 90),
      });
      return { data: develop(canvas, noise, random), shape: [size, size, 3] };
    },
  };
}
