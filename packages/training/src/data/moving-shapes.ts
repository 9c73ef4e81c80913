/** Clips made by a seed whose classes need time: where to, and how fast, a textured figure moves among others. */
import { type Random, randomOf } from '@softpool/models';
import type { DataSet, Sample } from './data-set.ts';
import { background, type Canvas, develop, draw, type Figure, OUTLINES, opposites, TEXTURES } from './figures.ts';
import { checkGenerated, checkWhole, generatedLabels } from './generated.ts';
import { PURPOSE } from './purposes.ts';

/** The options of {@link movingShapes}. */
export interface MovingShapesOptions {
  /** The number of clips, shared evenly among the classes. */
  readonly samples: number;
  /** Frames of a clip. Default 8. */
  readonly frames?: number;
  /** Pixels in height and width. Default 32. */
  readonly size?: number;
  /** Determines the clips: an integer of 32 bits. Another seed gives other clips of the same kind, as for validation. Default 0. */
  readonly seed?: number;
  /** The standard deviation of each pixel's noise, new in each frame, on a scale of 0 to 255. Default 25. */
  readonly noise?: number;
  /** The number of smaller figures that are in the way: each takes a step to another side in every frame. Default 3. */
  readonly clutter?: number;
  /** The standard deviation of the moving figure's place around its path, new in each frame, in 32nds of the size. Default 0.5. */
  readonly jitter?: number;
  /**
   * By how much the motion may differ from that of its class, in standard deviations of 20° of direction and of a factor of e^0.25 of speed. From
   * 0 on, where a classifier could reach 100 %; at 1 the motions of the classes overlap so far that none can be right more often than 89.5 % of the
   * times. Default 1.
   */
  readonly ambiguity?: number;
}

const DIRECTIONS = ['right', 'down', 'left', 'up'] as const;
/** In 32nds of the size, each frame. */
const SPEEDS = { slowly: 1, fast: 2 } as const;
const CLASSES = DIRECTIONS.flatMap((direction, turn) =>
  Object.entries(SPEEDS).map(([word, speed]) => ({ name: `${direction} ${word}`, angle: (turn * Math.PI) / 2, speed })),
);
const ANGLE_DEVIATION = (20 * Math.PI) / 180;
const SPEED_DEVIATION = 0.25;

/**
 * A data set of clips made by a seed, [frames, size, size, 3]: a textured figure of any outline, size and colours moves in front of a ground of waves,
 * among smaller figures that stagger, in noise. Its eight classes are four directions, each slowly or fast. What leaves the picture comes back at its
 * opposite edge, so that any one frame looks the same in every class, and only time tells them apart. A clip is made when it is read, always the same.
 *
 * @param options - How many, how long, how large, how hard.
 * @throws RangeError if an option makes no sense.
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
  checkWhole('movingShapes', 'frames', frames, 2);
  checkWhole('movingShapes', 'clutter', clutter, 0);
  const labels = generatedLabels(samples, CLASSES.length);
  const scene = { frames, size, noise, clutter, jitter, ambiguity };
  return {
    name: `moving-shapes (seed ${seed})`,
    classes: CLASSES.map(({ name }) => name),
    labels,
    isMirrorable: false, // 'left' would become 'right'
    describe: (index) => `clip ${index} of moving-shapes, seed ${seed}`,
    read: async (index) => film(scene, labels[index] as number, randomOf(seed, PURPOSE.movingShapes, index)),
  };
}

/** The motion of a clip of a class: where to, in radians clockwise from the right, and how fast, in 32nds of the size each frame. */
export function motionOf(label: number, ambiguity: number, random: Random): { angle: number; speed: number } {
  const { angle, speed } = CLASSES[label] as (typeof CLASSES)[number];
  return {
    angle: angle + ambiguity * ANGLE_DEVIATION * random.normal(),
    speed: speed * Math.exp(ambiguity * SPEED_DEVIATION * random.normal()),
  };
}

function film(scene: Required<Omit<MovingShapesOptions, 'samples' | 'seed'>>, label: number, random: Random): Sample {
  const { frames, size, noise, clutter, jitter, ambiguity } = scene;
  const unit = size / 32;
  const { angle, speed } = motionOf(label, ambiguity, random);
  const ground = background(size, random);
  const moving = someFigure(size, size * (0.14 + 0.06 * random.uniform()), 80, random);
  let staggering = Array.from({ length: clutter }, () => someFigure(size, size * (0.07 + 0.04 * random.uniform()), 80, random));
  const data = new Uint8Array(frames * size * size * 3);
  for (let frame = 0; frame < frames; frame++) {
    const canvas: Canvas = { data: ground.data.slice(), size };
    for (const figure of staggering) draw(canvas, figure);
    const place = (start: number, component: number): number =>
      start + unit * (frame * speed * component + (jitter === 0 ? 0 : jitter * random.normal()));
    draw(canvas, { ...moving, x: place(moving.x, Math.cos(angle)), y: place(moving.y, Math.sin(angle)) });
    data.set(develop(canvas, noise, random), frame * canvas.data.length);
    staggering = staggering.map((figure) => staggered(figure, 1.5 * unit, random));
  }
  return { data, shape: [frames, size, size, 3] };
}

/** A figure anywhere. */
function someFigure(size: number, radius: number, contrast: number, random: Random): Figure {
  return {
    outline: OUTLINES[random.integer(OUTLINES.length)] as Figure['outline'],
    texture: TEXTURES[random.integer(TEXTURES.length)] as Figure['texture'],
    x: size * random.uniform(),
    y: size * random.uniform(),
    radius,
    angle: 2 * Math.PI * random.uniform(),
    period: radius * (0.7 + 0.5 * random.uniform()),
    colours: opposites(random, contrast),
  };
}

function staggered(figure: Figure, step: number, random: Random): Figure {
  const angle = 2 * Math.PI * random.uniform();
  return { ...figure, x: figure.x + step * Math.cos(angle), y: figure.y + step * Math.sin(angle) };
}
