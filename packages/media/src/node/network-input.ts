/** Pictures as inputs of networks: resized, center-cropped and normalized. */
import {
  halfOf,
  type Normalizing,
  normalizeInPlace,
  type Resize,
  resizedSize,
  type Size,
  windowInto,
} from '../network-input/input-values.ts';
import type { Pixels } from '../pixels.ts';
import type { Resampler } from '../resample/filters.ts';
import { resizeImage } from './resize-image.ts';

/** How a picture becomes an input. */
export interface InputRecipe {
  /** Height and width of the input. */
  readonly size: Size;
  /**
   * The size before the center crop: the shorter side, or height and width; `'none'`: that of the
   * picture. `undefined`: the picture just covers the input.
   */
  readonly resize: Resize | 'none' | undefined;
  /** Default `'linear'`. */
  readonly resampler?: Resampler | undefined;
  /** Whether an odd crop is rounded to even, as in torchvision (default), or down. */
  readonly centering?: 'even' | 'down' | undefined;
  /** With as many numbers as the input has channels: 1 or 3. */
  readonly normalizing: Normalizing;
}

/**
 * The values `[height, width, channels]` of a picture without alpha. Rejects if `resize` is
 * `'none'` and the picture is smaller than the input.
 */
export async function inputValues(picture: Pixels<Uint8Array>, recipe: InputRecipe): Promise<Float32Array<ArrayBuffer>> {
  const { size, resize, resampler = 'linear', centering = 'even', normalizing } = recipe;
  const given: Size = [picture.height, picture.width];
  const [height, width] = resize === 'none' ? given : resizedSize(resize, given, size);
  const excess = [height - size[0], width - size[1]] as const;
  if (excess[0] < 0 || excess[1] < 0) {
    throw new RangeError(`the image is ${given.join('x')} pixels, smaller than the input, ${size.join('x')}`);
  }
  const isSame = height === picture.height && width === picture.width;
  const resized = isSame ? picture : await resizeImage(picture, { height, width, fit: 'fill', method: resampler });
  const [top, left] = centering === 'even' ? [halfOf(excess[0]), halfOf(excess[1])] : excess.map((side) => Math.floor(side / 2));
  const channels = normalizing.mean.length;
  const values = new Float32Array(size[0] * size[1] * channels);
  windowInto(values, resized, { top: top as number, left: left as number, height: size[0], width: size[1], channels });
  normalizeInPlace(values, normalizing);
  return values;
}
