/** Reads image files through sharp. */
import { access, constants, stat } from 'node:fs/promises';
import type { Metadata, SharpOptions } from 'sharp';
import { checkInteger, checkKeys, checkOneOf, isArgumentError, rangeError } from 'softpool/internal';
import type { Pixels } from '../pixels.ts';
import { decodePixels, isGray, isWide } from './decode-pixels.ts';
import { checkGif } from './gif-file.ts';
import { decodingError, ImageError, unreadable } from './image-error.ts';
import { withoutStrayBytes } from './jpeg-file.ts';
import { checkedSource, readBytes } from './read-bytes.ts';
import { forgetFiles, loadSharp } from './sharp.ts';
import { checkTiff } from './tiff-file.ts';
import { withTimeLimit } from './time-limit.ts';

/** What a file holds beside its pixels. */
export interface ImageMetadata {
  /** EXIF. Its orientation no longer applies. */
  readonly exif?: Uint8Array | undefined;
  /** XMP. */
  readonly xmp?: Uint8Array | undefined;
}

/** An image read from a file: upright, 8 or 16 bits a sample, gray if the file is. */
export interface Picture extends Pixels<Uint8Array | Uint16Array> {
  /** The format of the file, as sharp names it. */
  readonly format: string;
  /** Pages of the file, or frames of an animation; 1 for other files. */
  readonly pages: number;
  /** The ICC profile of the samples with `profile: 'keep'`. `undefined`: sRGB. */
  readonly profile?: Uint8Array | undefined;
  /** What `metadata: 'keep'` asked for. */
  readonly metadata?: ImageMetadata | undefined;
}

/** Options of `readImage`. */
export interface ReadOptions {
  /**
   * Largest number of pixels (width × height) that is decoded, and a quarter of the largest number
   * of decoded bytes. Default 268402689 (16383 × 16383), as in sharp.
   */
  readonly maxPixels?: number | undefined;
  /** Longest time to decode, in seconds: an integer from 1 to 3600. Default 120. */
  readonly timeout?: number | undefined;
  /** The page or frame, from 0. Default 0. */
  readonly page?: number | undefined;
  /**
   * `'srgb'` (default): convert samples to sRGB. `'keep'`: leave them in the color space of the
   * file, and return its profile. CMYK and floating-point samples always become sRGB.
   */
  readonly profile?: 'srgb' | 'keep' | undefined;
  /** Whether to return EXIF and XMP. Default `'drop'`. */
  readonly metadata?: 'keep' | 'drop' | undefined;
}

/** Checked options with the defaults filled in. */
type CheckedOptions = { readonly [Name in keyof ReadOptions]-?: NonNullable<ReadOptions[Name]> };

const DEFAULT_MAX_PIXELS = 0x3fff * 0x3fff;
const DEFAULT_TIMEOUT = 120;

/**
 * Color spaces with a known white for unsigned samples of 8 and 16 bits only. sharp would clip
 * other samples to black or white.
 */
const UNSIGNED_SPACES = ['b-w', 'grey16', 'srgb', 'rgb', 'rgb16', 'multiband'];

/**
 * Reads an image. Applies the EXIF orientation, and converts embedded ICC profiles and CMYK to sRGB
 * with perceptual intent, so that pooling means the same for every image. CMYK without a profile is
 * converted with the one that libvips has. 16 bits a sample are kept, except of CMYK.
 *
 * @param source - A path, or the bytes of the file. A pipe or device is read to its end, up to 512
 * MiB.
 * @param options - Limits, and what is kept.
 * @throws TypeError or RangeError that names the wrong argument; ImageError if the file cannot be
 * read, is empty, damaged, unsupported or not an image, takes too long, or has more than
 * `maxPixels` pixels.
 * @example
 * ```ts
 * const image = await readImage('photo.jpg');
 * console.log(image.width, image.height); // 1024 768
 * ```
 */
export async function readImage(source: string | Uint8Array, options: ReadOptions = {}): Promise<Picture> {
  const file = checkedSource('readImage', source);
  const checked = checkOptions('readImage', options, ['maxPixels', 'timeout', 'page', 'profile', 'metadata']);
  const sharp = await loadSharp();
  const bytes = typeof file === 'string' ? await readBytes(file).catch(unreadable) : file;
  if (bytes.length === 0) throw new ImageError('empty', 'the file is empty');
  try {
    return await withTimeLimit(decode(sharp, bytes, checked), checked.timeout);
  } catch (error) {
    if (isArgumentError(error)) throw error;
    const repaired = isStrayBytesWarning(error) ? withoutStrayBytes(bytes) : undefined;
    if (repaired === undefined) throw decodingError(error);
    return await withTimeLimit(decode(sharp, repaired, checked), checked.timeout).catch((again: unknown) => {
      throw decodingError(again);
    });
  }
}

type SharpModule = Awaited<ReturnType<typeof loadSharp>>;

async function decode(sharp: SharpModule, bytes: Uint8Array, options: CheckedOptions): Promise<Picture> {
  const { page, timeout } = options;
  // 'warning', because a JPEG that lacks half its data is no more than that to its decoder. The
  // limit is checked below, with a message of our own: sharp's would also count pixels that are
  // never decoded.
  const input: SharpOptions = { failOn: 'warning', limitInputPixels: false, sequentialRead: true, page };
  const header = await readHeader('readImage', sharp, bytes, input);
  checkHeader(header, options.maxPixels);
  const pages = header.pages ?? 1;
  const keepsProfile = options.profile === 'keep' && header.icc !== undefined && header.space !== 'cmyk' && header.depth !== 'float';
  if (header.format === 'tiff') await checkTiff(bytes, page);
  if (header.format === 'gif') checkGif(bytes);
  const pixels = await decodePixels((given) => sharp(bytes, { ...input, ...given }).timeout({ seconds: timeout }), header, keepsProfile);
  return {
    ...pixels,
    format: nameOf(header.format),
    pages,
    ...(keepsProfile && { profile: header.icc }),
    ...(options.metadata === 'keep' && { metadata: { exif: header.exif, xmp: header.xmp } }),
  };
}

