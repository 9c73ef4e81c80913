/** Turns pictures and clips into network inputs: rotation, flip, crop, resizing, normalization. */
import type { Pixels } from '@softpool/media';
import { cropPixels, normalizeInPlace, windowInto } from '@softpool/media/internal';
import { resizeImage } from '@softpool/media/node';
import type { Normalization, Random } from '@softpool/models';
import { checkKeys, checkOneOf, product, rangeError } from 'softpool/internal';
import type { Complete } from '../../optional.ts';
import { CorruptSampleError, type Sample, type Transform } from '../data-set.ts';
import { applyJitter, chooseJitter, type Jitter } from './color-jitter.ts';
import { type Crop, type CropPlan, planCrop } from './crops.ts';
import { rotated } from './rotate.ts';

/** The options of {@link createTransform}. */
export interface TransformOptions {
  /**
   * Shape of the network's input: [height, width, channels] for pictures, [frames, height, width,
   * channels] for clips; 1 or 3 channels.
   */
  readonly inputShape: readonly number[];
  /** Which region to take. Default: the center, after resizing so that it just covers the input. */
  readonly crop?: Crop | undefined;
  /**
   * Probability of a horizontal flip, 0–1. Default 0. Keep it at 0 if a class is a direction or a
   * letter.
   */
  readonly flip?: number | undefined;
  /**
   * Largest rotation about the center, in degrees to either side, 0–180. Default 0. Corners that
   * become empty are black.
   */
  readonly rotation?: number | undefined;
  /** Probability of attempting rotation and flip at all, 0–1. Default 1. */
  readonly applied?: number | undefined;
  /**
   * Changes brightness, contrast and saturation in random order, each by a factor of up to
   * 1 ± `colorJitter`, as torchvision's ColorJitter. Default 0.
   */
  readonly colorJitter?: number | undefined;
  /** Default: ImageNet's for 3 channels, mean and deviation 0.5 for 1. */
  readonly normalization?: Normalization | undefined;
}

/** Mean and standard deviation of ImageNet's pixels, as in torchvision. */
export const IMAGENET_NORMALIZATION: Normalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** Values from −1 to 1, for one channel. */
export const HALF_NORMALIZATION: Normalization = { mean: [0.5], std: [0.5] };

/**
 * Creates a transform: rotation and flip, crop, resizing, then `(value / 255 - mean) / std`.
 *
 * All frames of a clip get the same crop, rotation and flip. As many consecutive frames as the
 * input has are taken: from a random position if the crop is random, else from the middle. Gray
 * pictures become three equal channels; color becomes gray by the luma weights of Rec. 601.
 *
 * Pixels are resized linearly by `resizeImage` of `@softpool/media/node`, the counterpart of
 * torchvision's default: downscaling averages over a triangle wide enough to avoid aliasing,
 * upscaling is bilinear. Nothing shifts.
 *
 * @param options - Input shape, augmentation and normalization.
 * @throws RangeError or TypeError for an invalid option. The transform rejects with
 *   CorruptSampleError if a clip has too few frames, and with RangeError if it gets a clip where
 *   it expects a picture, or a picture where it expects a clip.
 * @example
 * ```ts
 * const normalization = { mean: [0.5], std: [0.25] };
 * const transform = createTransform({ inputShape: [2, 2, 1], normalization });
 * const sample = { data: Uint8Array.of(0, 51, 102, 255), shape: [2, 2, 1] };
 * const input = await transform.apply(sample, randomOf(1));
 * input; // ≈ [-2.0, -1.2, -0.4, 2.0]
 * ```
 */
export function createTransform(options: TransformOptions): Transform {
  const settings = checked(options);
  return { inputShape: settings.inputShape, apply: (sample, random) => apply(settings, sample, random) };
}

type Settings = Complete<TransformOptions>;

function checked(options: TransformOptions): Settings {
  checkKeys('createTransform', options, ['inputShape', 'crop', 'flip', 'rotation', 'applied', 'colorJitter', 'normalization']);
  const { inputShape, crop = { kind: 'center' }, flip = 0, rotation = 0, applied = 1, colorJitter = 0 } = options;
  const refuse: Refuse = (option, expected, received) => {
    throw rangeError('createTransform', `options.${option}`, expected, received);
  };
  const shape: readonly number[] = Array.isArray(inputShape) ? inputShape : [];
  const [height = 0, width = 0, channels = 0] = shape.slice(-3);
  const isShape = (shape.length === 3 || shape.length === 4) && shape.every((length) => Number.isSafeInteger(length) && length > 0);
  if (!isShape || (channels !== 1 && channels !== 3)) {
    refuse('inputShape', '[height, width, channels] or [frames, height, width, channels] with 1 or 3 channels', inputShape);
  }
  for (const [option, value] of Object.entries({ flip, applied })) {
    if (!(value >= 0 && value <= 1)) refuse(option, 'a number from 0 to 1', value);
  }
  if (!(rotation >= 0 && rotation <= 180)) refuse('rotation', 'a number of degrees from 0 to 180', rotation);
  if (!(colorJitter >= 0 && colorJitter < Number.POSITIVE_INFINITY)) refuse('colorJitter', 'a number ≥ 0', colorJitter);
  checkCrop(crop, [height, width], refuse);
  const normalization = options.normalization ?? (channels === 3 ? IMAGENET_NORMALIZATION : HALF_NORMALIZATION);
  for (const name of ['mean', 'std'] as const) {
    const values = normalization[name];
    const isGood =
      Array.isArray(values) &&
      values.length === channels &&
      values.every((value) => Number.isFinite(value) && (name === 'mean' || value > 0));
    if (!isGood) refuse(`normalization.${name}`, `${channels} numbers${name === 'std' ? ' above 0' : ''}`, values);
  }
  return { inputShape, crop, flip, rotation, applied, colorJitter, normalization };
}

