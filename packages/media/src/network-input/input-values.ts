/** How pictures become the inputs of networks: sizes, crops and values, by torchvision's rules. */
import type { Pixels } from '../pixels.ts';

/** Height and width in pixels. */
export type Size = readonly [height: number, width: number];

/** The shorter side, or height and width. */
export type Resize = number | Size;

/** Samples are divided by `divisor`; then `mean` is subtracted, and the rest divided by `std`. */
export interface Normalizing {
  /** 255: a white pixel is 1 before `mean` and `std`. 1: it is 255. */
  readonly divisor: number;
  /** One number for each channel. */
  readonly mean: readonly number[];
  /** One number for each channel. */
  readonly std: readonly number[];
}

/** Luma weights of Rec. 601, which Pillow uses too. */
export const LUMA = [0.299, 0.587, 0.114] as const;

/**
 * The size of a resized picture. Without `resize` it just covers the input. The longer side is
 * rounded down, as in torchvision.
 */
export function resizedSize(resize: Resize | undefined, [height, width]: Size, [inputHeight, inputWidth]: Size): Size {
  if (typeof resize === 'object') return resize;
  const factor = resize === undefined ? Math.max(inputHeight / height, inputWidth / width) : resize / Math.min(height, width);
  // 1e-9 absorbs the rounding of exact quotients.
  const scaled = (side: number, least: number): number => Math.max(least, Math.floor(side * factor + 1e-9));
  return [scaled(height, inputHeight), scaled(width, inputWidth)];
}

/** Half of the pixels that a center crop removes, ties rounded to even, as Python rounds. */
export function halfOf(excess: number): number {
  const below = Math.floor(excess / 2);
  return excess % 2 === 1 && below % 2 === 1 ? below + 1 : below;
}

/** The part of a picture that a network gets. */
export interface InputWindow {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
  /** 1: gray; 3: red, green and blue. */
  readonly channels: number;
  /** Whether left and right are exchanged. Default `false`. */
  readonly isFlipped?: boolean;
}

/**
 * Writes the samples of a window as `[height, width, channels]`. Outside the picture they are 0.
 * Gray and color are converted.
 */
export function windowInto(target: Float32Array, picture: Pixels, window: InputWindow): void {
  const { top, left, height, width, channels, isFlipped = false } = window;
  const { data } = picture;
  const sampleAt = samplesOf(picture, channels);
  for (let y = 0, at = 0; y < height; y++) {
    const row = top + y;
    const isRow = row >= 0 && row < picture.height;
    for (let x = 0; x < width; x++) {
      const column = left + (isFlipped ? width - 1 - x : x);
      const pixel = isRow && column >= 0 && column < picture.width ? (row * picture.width + column) * picture.channels : -1;
      for (let c = 0; c < channels; c++) target[at++] = pixel === -1 ? 0 : sampleAt(data, pixel, c);
    }
  }
}

type SampleAt = (data: Pixels['data'], pixel: number, channel: number) => number;

function samplesOf(picture: Pixels, channels: number): SampleAt {
  if (picture.channels === channels) return (data, pixel, channel) => data[pixel + channel] as number;
  if (picture.channels === 1) return (data, pixel) => data[pixel] as number;
  return (data, pixel) => LUMA.reduce((sum, weight, color) => sum + weight * (data[pixel + color] as number), 0);
}

/** Normalizes samples `[…, channels]` in place. */
export function normalizeInPlace(values: Float32Array, { divisor, mean, std }: Normalizing): void {
  const channels = mean.length;
  for (let c = 0; c < channels; c++) {
    const [shift, scale] = [mean[c] as number, std[c] as number];
    for (let i = c; i < values.length; i += channels) values[i] = ((values[i] as number) / divisor - shift) / scale;
  }
}
