/** What makes a network's input of a picture or a clip: rotation, crop, flip, normalization. */

import type { Random } from '@softpool/models';
import sharp from 'sharp';
import { type Crop, type CropPlan, planCrop } from './crops.ts';
import { CorruptSampleError, type Sample, type Transform } from './data-set.ts';

/** What is subtracted from each channel, and what it is then divided by, on a scale of 0 to 1. */
export interface Normalization {
  /** One value for each channel. */
  readonly mean: readonly number[];
  /** One value above 0 for each channel. */
  readonly std: readonly number[];
}

/** The options of {@link createTransform}. */
export interface TransformOptions {
  /** The shape of the input: [height, width, channels] for pictures, [frames, height, width, channels] for clips; 1 or 3 channels. */
  readonly shape: readonly number[];
  /** What part is taken. Default: the middle, resized so that it just covers the input. */
  readonly crop?: Crop;
  /** How likely left and right are exchanged. Default 0: where a class is a direction, or a letter, it must stay 0. */
  readonly flip?: number;
  /** By up to how many degrees, to either side, the picture is turned around its middle, with black where it leaves corners. Default 0. */
  readonly rotation?: number;
  /** How likely rotation and flip are tried at all. Default 1. */
  readonly applied?: number;
  /** Default: ImageNet's for 3 channels, a mean and a deviation of 0.5 for 1. */
  readonly normalization?: Normalization;
  /** How pixels are resized; see {@link createTransform}. Default `'linear'`. */
  readonly resampling?: 'linear' | 'cubic';
}

/** The mean and the deviation of ImageNet's pixels, as torchvision has them. */
export const IMAGENET_NORMALIZATION: Normalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

const HALF: Normalization = { mean: [0.5], std: [0.5] };

/**
 * Makes a transform: rotation and flip, crop, resizing, then `(value / 255 - mean) / std`. Of a clip all frames are treated the same, and of its frames as many as
 * the input has are taken, one after another, from any place if the crop is by chance, else from the middle. Grey becomes three equal channels, and
 * colours become one by Rec. 601's weights of luma.
 *
 * Pixels are resized by sharp. `'linear'`, as torchvision's default: smaller by a triangle as wide as it takes so that nothing aliases, larger bilinearly;
 * `'cubic'` is sharper, as some networks were trained with. What is made larger comes out half a pixel further down and right than Pillow has it.
 *
 * @param options - The shape, the augmentation, the normalization.
 * @throws RangeError if an option makes no sense. The transform rejects with CorruptSampleError if a clip has too few frames, and with RangeError if it gets clips
 *   for pictures or pictures for clips.
 * @example
 * ```ts
 * const transform = createTransform({ shape: [2, 2, 1], normalization: { mean: [0.5], std: [0.25] } });
 * const input = await transform.apply({ data: Uint8Array.of(0, 51, 102, 255), shape: [2, 2, 1] }, randomOf(1));
 * input; // ≈ [-2.0, -1.2, -0.4, 2.0]
 * ```
 */
export function createTransform(options: TransformOptions): Transform {
  const settings = checked(options);
  return { shape: settings.shape, apply: (sample, random) => apply(settings, sample, random) };
}

type Settings = Required<TransformOptions>;

