/** Images as the input of a model: resized, cropped, normalised, in the order that it takes them. */
import type { Picture } from '@softpool/media/node';
import type { Sample } from '@softpool/training';
import type { Normalization } from '@softpool/training/node';
import type { Tensor } from 'onnxruntime-node';
import { UsageError } from '../../shared/exit-codes.ts';
import { elementsOf } from './elements.ts';
import type { TensorValue } from './tensor-file.ts';

/** How images are prepared. */
export interface ImageFlags {
  /** The shorter side, or [height, width]. */
  readonly resize?: number | readonly [number, number];
  /** [height, width] of what is taken from the middle. */
  readonly crop?: readonly [number, number];
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly normalize?: 'imagenet';
  /** The number of a channel that is full, before `mean` and `std`. */
  readonly pixels?: '1' | '255';
  readonly layout?: Layout;
  readonly order?: 'rgb' | 'bgr';
}

/** The options that are of no use without images. */
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

type Layout = 'nchw' | 'nhwc';

/** An input of a model: sizes that it leaves open are `undefined`. */
export interface ModelInput {
  readonly name: string;
  readonly type: Tensor.Type;
  readonly shape: readonly (number | undefined)[];
}

/** Makes the function that reads an image for this input. Throws a UsageError where the options or the input cannot be of images. */
export async function imageReader(input: ModelInput, flags: ImageFlags): Promise<(path: string) => Promise<TensorValue>> {
  const [{ readImage }, { randomOf }, { createTransform, IMAGENET_NORMALIZATION }] = await Promise.all([
    import('@softpool/media/node'),
    import('@softpool/models'),
    import('@softpool/training/node'),
  ]);
  if (!TYPES.includes(input.type))
    throw new UsageError(`--images needs an input of ${TYPES.join(', ')}, and that of the model is ${input.type}`);
  const layout = flags.layout ?? layoutOf(input);
  const { channels, height, width } = sizesOf(input, layout, flags);
  const shape = [height, width, channels];
  const crop = { kind: 'center', ...(flags.resize !== undefined && { resize: flags.resize }) } as const;
  checkResize(flags.resize, height, width);
  const normalization = flags.normalize === 'imagenet' ? IMAGENET_NORMALIZATION : normalizationOf(flags, input.type);
  const transform = createTransform({ inputShape: shape, crop, normalization: perChannel(normalization, channels) });
  const nothingByChance = randomOf(0);
  return async (path) => {
    const values = await transform.apply(onWhite(await readImage(path)), nothingByChance);
    const data = elementsOf(input.type, arranged(values, channels, layout, flags.order ?? 'rgb'));
    return { type: input.type, data, shape: layout === 'nchw' ? [1, channels, height, width] : [1, ...shape] };
  };
}

const TYPES: readonly Tensor.Type[] = ['float32', 'float16', 'float64', 'uint8'];

/** Where the channels are: at the end that has 1 or 3. */
function layoutOf({ shape }: ModelInput): Layout {
  const [first, last] = [shape[1], shape[3]].map((size) => size === 1 || size === 3);
  if (first && !last) return 'nchw';
  if (last && !first) return 'nhwc';
  throw new UsageError(`the input of the model, ${inWords(shape)}, does not tell where its channels are: give --layout`);
}

interface Sizes {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

function sizesOf({ shape }: ModelInput, layout: Layout, { crop }: ImageFlags): Sizes {
  const [batch = 1, ...sizes] = shape;
  const [channels = 3, ...stated] = layout === 'nchw' ? sizes : [sizes[2], sizes[0], sizes[1]];
  const wrong = (what: string): UsageError => new UsageError(`the input of the model, ${inWords(shape)}, ${what}`);
  if (batch !== 1) throw wrong(`takes ${batch} images at once, and they are given one by one`);
  if (channels !== 1 && channels !== 3) throw wrong(`has ${channels} channels, and images have 1 or 3`);
  const [height, width] = stated.map((size, axis) => size ?? crop?.[axis]);
  if (height === undefined || width === undefined) throw wrong('leaves the size of images open: give --crop, as in 224 or 224x320');
  if (crop !== undefined && (crop[0] !== height || crop[1] !== width)) throw wrong(`does not take --crop ${crop.join('x')}`);
  return { channels, height, width };
}

function checkResize(resize: ImageFlags['resize'], height: number, width: number): void {
  if (resize === undefined) return;
  const [down, across] = typeof resize === 'number' ? [resize, resize] : resize;
  if (down >= height && across >= width) return;
  const given = typeof resize === 'number' ? resize : resize.join('x');
  throw new UsageError(`--resize ${given} is smaller than the ${height}x${width} that the model takes`);
}

/** Mean and deviation on the scale of the transform, where a full channel is 1. */
function normalizationOf({ pixels, mean = [0], std = [1] }: ImageFlags, type: Tensor.Type): Normalization {
  const full = Number(pixels ?? (type === 'uint8' ? 255 : 1));
  return { mean: mean.map((value) => value / full), std: std.map((value) => value / full) };
}

/** One number is that of all channels. */
function perChannel({ mean, std }: Normalization, channels: number): Normalization {
  const spread = (option: string, values: readonly number[]): readonly number[] => {
    if (values.length === channels) return values;
    if (values.length === 1) return Array.from({ length: channels }, () => values[0] ?? 0);
    throw new UsageError(`${option} has ${values.length} numbers, and the input of the model ${channels} channels`);
  };
  return { mean: spread('--mean', mean), std: spread('--std', std) };
}

/** Eight bits, without alpha: white is behind what is transparent. */
function onWhite({ data, width, height, channels }: Picture): Sample {
  const colours = channels < 3 ? 1 : 3;
  const full = data instanceof Uint16Array ? 0xffff : 0xff;
  const opaque = new Uint8Array(width * height * colours);
  for (let i = 0; i < opaque.length; i++) {
    const pixel = channels * Math.floor(i / colours);
    const alpha = colours === channels ? 1 : (data[pixel + colours] ?? full) / full;
    const share = (data[pixel + (i % colours)] ?? full) / full;
    opaque[i] = Math.round(255 * (alpha * share + 1 - alpha));
  }
  return { data: opaque, shape: [height, width, colours] };
}

/** Values of pixels, [height, width, channels], in the order of the model. */
function arranged(values: Float32Array, channels: number, layout: Layout, order: 'rgb' | 'bgr'): Float32Array {
  if (layout === 'nhwc' && order === 'rgb') return values;
  const pixels = values.length / channels;
  const result = new Float32Array(values.length);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      const to = order === 'rgb' ? channel : channels - 1 - channel;
      result[layout === 'nchw' ? to * pixels + pixel : pixel * channels + to] = values[pixel * channels + channel] ?? 0;
    }
  }
  return result;
}

function inWords(shape: ModelInput['shape']): string {
  return shape.map((size) => size ?? '?').join('x');
}
