/** Images as the input of a model: resized, cropped, normalized, in the axis order of the model. */
import type { Pixels } from '@softpool/media';
import { UsageError } from '../exit-codes.ts';
import { elementsOf } from './elements.ts';
import type { ModelInput, TensorValue } from './runnable-model.ts';

/** How images are prepared. */
export interface ImageFlags {
  /** The shorter side, or [height, width]. */
  readonly resize?: number | readonly [number, number];
  /** [height, width] of the center crop. */
  readonly crop?: readonly [number, number];
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly normalize?: 'imagenet';
  /** The value of a white pixel, before `mean` and `std`. */
  readonly pixels?: '1' | '255';
  readonly layout?: Layout;
  readonly order?: 'rgb' | 'bgr';
}

/** The options that only images have. */
export const IMAGE_OPTIONS = [
  'resize',
  'crop',
  'mean',
  'std',
  'normalize',
  'pixels',
  'layout',
  'order',
] as const satisfies readonly (keyof ImageFlags)[];

type Layout = 'channelsFirst' | 'channelsLast';

/**
 * Makes the function that reads an image for an input. Throws a UsageError if the input or the
 * flags do not fit images.
 */
export async function imageReader(input: ModelInput, flags: ImageFlags): Promise<(path: string) => Promise<TensorValue>> {
  if (!TYPES.includes(input.type)) {
    throw new UsageError(`--images needs an input of type ${TYPES.join(', ')}, and the input of the model is ${input.type}`);
  }
  const layout = flags.layout ?? layoutOf(input);
  const sizes = sizesOf(input, layout, flags);
  checkResize(flags.resize, sizes);
  const { mean, std } = perChannel(normalizationOf(flags, input.type), sizes.channels);
  const { flattenImage, readImage, resizeImage } = await import('@softpool/media/node');
  return async (path) => {
    const image = flattenImage(await readImage(path));
    const size = resizedTo(flags.resize, image, sizes);
    const isSame = size.height === image.height && size.width === image.width;
    const resized = isSame ? image : await resizeImage(image, { ...size, fit: 'fill', method: 'linear' });
    const values = normalizedCrop(resized, sizes, mean, std);
    const { channels, height, width } = sizes;
    const data = elementsOf(input.type, arranged(values, channels, layout, flags.order ?? 'rgb'));
    return { type: input.type, data, shape: layout === 'channelsFirst' ? [1, channels, height, width] : [1, height, width, channels] };
  };
}

const TYPES: readonly TensorValue['type'][] = ['float32', 'float16', 'float64', 'uint8'];

/** The channels are on the side that has size 1 or 3. */
function layoutOf({ shape }: ModelInput): Layout {
  const [first, last] = [shape[1], shape[3]].map((size) => size === 1 || size === 3);
  if (first && !last) return 'channelsFirst';
  if (last && !first) return 'channelsLast';
  throw new UsageError(`the input of the model, ${inWords(shape)}, does not tell which axis has the channels; use --layout`);
}