type Refuse = (option: string, expected: string, received: unknown) => never;

/** The options of each kind of crop. */
const CROP_KEYS = { randomResized: ['scale', 'ratio'], random: ['resize', 'padding'], center: ['resize'] } as const;

function checkCrop(crop: Crop, [height, width]: readonly [number, number], refuse: Refuse): void {
  checkOneOf('createTransform', 'options.crop.kind', crop?.kind, Object.keys(CROP_KEYS));
  checkKeys('createTransform', crop, ['kind', ...CROP_KEYS[crop.kind]], 'options.crop');
  if (crop.kind === 'randomResized') {
    const { scale = [0.08, 1], ratio = [3 / 4, 4 / 3] } = crop;
    if (!(scale[0] > 0 && scale[0] <= scale[1] && scale[1] <= 1)) {
      refuse('crop.scale', 'two increasing numbers above 0 and up to 1', scale);
    }
    if (!(ratio[0] > 0 && ratio[0] <= ratio[1])) refuse('crop.ratio', 'two increasing numbers above 0', ratio);
    return;
  }
  const sides = crop.resize === undefined ? [height, width] : typeof crop.resize === 'number' ? [crop.resize, crop.resize] : crop.resize;
  const isLarge = [height, width].every((side, axis) => Number.isSafeInteger(sides[axis]) && (sides[axis] as number) >= side);
  if (!isLarge) refuse('crop.resize', `an integer, at least the input's ${height} × ${width}`, crop.resize);
  const padding = crop.kind === 'random' ? (crop.padding ?? 0) : 0;
  if (!Number.isSafeInteger(padding) || padding < 0) refuse('crop.padding', 'an integer ≥ 0', padding);
}

/** The view chosen for one sample, the same for all its frames. */
interface View extends CropPlan {
  readonly degrees: number;
  readonly isFlipped: boolean;
  readonly jitter: Jitter;
}

async function apply(settings: Settings, sample: Sample, random: Random): Promise<Float32Array> {
  const { inputShape } = settings;
  if (sample.shape.length !== inputShape.length) {
    const [needed, given] = inputShape.length === 4 ? ['clips', 'a picture'] : ['pictures', 'a clip'];
    throw new RangeError(`a transform for ${needed} [${inputShape.join(', ')}] cannot take ${given} [${sample.shape.join(', ')}]`);
  }
  const [height, width, channels] = sample.shape.slice(-3) as [number, number, number];
  const view = chooseView(settings, [height, width], random);
  const frames = inputShape.length === 4 ? (inputShape[0] as number) : 1;
  const first = inputShape.length === 4 ? firstFrame(settings, sample, frames, random) : 0;
  const frameSize = height * width * channels;
  const crops = await Promise.all(
    Array.from({ length: frames }, (_, frame) => {
      const data = sample.data.subarray((first + frame) * frameSize, (first + frame + 1) * frameSize);
      return resized({ data, shape: [height, width, channels] }, view);
    }),
  );
  const inputs = new Float32Array(product(inputShape));
  const size = inputs.length / frames;
  for (const [frame, crop] of crops.entries()) normalizeInto(inputs.subarray(frame * size, (frame + 1) * size), crop, view, settings);
  return inputs;
}

function chooseView(
  { inputShape, crop, flip, rotation, applied, colorJitter }: Settings,
  size: readonly [number, number],
  random: Random,
): View {
  const output = inputShape.slice(-3, -1) as [number, number];
  const isApplied = applied === 1 || (applied > 0 && random.uniform() < applied);
  const degrees = isApplied && rotation > 0 ? rotation * (2 * random.uniform() - 1) : 0;
  const isFlipped = isApplied && flip > 0 && random.uniform() < flip;
  return { ...planCrop(crop, size, output, random), degrees, isFlipped, jitter: chooseJitter(colorJitter, random) };
}

function firstFrame({ crop }: Settings, sample: Sample, frames: number, random: Random): number {
  const spare = (sample.shape[0] as number) - frames;
  if (spare < 0) throw new CorruptSampleError(`a clip of ${sample.shape[0]} frames is too short for an input of ${frames}`);
  return crop.kind === 'center' ? Math.floor(spare / 2) : random.integer(spare + 1);
}

/**
 * Rotates a picture, cuts its region and resizes it. A picture that needs none of it is returned.
 */
async function resized(picture: Sample, { region, size, degrees }: View): Promise<Sample> {
  const pixels = cropPixels(pixelsOf(degrees === 0 ? picture : rotated(picture, degrees)), region);
  const { channels } = pixels;
  if (size.width === region.width && size.height === region.height)
    return { data: pixels.data, shape: [size.height, size.width, channels] };
  const small = await resizeImage(pixels, { width: size.width, height: size.height, fit: 'fill', method: 'linear' });
  return { data: small.data, shape: [size.height, size.width, channels] };
}

/** Writes the window of a resized picture as normalized values. Outside the picture is black. */
function normalizeInto(target: Float32Array, picture: Sample, { window, isFlipped, jitter }: View, settings: Settings): void {
  const { inputShape, normalization } = settings;
  const [height, width, channels] = inputShape.slice(-3) as [number, number, number];
  windowInto(target, pixelsOf(picture), { ...window, height, width, channels, isFlipped });
  applyJitter(target, channels, jitter);
  normalizeInPlace(target, { divisor: 255, ...normalization });
}

function pixelsOf({ data, shape }: Sample): Pixels<Uint8Array> {
  const [height, width, channels] = shape as [number, number, 1 | 3];
  return { data, width, height, channels };
}
