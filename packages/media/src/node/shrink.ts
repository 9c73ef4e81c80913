/** Pictures shrunk by pooling, or by the resamplers that people use today. */

import { checkPixels, emptySamples, hasAlpha, type Pixels } from '../pixels.ts';
import { poolImage } from '../pool-image.ts';
import { checkOptions, type PoolMethod, planShrink, type ShrinkOptions } from '../shrink-options.ts';
import { type Picture, toSharp } from './picture.ts';

/** The resamplers of sharp. */
export type Resampler = 'nearest' | 'linear' | 'cubic' | 'mitchell' | 'lanczos2' | 'lanczos3';

/** All methods that shrink: three that pool, and sharp's resamplers. */
export type Method = PoolMethod | Resampler;

/** The names of sharp's resamplers. */
export const RESAMPLERS: readonly Resampler[] = ['nearest', 'linear', 'cubic', 'mitchell', 'lanczos2', 'lanczos3'];

/** The names of all methods. */
export const METHODS: readonly Method[] = ['soft', 'average', 'max', ...RESAMPLERS];

/** {@link ShrinkOptions}, with any method. */
export type PictureShrinkOptions = Omit<ShrinkOptions, 'method'> & {
  /** How the picture is shrunk. Default `'soft'`. */
  readonly method?: Method | undefined;
};

/**
 * Shrinks a picture. Pooling is {@link poolImage}; a resampler makes a picture of the same size by sharp (on sRGB-encoded samples, alpha premultiplied).
 *
 * @param picture - The picture, as `readImage` gives it.
 * @param options - What to shrink to, and by which method.
 * @returns A new picture, with samples of the same type.
 * @throws TypeError or RangeError that names the option, what was expected and what came.
 * @example
 * ```ts
 * const picture = await readImage('examples/photographs/coffee.png');
 * const half = await shrinkImage(picture, { factor: 2 });
 * const sharper = await shrinkImage(picture, { factor: 2, method: 'lanczos3' });
 * ```
 */
export async function shrinkImage(picture: Picture, options: PictureShrinkOptions): Promise<Picture> {
  checkPixels('shrinkImage', 'picture.pixels', picture.pixels);
  checkOptions('shrinkImage', options);
  const { method = 'soft', ...rest } = options;
  if (!METHODS.includes(method))
    throw new TypeError(`shrinkImage: options.method must be one of ${METHODS.join(', ')}, received ${method}`);
  const { pixels } = picture;
  const { outputWidth, outputHeight } = planShrink('shrinkImage', pixels.width, pixels.height, rest);
  if (isPoolMethod(method)) return { ...picture, pixels: poolImage(pixels, { ...rest, method }) };
  return { ...picture, pixels: await resample(pixels, outputWidth, outputHeight, method) };
}

/** Whether a method pools, and is no resampler. */
export function isPoolMethod(method: Method): method is PoolMethod {
  return !(RESAMPLERS as readonly Method[]).includes(method);
}

/** Pixels at another size, by one of sharp's resamplers. */
export async function resample(
  pixels: Pixels<Uint8Array | Uint16Array>,
  width: number,
  height: number,
  resampler: Resampler,
): Promise<Pixels<Uint8Array | Uint16Array>> {
  const wide = pixels.data instanceof Uint16Array;
  const resized = toSharp(pixels).resize(width, height, { fit: 'fill', kernel: resampler, fastShrinkOnLoad: false });
  const { data, info } = await resized.raw(wide ? { depth: 'ushort' } : {}).toBuffer({ resolveWithObject: true });
  const samples = wide ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
  return inChannels({ data: samples, width, height, channels: info.channels as Pixels['channels'] }, pixels.channels);
}

/** sharp makes colour of grey on some paths: back to the channels that the picture had. */
function inChannels(pixels: Pixels<Uint8Array | Uint16Array>, channels: Pixels['channels']): Pixels<Uint8Array | Uint16Array> {
  if (pixels.channels === channels) return pixels;
  const count = pixels.width * pixels.height;
  const data = emptySamples(pixels.data, count * channels);
  for (let pixel = 0; pixel < count; pixel++) {
    for (let c = 0; c < channels; c++) {
      const isAlpha = hasAlpha(channels) && c === channels - 1;
      data[pixel * channels + c] = pixels.data[pixel * pixels.channels + (isAlpha ? pixels.channels - 1 : c)] as number;
    }
  }
  return { ...pixels, data, channels };
}
