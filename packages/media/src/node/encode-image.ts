/** Writes images through sharp. */
import { checkKeys, checkOneOf, rangeError } from 'softpool/internal';
import { IMAGE_FORMATS, type ImageFormat } from '../image-formats.ts';
import { hasAlpha, type Pixels } from '../pixels.ts';
import { withMetadata } from './metadata-carrier.ts';
import type { Picture } from './read-image.ts';
import { checkedFilePixels, completed, type FilePixels, sharpMessage, spaceOf, toSharp } from './sharp.ts';

/** Options of `encodeImage`. */
export interface EncodeOptions {
  /** The format. Default: that of an image from `readImage`, if it can be written; else PNG. */
  readonly format?: ImageFormat | undefined;
  /**
   * Quality of JPEG, WebP and AVIF, from 1 to 100. Default: sharp's, which is 80, and 50 for AVIF.
   * PNG is lossless and ignores it. TIFF is lossless by default; with a quality, an image of 8 bits
   * without alpha is compressed as JPEG is.
   */
  readonly quality?: number | undefined;
}

/** The longest side that a file of each format can have, in pixels, as its library has it. */
export const LONGEST_SIDES: Readonly<Partial<Record<ImageFormat, number>>> = { jpeg: 65_500, webp: 16_383, avif: 16_384 };

/**
 * Encodes an image as a file. PNG and TIFF keep 16 bits; the other formats have 8. JPEG has no
 * alpha: the image is flattened onto white. Gray stays gray in JPEG, PNG and TIFF. The profile
 * and metadata that `readImage` was asked to keep are embedded; without a profile, samples are
 * sRGB.
 *
 * @param pixels - The image, as `readImage`, `poolImage` or `resizeImage` give it, and its format,
 * profile and metadata from `readImage`.
 * @param options - The format and its quality.
 * @returns The bytes of the file.
 * @throws TypeError or RangeError that names the wrong option or field; RangeError if the format
 * cannot hold an image of this size.
 * @example
 * ```ts
 * const image = await readImage('photo.jpg');
 * const jpeg = await encodeImage(image, { format: 'jpeg', quality: 90 });
 * ```
 */
export async function encodeImage(
  pixels: Pixels<Uint8Array | Uint16Array> & Partial<Pick<Picture, 'format' | 'profile' | 'metadata'>>,
  options: EncodeOptions = {},
): Promise<Uint8Array> {
  const checked = checkedFilePixels('encodeImage', 'pixels', pixels);
  checkKeys('encodeImage', options, ['format', 'quality']);
  const { format = IMAGE_FORMATS.find((known) => known === checked.format) ?? 'png', quality } = options;
  checkOneOf('encodeImage', 'options.format', format, IMAGE_FORMATS);
  if (quality !== undefined && (!Number.isInteger(quality) || quality < 1 || quality > 100)) {
    throw rangeError('encodeImage', 'options.quality', 'an integer from 1 to 100', quality);
  }
  const { profile, metadata } = checked;
  const image =
    profile === undefined && metadata === undefined
      ? (await toSharp(checked)).toColourspace(spaceOf(checked))
      : await withMetadata(checked, profile, metadata);
  const flat = format === 'jpeg' && hasAlpha(checked.channels) ? image.flatten({ background: 'white' }) : image;
  try {
    return await completed(flat.toFormat(format, compression(checked, format, quality)).toBuffer());
  } catch (error) {
    const { width, height } = checked;
    throw new RangeError(`encodeImage: cannot write an image of ${width} × ${height} pixels as ${format}: ${sharpMessage(error)}`, {
      cause: error,
    });
  }
}

/** sharp's settings for a format. */
export function compression({ data, channels }: FilePixels, format: ImageFormat, quality: number | undefined): object {
  const isLossless = format === 'tiff' && (quality === undefined || data instanceof Uint16Array || hasAlpha(channels));
  if (isLossless) return { compression: 'deflate', predictor: 'horizontal' };
  return format === 'png' || quality === undefined ? {} : { quality };
}