/** The header of a page. Throws a RangeError if the file has fewer pages. */
async function readHeader(call: string, sharp: SharpModule, file: string | Uint8Array, input: SharpOptions): Promise<Metadata> {
  const { page = 0 } = input;
  const first = await sharp(file, { ...input, page: 0 }).metadata();
  const { pages = 1 } = first;
  if (page >= pages) throw rangeError(call, 'options.page', `less than the number of pages, ${pages}`, page);
  return page === 0 ? first : await sharp(file, input).metadata();
}

function isStrayBytesWarning(error: unknown): boolean {
  return error instanceof Error && /extraneous bytes before marker/.test(error.message);
}

/** The size of an image, from the header of its file. */
export interface ImageSize {
  /** Width in pixels, after the EXIF orientation is applied. */
  readonly width: number;
  /** Height in pixels, after the EXIF orientation is applied. */
  readonly height: number;
  /** Samples a pixel after `readImage` has decoded it. */
  readonly channels: number;
  /** Bytes a sample after `readImage` has decoded it. */
  readonly bytesPerSample: 1 | 2;
  /** The format of the file, as sharp names it. */
  readonly format: string;
  /** Pages of the file, or frames of an animation; 1 for other files. */
  readonly pages: number;
}

/**
 * Reads the size of an image from the header of its file, without decoding pixels.
 *
 * @param source - A path, or the bytes of the file.
 * @param options - A limit, and the page.
 * @throws TypeError or RangeError that names the wrong argument; ImageError if the file cannot be
 * read, its header is not that of an image, or it has more than `maxPixels` pixels.
 * @example
 * ```ts
 * const { width, height } = await readImageSize('photo.jpg');
 * console.log(width, height); // 1024 768
 * ```
 */
export async function readImageSize(
  source: string | Uint8Array,
  options: Pick<ReadOptions, 'maxPixels' | 'page'> = {},
): Promise<ImageSize> {
  const given = checkedSource('readImageSize', source);
  const { maxPixels, page } = checkOptions('readImageSize', options, ['maxPixels', 'page']);
  const sharp = await loadSharp();
  if (typeof given === 'string') await access(given, constants.R_OK).catch(unreadable);
  if (typeof given === 'string' ? await isEmptyFile(given) : given.length === 0) throw new ImageError('empty', 'the file is empty');
  // libvips takes brackets at the end of a path for options.
  const file = typeof given === 'string' && given.endsWith(']') ? await readBytes(given).catch(unreadable) : given;
  try {
    if (typeof file === 'string') forgetFiles(sharp);
    const header = await readHeader('readImageSize', sharp, file, { limitInputPixels: false, page });
    checkHeader(header, maxPixels);
    return {
      width: header.autoOrient.width,
      height: header.autoOrient.height,
      channels: decodedChannels(header),
      bytesPerSample: isWide(header) ? 2 : 1,
      format: nameOf(header.format),
      pages: header.pages ?? 1,
    };
  } catch (error) {
    if (isArgumentError(error)) throw error;
    throw decodingError(error);
  }
}

async function isEmptyFile(path: string): Promise<boolean> {
  const info = await stat(path).catch(unreadable);
  if (info.isDirectory()) throw new ImageError('unreadable', 'is a folder, not a file');
  return info.isFile() && info.size === 0;
}

/** The format as we name it: sharp calls AVIF by its container. */
function nameOf(format: string): string {
  return format === 'heif' ? 'avif' : format;
}

function checkOptions(call: string, options: ReadOptions, keys: readonly string[]): CheckedOptions {
  checkKeys(call, options, keys);
  const { maxPixels = DEFAULT_MAX_PIXELS, timeout = DEFAULT_TIMEOUT, page = 0, profile = 'srgb', metadata = 'drop' } = options;
  if (typeof maxPixels !== 'number' || !(maxPixels >= 1)) throw rangeError(call, 'options.maxPixels', 'a number ≥ 1', maxPixels);
  checkInteger(call, 'options.timeout', timeout, 1);
  if (timeout > 3600) throw rangeError(call, 'options.timeout', 'at most 3600 seconds', timeout);
  checkInteger(call, 'options.page', page, 0);
  checkOneOf(call, 'options.profile', profile, ['srgb', 'keep']);
  checkOneOf(call, 'options.metadata', metadata, ['keep', 'drop']);
  return { maxPixels, timeout, page, profile, metadata };
}

/** Throws an ImageError for an image that is too large, or has samples without a known white. */
function checkHeader(header: Metadata, maxPixels: number): void {
  const { width, height, depth, space } = header;
  if (width * height > maxPixels) {
    throw new ImageError('too large', `the image has ${width} × ${height} pixels; the limit is ${maxPixels}`);
  }
  const bytes = width * height * decodedChannels(header) * (isWide(header) ? 2 : 1);
  if (bytes > 4 * maxPixels) {
    throw new ImageError('too large', `the image has ${bytes} bytes when decoded; the limit is ${4 * maxPixels}`);
  }
  if (depth !== 'uchar' && depth !== 'ushort' && UNSIGNED_SPACES.includes(space)) {
    throw new ImageError('unsupported', `the image has ${depth} samples; only 8 and 16 bits a sample can be read`);
  }
}

/** Gray stays gray; everything else becomes red, green and blue; alpha is kept. */
function decodedChannels({ space, hasAlpha }: Metadata): number {
  return (isGray(space) ? 1 : 3) + Number(hasAlpha);
}
