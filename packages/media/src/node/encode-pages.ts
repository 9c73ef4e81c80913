/** Writes animations and files of several pages through sharp. */
import { checkKeys, checkOneOf, rangeError, typeError } from 'softpool/internal';
import type { Pixels } from '../pixels.ts';
import { compression } from './encode-image.ts';
import { checkedSource } from './read-bytes.ts';
import { checkedFilePixels, completed, loadSharp, sharpMessage, spaceOf, toSharp } from './sharp.ts';

/** The formats that hold several pages: animations in WebP, documents in TIFF. */
export type PagesFormat = 'webp' | 'tiff';

/** The names of the formats that hold several pages. */
export const PAGES_FORMATS: readonly PagesFormat[] = ['webp', 'tiff'];

/** How an animation plays. */
export interface Timing {
  /** Milliseconds that each frame is shown, one number for each. */
  readonly delay?: readonly number[] | undefined;
  /** Times that the animation is played; 0 is forever. */
  readonly loop?: number | undefined;
}

/** Options of `encodePages`. */
export interface EncodePagesOptions extends Timing {
  /** The format. */
  readonly format: PagesFormat;
  /** Quality from 1 to 100, as in `encodeImage`. */
  readonly quality?: number | undefined;
}

/**
 * Encodes several images of the same size as one file: the frames of an animated WebP, or the pages
 * of a TIFF. Gray stays gray in TIFF.
 *
 * @param pages - The images, with the same width, height, channels and type of samples.
 * @param options - The format, its quality, and how an animation plays.
 * @returns The bytes of the file.
 * @throws TypeError or RangeError that names the wrong option or field; RangeError if the images
 * differ in size, or the format cannot hold them.
 * @example
 * ```ts
 * const image = await readImage('photo.jpg');
 * const small = poolImage(image, { factor: 4 });
 * const file = await encodePages([small, { ...small, data: small.data.map((x) => 255 - x) }], { format: 'webp', delay: [500, 500] });
 * (await readImage(file)).pages; // 2
 * ```
 */
export async function encodePages(pages: readonly Pixels<Uint8Array | Uint16Array>[], options: EncodePagesOptions): Promise<Uint8Array> {
  checkKeys('encodePages', options, ['format', 'quality', 'delay', 'loop']);
  const { format, quality, delay, loop } = options;
  checkOneOf('encodePages', 'options.format', format, PAGES_FORMATS);
  if (quality !== undefined && (!Number.isInteger(quality) || quality < 1 || quality > 100)) {
    throw rangeError('encodePages', 'options.quality', 'an integer from 1 to 100', quality);
  }
  if (!Array.isArray(pages)) throw typeError('encodePages', 'pages', 'a list of images', pages);
  if (delay !== undefined && delay?.length !== pages.length) {
    throw rangeError('encodePages', 'options.delay', `a list of milliseconds, one for each of the ${pages.length} pages`, delay);
  }
  const images = pages.map((page, i) => checkedFilePixels('encodePages', `pages[${i}]`, page));
  const [first] = images;
  if (first === undefined) throw new RangeError('encodePages: pages must hold at least one image');
  const { width, height, channels } = first;
  const isWide = first.data instanceof Uint16Array;
  const data = isWide ? new Uint16Array(images.length * first.data.length) : new Uint8Array(images.length * first.data.length);
  for (const [i, page] of images.entries()) {
    const isSame = page.width === width && page.height === height && page.channels === channels;
    if (!isSame || page.data instanceof Uint16Array !== isWide) {
      throw new RangeError(`encodePages: all pages must have the size and samples of the first; page ${i + 1} differs`);
    }
    data.set(page.data, i * first.data.length);
  }
  const all = { data, width, height: height * images.length, channels };
  const image = (await toSharp(all, height)).toColourspace(spaceOf(first));
  try {
    const timing = { ...(delay !== undefined && { delay: [...delay] }), ...(loop !== undefined && { loop }) };
    const settings = { ...compression(first, format, quality), ...(format === 'webp' && timing) };
    return await completed(image.toFormat(format, settings).toBuffer());
  } catch (error) {
    throw new RangeError(
      `encodePages: cannot write ${images.length} pages of ${width} × ${height} pixels as ${format}: ${sharpMessage(error)}`,
      { cause: error },
    );
  }
}

/**
 * Reads how an animation plays, from the header of its file.
 *
 * @param source - A path, or the bytes of the file.
 * @returns Without values if the file is not an animation.
 * @throws TypeError if `source` is neither; Error if the file cannot be read.
 * @example
 * ```ts
 * await readTiming('photo.jpg'); // { delay: undefined, loop: undefined }
 * ```
 */
export async function readTiming(source: string | Uint8Array): Promise<Timing> {
  const { delay, loop } = await (await loadSharp())(checkedSource('readTiming', source)).metadata();
  return { delay, loop };
}