function checked(options: TransformOptions): Settings {
  const { shape, crop = { kind: 'centre' }, flip = 0, rotation = 0, applied = 1, resampling = 'linear' } = options;
  const refuse = (option: string, expected: string, received: unknown): never => {
    throw new RangeError(`createTransform: options.${option} must be ${expected}, received ${received}`);
  };
  const [height = 0, width = 0, channels = 0] = shape.slice(-3);
  const isShape = (shape.length === 3 || shape.length === 4) && shape.every((length) => Number.isSafeInteger(length) && length > 0);
  if (!isShape || (channels !== 1 && channels !== 3)) {
    refuse('shape', '[height, width, channels] or [frames, height, width, channels] with 1 or 3 channels', `[${shape.join(', ')}]`);
  }
  for (const [option, value] of Object.entries({ flip, applied })) {
    if (!(value >= 0 && value <= 1)) refuse(option, 'a number from 0 to 1', value);
  }
  if (!(rotation >= 0 && rotation <= 180)) refuse('rotation', 'a number of degrees from 0 to 180', rotation);
  if (resampling !== 'linear' && resampling !== 'cubic') refuse('resampling', `'linear' or 'cubic'`, resampling);
  checkCrop(crop, [height, width], refuse);
  const normalization = options.normalization ?? (channels === 3 ? IMAGENET_NORMALIZATION : HALF);
  for (const name of ['mean', 'std'] as const) {
    const values = normalization[name];
    const isGood = values.length === channels && values.every((value) => Number.isFinite(value) && (name === 'mean' || value > 0));
    if (!isGood) refuse(`normalization.${name}`, `${channels} numbers${name === 'std' ? ' above 0' : ''}`, `[${values.join(', ')}]`);
  }
  return { shape, crop, flip, rotation, applied, normalization, resampling };
}

function checkCrop(
  crop: Crop,
  [height, width]: [number, number],
  refuse: (option: string, expected: string, received: unknown) => never,
): void {
  if (!['randomResized', 'random', 'centre'].includes(crop.kind)) refuse('crop.kind', `'randomResized', 'random' or 'centre'`, crop.kind);
  if (crop.kind === 'randomResized') {
    const { scale = [0.08, 1], ratio = [3 / 4, 4 / 3] } = crop;
    if (!(scale[0] > 0 && scale[0] <= scale[1] && scale[1] <= 1))
      refuse('crop.scale', 'two shares above 0, in order, up to 1', `[${scale.join(', ')}]`);
    if (!(ratio[0] > 0 && ratio[0] <= ratio[1])) refuse('crop.ratio', 'two numbers above 0, in order', `[${ratio.join(', ')}]`);
    return;
  }
  const sides = crop.resize === undefined ? [height, width] : typeof crop.resize === 'number' ? [crop.resize, crop.resize] : crop.resize;
  const isLarge = [height, width].every((side, axis) => Number.isSafeInteger(sides[axis]) && (sides[axis] as number) >= side);
  if (!isLarge) refuse('crop.resize', `whole and at least ${height} × ${width}, the size of the input`, `${crop.resize}`);
  const padding = crop.kind === 'random' ? (crop.padding ?? 0) : 0;
  if (!Number.isSafeInteger(padding) || padding < 0) refuse('crop.padding', 'an integer of at least 0', padding);
}

/** How one sample is seen, all its frames alike. */
interface View extends CropPlan {
  readonly degrees: number;
  readonly isFlipped: boolean;
}

async function apply(settings: Settings, sample: Sample, random: Random): Promise<Float32Array> {
  const { shape } = settings;
  if (sample.shape.length !== shape.length) {
    const kind = shape.length === 4 ? 'clips, and the sample is a picture' : 'pictures, and the sample is a clip';
    throw new RangeError(`the input [${shape.join(', ')}] is for ${kind} [${sample.shape.join(', ')}]`);
  }
  const [height, width, channels] = sample.shape.slice(-3) as [number, number, number];
  const view = chooseView(settings, [height, width], random);
  const frames = shape.length === 4 ? (shape[0] as number) : 1;
  const first = shape.length === 4 ? firstFrame(settings, sample, frames, random) : 0;
  const frameSize = height * width * channels;
  const crops = await Promise.all(
    Array.from({ length: frames }, (_, frame) => {
      const data = sample.data.subarray((first + frame) * frameSize, (first + frame + 1) * frameSize);
      return resized({ data, shape: [height, width, channels] }, view, settings.resampling);
    }),
  );
  const inputs = new Float32Array(shape.reduce((size, length) => size * length, 1));
  for (const [frame, crop] of crops.entries()) normalizeInto(inputs.subarray((frame * inputs.length) / frames), crop, view, settings);
  return inputs;
}

