/** The axes of an input for images: which has the channels, and what sizes they have. */
import type { Size } from '@softpool/media/internal';
import type { TensorType } from '@softpool/onnx/internal';
import { UsageError } from '../exit-codes.ts';
import type { ImageFlags, Layout } from '../preprocessing/flags.ts';
import type { ModelInput } from './runnable-model.ts';

/** The types that images can have. */
const IMAGE_TYPES: readonly TensorType[] = ['float32', 'float16', 'float64', 'uint8'];

/** The axes of an input for images. */
export interface ImageAxes {
  readonly layout: Layout;
  readonly channels: 1 | 3;
  /** Height and width; `undefined` where the model takes any. */
  readonly size: readonly [height: number | undefined, width: number | undefined];
  /** Images in one run; `undefined`: any number. */
  readonly batch: number | undefined;
}

/** Reads the axes of an input. Throws a UsageError if it cannot take images. */
export function imageAxes({ type, shape }: ModelInput, flags: ImageFlags): ImageAxes {
  const wrong = (what: string): UsageError => new UsageError(`the model's input, ${sizesText(shape)}, ${what}`);
  if (!IMAGE_TYPES.includes(type)) {
    throw new UsageError(`images need an input of type ${IMAGE_TYPES.join(', ')}, but the model's input is ${type}`);
  }
  if (shape.length === 0) throw new UsageError("the model's input has no axes, or its shape is not stated, but images need 4 axes");
  if (shape.length !== 4) throw wrong(`has ${shape.length} axes, but images need 4`);
  const layout = flags.layout ?? layoutOf(shape);
  if (layout === undefined) throw wrong('does not tell which axis has the channels; use --layout');
  const [batch, ...sizes] = shape;
  const [channels = 3, height, width] = layout === 'channelsFirst' ? sizes : [sizes[2], sizes[0], sizes[1]];
  if (channels !== 1 && channels !== 3) throw wrong(`has ${channels} channels, but images have 1 or 3`);
  return { layout, channels, size: [height, width], batch };
}

/** The channels are on the side that has size 1 or 3. */
function layoutOf(shape: ModelInput['shape']): Layout | undefined {
  const [first, last] = [shape[1], shape[3]].map((size) => size === 1 || size === 3);
  if (first && !last) return 'channelsFirst';
  return last && !first ? 'channelsLast' : undefined;
}

/**
 * The size of an input: what the model states, or else what `given` asks for. Throws a UsageError
 * if they differ, or if the size is not known.
 */
export function imageSize({ shape }: ModelInput, { size }: ImageAxes, given: Size | undefined, name: string): Size {
  const [height, width] = size.map((stated, axis) => stated ?? given?.[axis]);
  const input = `the model's input, ${sizesText(shape)},`;
  if (height === undefined || width === undefined) {
    throw new UsageError(`${input} has dynamic sizes; use --crop, such as --crop 224 or --crop 224x320`);
  }
  if (given !== undefined && (given[0] !== height || given[1] !== width)) {
    throw new UsageError(`${input} does not fit ${name} ${given.join('x')}`);
  }
  return [height, width];
}

/** Values `[height, width, channels]` in the order of the model. */
export function arranged(
  values: Float32Array<ArrayBuffer>,
  { channels, layout }: Pick<ImageAxes, 'channels' | 'layout'>,
  order: 'rgb' | 'bgr',
): Float32Array<ArrayBuffer> {
  if (layout === 'channelsLast' && order === 'rgb') return values;
  const pixels = values.length / channels;
  const result = new Float32Array(values.length);
  for (let channel = 0; channel < channels; channel++) {
    const to = order === 'rgb' ? channel : channels - 1 - channel;
    const [start, step] = layout === 'channelsFirst' ? [to * pixels, 1] : [to, channels];
    for (let pixel = 0; pixel < pixels; pixel++) result[start + pixel * step] = values[pixel * channels + channel] as number;
  }
  return result;
}

function sizesText(shape: ModelInput['shape']): string {
  return shape.map((size) => size ?? '?').join('x');
}
