/** Resizes images: sharp makes those of 8 bits smaller, our own resampler does the rest. */
import { checkKeys, checkOneOf } from 'softpool/internal';
import { cropPixels } from '../crop-pixels.ts';
import { type Fit, type Position, placeOf } from '../fit.ts';
import type { Pixels } from '../pixels.ts';
import { checkFactor } from '../pool-image-options.ts';
import { evenAxis } from '../resample/axis.ts';
import { RESAMPLERS, type Resampler } from '../resample/filters.ts';
import { resample } from '../resample/resample.ts';
import { checkedFilePixels, type FilePixels, fromSharp, toSharp, withChannels } from './sharp.ts';

/** Options of `resizeImage`. Give `factor`, or `width` or `height` or both. */
export interface ResizeImageOptions {
  /**
   * Whole number that divides both sides, rounded up, as in `poolImage`. At most the longer side.
   */
  readonly factor?: number | undefined;
  /** Width of the result in pixels. Default: the image's aspect ratio at `height`. */
  readonly width?: number | undefined;
  /** Height of the result in pixels. Default: the image's aspect ratio at `width`. */
  readonly height?: number | undefined;
  /** How the image fits `width` and `height`, as in `poolImage`. Default `'inside'`. */
  readonly fit?: Fit | undefined;
  /** The part of the image that `fit: 'cover'` keeps. Default `'center'`. */
  readonly position?: Position | undefined;
  /** The resampler. Default `'lanczos3'`. */
  readonly method?: Resampler | undefined;
}

/**
 * Resizes an image by a resampler, on sRGB-encoded samples with colors multiplied by alpha. Nothing
 * shifts: the edges of the result are those of the image.
 *
 * To make an image smaller, the filter gets wider, so that nothing aliases. Only `'nearest'` takes
 * one pixel for each pixel of the result: the one at the center of its area, and of the two or four
 * in the middle the one to the right and below, as Pillow's `NEAREST` and PyTorch's `nearest-exact`
 * do. With 8 bits, sharp computes all other results that are not larger than the image on either
 * side. Larger ones are computed here, because sharp shifts what it enlarges to the right and down
 * by half a pixel, and so are those with 16 bits, because sharp has 12 bits for the weights.
 * `'cubic'` is the Catmull-Rom spline. Beyond its edges the image repeats its outermost
 * pixels.
 *
 * @param pixels - The image, with 8 or 16 bits a sample.
 * @param options - The size of the result and the resampler.
 * @returns A new image with samples of the same type and as many channels.
 * @throws TypeError or RangeError that names the wrong option or field, what was expected and what
 * was received.
 * @example
 * ```ts
 * const image = await readImage('photo.jpg');
 * const half = await resizeImage(image, { factor: 2, method: 'mitchell' });
 * half.width; // 512
 * ```
 */
export async function resizeImage<S extends Uint8Array | Uint16Array>(pixels: Pixels<S>, options: ResizeImageOptions): Promise<Pixels<S>> {
  const image = checkedFilePixels('resizeImage', 'pixels', pixels);
  checkKeys('resizeImage', options, ['factor', 'width', 'height', 'fit', 'position', 'method']);
  const { factor, method = 'lanczos3' } = options;
  checkOneOf('resizeImage', 'options.method', method, RESAMPLERS);
  const hasSize = options.width !== undefined || options.height !== undefined;
  if ((factor !== undefined) === hasSize) {
    throw new TypeError('resizeImage: options must have either factor, or width or height or both');
  }
  if (factor !== undefined) checkFactor('resizeImage', factor, image.width, image.height);
  const place = placeOf('resizeImage', image.width, image.height, options);
  const divided = (side: number): number => Math.ceil(side / (factor ?? 1));
  const [width, height] = hasSize ? [place.width, place.height] : [divided(image.width), divided(image.height)];
  return (await resizeTo(cropPixels(image, place.source), width, height, method)) as Pixels<S>;
}

/** As `resizeImage`, with checked pixels and options. */
export async function resizeTo(pixels: FilePixels, width: number, height: number, resampler: Resampler): Promise<FilePixels> {
  const isOurs = resampler === 'nearest' || pixels.data instanceof Uint16Array || width > pixels.width || height > pixels.height;
  if (isOurs) {
    return resample(pixels, evenAxis(pixels.width, width), evenAxis(pixels.height, height), resampler);
  }
  const image = await toSharp(pixels);
  const resized = image.resize(width, height, { fit: 'fill', kernel: resampler, fastShrinkOnLoad: false });
  return withChannels(await fromSharp(resized, false), pixels.channels);
}