interface Sizes {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

function sizesOf({ shape }: ModelInput, layout: Layout, { crop }: ImageFlags): Sizes {
  const [batch = 1, ...sizes] = shape;
  const [channels = 3, ...stated] = layout === 'channelsFirst' ? sizes : [sizes[2], sizes[0], sizes[1]];
  const wrong = (what: string): UsageError => new UsageError(`the input of the model, ${inWords(shape)}, ${what}`);
  if (batch !== 1) throw wrong(`takes ${batch} images at once; use a model with a batch of 1`);
  if (channels !== 1 && channels !== 3) throw wrong(`has ${channels} channels, and images have 1 or 3`);
  const [height, width] = stated.map((size, axis) => size ?? crop?.[axis]);
  if (height === undefined || width === undefined) throw wrong('has dynamic sizes; use --crop, such as --crop 224 or --crop 224x320');
  if (crop !== undefined && (crop[0] !== height || crop[1] !== width)) throw wrong(`does not fit --crop ${crop.join('x')}`);
  return { channels, height, width };
}

function checkResize(resize: ImageFlags['resize'], { height, width }: Sizes): void {
  if (resize === undefined) return;
  const [down, across] = typeof resize === 'number' ? [resize, resize] : resize;
  if (down >= height && across >= width) return;
  const given = typeof resize === 'number' ? resize : resize.join('x');
  throw new UsageError(`--resize ${given} is smaller than the input of the model, ${height}x${width}`);
}

interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** The mean and standard deviation of ImageNet's pixels on a 0–1 scale, as torchvision has them. */
const IMAGENET: Normalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** Mean and standard deviation on a scale where white is 1. */
function normalizationOf({ normalize, pixels, mean = [0], std = [1] }: ImageFlags, type: TensorValue['type']): Normalization {
  if (normalize === 'imagenet') return IMAGENET;
  const white = Number(pixels ?? (type === 'uint8' ? 255 : 1));
  return { mean: mean.map((value) => value / white), std: std.map((value) => value / white) };
}

/** One number is for all channels. */
function perChannel({ mean, std }: Normalization, channels: number): Normalization {
  const spread = (option: string, values: readonly number[]): readonly number[] => {
    if (values.length === channels) return values;
    if (values.length === 1) return Array.from({ length: channels }, () => values[0] ?? 0);
    throw new UsageError(`${option} has ${values.length} numbers, and the input of the model ${channels} channels`);
  };
  return { mean: spread('--mean', mean), std: spread('--std', std) };
}

/** The size of the resized image, by torchvision's rule: the longer side is rounded down. */
function resizedTo(resize: ImageFlags['resize'], image: Pixels, { height, width }: Sizes): { height: number; width: number } {
  if (typeof resize === 'object') return { height: resize[0], width: resize[1] };
  const factor = resize === undefined ? Math.max(height / image.height, width / image.width) : resize / Math.min(image.height, image.width);
  // 1e-9 is for quotients that would be whole if they were exact.
  const scaled = (side: number, least: number): number => Math.max(least, Math.floor(side * factor + 1e-9));
  return { height: scaled(image.height, height), width: scaled(image.width, width) };
}

/** Rec. 601's luma. */
const LUMA = [0.299, 0.587, 0.114];

/**
 * The center of an image as normalized values [height, width, channels]; gray and color are
 * converted.
 */
function normalizedCrop(image: Pixels, { channels, height, width }: Sizes, mean: readonly number[], std: readonly number[]): Float32Array {
  const [top, left] = [centered(image.height - height), centered(image.width - width)];
  const values = new Float32Array(height * width * channels);
  const sample = (pixel: number, channel: number): number => image.data[pixel * image.channels + channel] ?? 0;
  const value = (pixel: number, channel: number): number => {
    if (image.channels === channels) return sample(pixel, channel);
    if (image.channels === 1) return sample(pixel, 0);
    return LUMA.reduce((sum, weight, color) => sum + weight * sample(pixel, color), 0);
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = (top + y) * image.width + left + x;
      for (let channel = 0; channel < channels; channel++) {
        const normalized = (value(pixel, channel) / 255 - (mean[channel] ?? 0)) / (std[channel] ?? 1);
        values[(y * width + x) * channels + channel] = normalized;
      }
    }
  }
  return values;
}

/**
 * Half of the pixels that are cut off, rounded to the even one of two numbers, as Python rounds.
 */
function centered(excess: number): number {
  const below = Math.floor(excess / 2);
  return excess % 2 === 1 && below % 2 === 1 ? below + 1 : below;
}

/** Values [height, width, channels] in the order of the model. */
function arranged(values: Float32Array, channels: number, layout: Layout, order: 'rgb' | 'bgr'): Float32Array {
  if (layout === 'channelsLast' && order === 'rgb') return values;
  const pixels = values.length / channels;
  const result = new Float32Array(values.length);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      const to = order === 'rgb' ? channel : channels - 1 - channel;
      result[layout === 'channelsFirst' ? to * pixels + pixel : pixel * channels + to] = values[pixel * channels + channel] ?? 0;
    }
  }
  return result;
}

function inWords(shape: ModelInput['shape']): string {
  return shape.map((size) => size ?? '?').join('x');
}
