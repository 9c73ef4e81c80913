/** Generated clips whose classes only motion tells apart: direction and speed of a figure. */
import { type Random, randomOf } from '@softpool/models';
import type { Complete } from '../../optional.ts';
import type { DataSet, Sample } from '../data-set.ts';
import { PURPOSE } from '../purposes.ts';
import { background, type Canvas, draw, type Figure, OUTLINES, oppositeColors, TEXTURES, toBytes } from './figures.ts';
import { checkGenerated, checkRange, generatedLabels } from './options.ts';

/** The options of {@link movingShapes}. */
export interface MovingShapesOptions {
  /** Number of clips, evenly distributed over the classes. */
  readonly samples: number;
  /** Frames per clip, 2 or more. Default 8. */
  readonly frames?: number | undefined;
  /** Height and width in pixels, 8 or more. Default 32. */
  readonly size?: number | undefined;
  /** Seed: a 32-bit integer. Another seed gives other clips of the same kind. Default 0. */
  readonly seed?: number | undefined;
  /** Standard deviation of the per-pixel noise, on a scale of 0 to 255. Default 25. */
  readonly noise?: number | undefined;
  /** Number of smaller distractor figures, each on a random walk. Default 3. */
  readonly clutter?: number | undefined;
  /** Standard deviation of the path jitter per frame, in 32nds of the size. Default 0.5. */
  readonly jitter?: number | undefined;
  /**
   * How far motions deviate from their class: 1 is a standard deviation of 20° in direction and of
   * a factor of e^0.25 in speed. At 0 a classifier can reach 100 % accuracy; at 1 the classes
   * overlap and 89.5 % is the best possible. Default 1.
   */
  readonly ambiguity?: number | undefined;
}

const DIRECTIONS = ['right', 'down', 'left', 'up'] as const;
/** In 32nds of the size per frame. */
const SPEEDS = { slowly: 1, fast: 2 } as const;
const CLASSES = DIRECTIONS.flatMap((direction, turn) =>
  Object.entries(SPEEDS).map(([word, speed]) => ({ name: `${direction} ${word}`, angle: (turn * Math.PI) / 2, speed })),
);
const ANGLE_DEVIATION = (20 * Math.PI) / 180;
const SPEED_DEVIATION = 0.25;

/**
 * Generates clips [frames, size, size, 3]: a textured figure moves over a background of waves,
 * among smaller figures on random walks, in noise. The eight classes are four directions, each slow
 * or fast. Figures that leave the picture come back at the opposite edge, so single frames look the
 * same in every class and only motion tells them apart. Clips are generated when read and always
 * the same.
 *
 * @param options - Number, length, size and difficulty.
 * @throws RangeError for an invalid option.
 * @example
 * ```ts
 * const clips = movingShapes({ samples: 80, frames: 4, size: 16, seed: 7 });
 * clips.classes.slice(0, 3); // ['right slowly', 'right fast', 'down slowly']
 * (await clips.read(0)).shape; // [4, 16, 16, 3]
 * ```
 */
export function movingShapes(options: MovingShapesOptions): DataSet {
  const { samples, frames = 8, size = 32, seed = 0, noise = 25, clutter = 3, jitter = 0.5, ambiguity = 1 } = options;
  checkGenerated('movingShapes', { samples, size, seed }, { noise, jitter, ambiguity });
  checkRange('movingShapes', 'frames', frames, 2, 1024);
  checkRange('movingShapes', 'clutter', clutter, 0, 1000);
  const labels = generatedLabels(samples, CLASSES.length);
  const scene = { frames, size, noise, clutter, jitter, ambiguity };
  return {
    name: `moving-shapes (seed ${seed})`,
    classes: CLASSES.map(({ name }) => name),
    labels,
    isMirrorable: false, // a flip turns left into right
    describe: (index) => `clip ${index} of moving-shapes, seed ${seed}`,
    read: async (index) => renderClip(scene, labels[index] as number, randomOf(seed, PURPOSE.movingShapes, index)),
  };
}

/**
 * A random motion of a class: angle in radians clockwise from the right, speed in 32nds of the size
 * per frame.
 */
export function motionOf(label: number, ambiguity: number, random: Random): { angle: number; speed: number } {
  const { angle, speed } = CLASSES[label] as (typeof CLASSES)[number];
  return {
    angle: angle + ambiguity * ANGLE_DEVIATION * random.normal(),
    speed: speed * Math.exp(ambiguity * SPEED_DEVIATION * random.normal()),
  };
}

function renderClip(scene: Complete<Omit<MovingShapesOptions, 'samples' | 'seed'>>, label: number, random: Random): Sample {
  const { frames, size, noise, clutter, jitter, ambiguity } = scene;
  const unit = size / 32;
  const { angle, speed } = motionOf(label, ambiguity, random);
  const ground = background(size, random);
  const moving = randomFigure(size, size * (0.14 + 0.06 * random.uniform()), 80, random);
  let distractors = Array.from({ length: clutter }, () => randomFigure(size, size * (0.07 + 0.04 * random.uniform()), 80, random));
  const data = new Uint8Array(frames * size * size * 3);
  for (let frame = 0; frame < frames; frame++) {
    const canvas: Canvas = { data: ground.data.slice(), size };
    for (const figure of distractors) draw(canvas, figure);
    const place = (start: number, component: number): number =>
      start + unit * (frame * speed * component + (jitter === 0 ? 0 : jitter * random.normal()));
    draw(canvas, { ...moving, x: place(moving.x, Math.cos(angle)), y: place(moving.y, Math.sin(angle)) });
    data.set(toBytes(canvas, noise, random), frame * canvas.data.length);
    distractors = distractors.map((figure) => stepped(figure, 1.5 * unit, random));
  }
  return { data, shape: [frames, size, size, 3] };
}

/** A figure of random place and look. */
function randomFigure(size: number, radius: number, contrast: number, random: Random): Figure {
  return {
    outline: OUTLINES[random.integer(OUTLINES.length)] as Figure['outline'],
    texture: TEXTURES[random.integer(TEXTURES.length)] as Figure['texture'],
    x: size * random.uniform(),
    y: size * random.uniform(),
    radius,
    angle: 2 * Math.PI * random.uniform(),
    period: radius * (0.7 + 0.5 * random.uniform()),
    colors: oppositeColors(random, contrast),
  };
}

/** A figure after one step of its random walk. */
function stepped(figure: Figure, step: number, random: Random): Figure {
  const angle = 2 * Math.PI * random.uniform();
  return { ...figure, x: figure.x + step * Math.cos(angle), y: figure.y + step * Math.sin(angle) };
}