function chooseView({ shape, crop, flip, rotation, applied }: Settings, size: readonly [number, number], random: Random): View {
  const output = shape.slice(-3, -1) as [number, number];
  const isApplied = applied === 1 || (applied > 0 && random.uniform() < applied);
  const degrees = isApplied && rotation > 0 ? rotation * (2 * random.uniform() - 1) : 0;
  const isFlipped = isApplied && flip > 0 && random.uniform() < flip;
  return { ...planCrop(crop, size, output, random), degrees, isFlipped };
}

function firstFrame({ crop }: Settings, sample: Sample, frames: number, random: Random): number {
  const more = (sample.shape[0] as number) - frames;
  if (more < 0) throw new CorruptSampleError(`a clip of ${sample.shape[0]} frames is too short for an input of ${frames}`);
  return crop.kind === 'centre' ? Math.floor(more / 2) : random.integer(more + 1);
}

/** The region of a picture, turned and resized: left as it is where nothing is to be done. */
async function resized(picture: Sample, { region, size, degrees }: View, kernel: 'linear' | 'cubic'): Promise<Sample> {
  const [height, width, channels] = picture.shape as [number, number, number];
  const isWhole = region.width === width && region.height === height;
  const isSame = size.width === region.width && size.height === region.height;
  if (isWhole && isSame && degrees === 0) return picture;
  const { data } = picture;
  let image = sharp(data, { raw: { width, height, channels: channels as 1 | 3 } }).toColourspace(channels === 1 ? 'b-w' : 'srgb');
  let [left, top] = [region.left, region.top];
  if (degrees !== 0) {
    // sharp enlarges the picture to hold its turned corners; what counts is the part where the picture was.
    const turned = await image.rotate(degrees, { background: 'black' }).raw().toBuffer({ resolveWithObject: true });
    const { info } = turned;
    image = sharp(turned.data, { raw: { width: info.width, height: info.height, channels: info.channels as 1 | 3 } }).toColourspace(
      channels === 1 ? 'b-w' : 'srgb',
    );
    left += Math.floor((info.width - width) / 2);
    top += Math.floor((info.height - height) / 2);
  }
  const cut = image.extract({ left, top, width: region.width, height: region.height });
  const sized = isSame ? cut : cut.resize(size.width, size.height, { fit: 'fill', kernel });
  return { data: await sized.raw().toBuffer(), shape: [size.height, size.width, channels] };
}

/** Rec. 601's luma, by which Pillow too makes colours grey. */
const LUMA = [0.299, 0.587, 0.114] as const;

/** Writes the window of a resized picture, flipped if it is, as normalized values; outside of the picture is black. */
function normalizeInto(target: Float32Array, picture: Sample, { window, isFlipped }: View, { shape, normalization }: Settings): void {
  const [pictureHeight, pictureWidth, pictureChannels] = picture.shape as [number, number, number];
  const [height, width, channels] = shape.slice(-3) as [number, number, number];
  const { data } = picture;
  const valueAt = (pixel: number, c: number): number => {
    if (channels === pictureChannels) return data[pixel * channels + c] as number;
    if (pictureChannels === 1) return data[pixel] as number;
    return LUMA.reduce((sum, weight, colour) => sum + weight * (data[3 * pixel + colour] as number), 0);
  };
  for (let y = 0; y < height; y++) {
    const row = window.top + y;
    for (let x = 0; x < width; x++) {
      const column = window.left + (isFlipped ? width - 1 - x : x);
      const isInside = row >= 0 && row < pictureHeight && column >= 0 && column < pictureWidth;
      for (let c = 0; c < channels; c++) {
        const value = isInside ? valueAt(row * pictureWidth + column, c) : 0;
        target[(y * width + x) * channels + c] = (value / 255 - (normalization.mean[c] as number)) / (normalization.std[c] as number);
      }
    }
  }
}
