/** Image files and pictures: reading and writing through sharp. */
import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { checkPixels, hasAlpha, type Pixels } from '../pixels.ts';

/** The formats that are written. JPEG, PNG, WebP, AVIF and TIFF are also what is surely read; sharp's others (GIF, SVG) are read too. */
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'tiff';

/** All formats that are written. */
export const IMAGE_FORMATS: readonly ImageFormat[] = ['jpeg', 'png', 'webp', 'avif', 'tiff'];

/** An image read from a file: sRGB, upright, 8 or 16 bits a sample. */
export interface Picture {
  /** Its pixels, sRGB encoded: `Uint8Array`, or `Uint16Array` if the file has 16 bits a sample. */
  readonly pixels: Pixels<Uint8Array | Uint16Array>;
  /** The format it was read from, as sharp names it; what it is written in by default if that is one of {@link IMAGE_FORMATS}. */
  readonly format: string;
}

/** What was wrong with a file that could not be read. */
export type ImageErrorReason = 'unreadable' | 'empty' | 'too large' | 'not an image';

/** A file that could not be read as an image. Its message is one line that says why. */
export class ImageError extends Error {
  /** Which error this is, where `instanceof` cannot tell: from another copy of the package. */
  override readonly name = 'ImageError';
  /** What was wrong, for programs. */
  readonly reason: ImageErrorReason;

  /** An error with a reason for programs and a message for people. */
  constructor(reason: ImageErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The options of {@link readImage}. */
export interface ReadOptions {
  /** The most pixels (width × height) that are decoded. Default 268402689 (16383 × 16383), sharp's own bound. */
  readonly maxPixels?: number | undefined;
}

const DEFAULT_MAX_PIXELS = 0x3fff * 0x3fff;

/** Colour spaces in which only unsigned samples of 8 and 16 bits have a known white; others would be cut to black or white in silence. */
const UNSCALED_SPACES = ['b-w', 'grey16', 'srgb', 'rgb', 'rgb16', 'multiband'];

/**
 * Reads an image. The EXIF orientation is applied. A colour profile is honoured and converted to sRGB, CMYK too, so that pooling means the
 * same for every picture; no profile and no other metadata is kept. Of an animation the first frame is read.
 *
 * @param source - A path, or the file's bytes.
 * @param options - Bounds.
 * @throws TypeError or RangeError if an argument is wrong; ImageError if the file cannot be read, is empty or no image, is damaged, or has more than `maxPixels` pixels.
 * @example
 * ```ts
 * const { pixels } = await readImage('examples/photographs/chelsea.png');
 * console.log(pixels.width, pixels.height); // 451 300
 * ```
 */
export async function readImage(source: string | Uint8Array, options: ReadOptions = {}): Promise<Picture> {
  const { maxPixels = DEFAULT_MAX_PIXELS } = options;
  if (typeof maxPixels !== 'number' || !(maxPixels >= 1))
    throw new RangeError(`readImage: options.maxPixels must be a number ≥ 1, received ${maxPixels}`);
  if (typeof source !== 'string' && !(source instanceof Uint8Array))
    throw new TypeError('readImage: source must be a path or a Uint8Array');
  const bytes = typeof source === 'string' ? await readBytes(source) : source;
  if (bytes.length === 0) throw new ImageError('empty', 'the file is empty');
  try {
    // The bound is checked here, in words of our own; sharp's would also count pixels that are never decoded.
    const image = sharp(bytes, { failOn: 'error', limitInputPixels: false });
    const { width, height, format, depth, space } = await image.metadata();
    if (width * height > maxPixels) {
      throw new ImageError('too large', `the image has ${width} × ${height} pixels, more than the ${maxPixels} allowed`);
    }
    if (depth !== 'uchar' && depth !== 'ushort' && UNSCALED_SPACES.includes(space)) {
      throw new ImageError('not an image', `the image has ${depth} samples; 8 and 16 bits a sample are read`);
    }
    const wide = isWide(depth);
    const upright = image.autoOrient().pipelineColourspace(wide ? 'rgb16' : 'srgb');
    const { data, info } = await (wide
      ? upright.toColourspace('rgb16').raw({ depth: 'ushort' })
      : upright.toColourspace('srgb').raw()
    ).toBuffer({
      resolveWithObject: true,
    });
    const samples = wide ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
    const pixels = { data: samples, width: info.width, height: info.height, channels: info.channels as 1 | 2 | 3 | 4 };
    return { pixels, format: format === 'heif' ? 'avif' : format };
  } catch (error) {
    throw error instanceof ImageError ? error : decodingError(error);
  }
}

/** The size of an image, as its file's header says. */
export interface ImageSize {
  /** Pixels from left to right, before the EXIF orientation is applied. */
  readonly width: number;
  /** Pixels from top to bottom, before the EXIF orientation is applied. */
  readonly height: number;
  /** Samples a pixel. */
  readonly channels: number;
  /** Bytes that a sample takes once it is decoded by {@link readImage}. */
  readonly bytesPerSample: 1 | 2;
}

/**
 * Reads the size of an image from its file's header; no pixel is decoded. It tells what decoding will take.
 *
 * @param path - The file.
 * @throws ImageError if the file cannot be read or its header is none of an image.
 * @example
 * ```ts
 * const { width, height } = await readImageSize('examples/photographs/chelsea.png');
 * console.log(width, height); // 451 300
 * ```
 */
export async function readImageSize(path: string): Promise<ImageSize> {
  try {
    const { width, height, channels, depth } = await sharp(path, { limitInputPixels: false }).metadata();
    return { width, height, channels, bytesPerSample: isWide(depth) ? 2 : 1 };
  } catch (error) {
    throw decodingError(error);
  }
}

/** The options of {@link encodeImage}. */
export interface EncodeOptions {
  /** The format. Default: the picture's own if it is written, else PNG. */
  readonly format?: ImageFormat | undefined;
  /**
   * Quality from 1 to 100 of JPEG, WebP and AVIF. Default: sharp's, 80, and 50 for AVIF. PNG loses nothing and takes none. TIFF loses
   * nothing by default; with a quality its samples are compressed as JPEG's are, if they have 8 bits and no alpha.
   */
  readonly quality?: number | undefined;
}

/**
 * Encodes a picture as a file: sRGB, without metadata. PNG and TIFF keep 16 bits, the others are reduced to 8; JPEG has no alpha, and is flattened onto
 * white.
 *
 * @param picture - The picture.
 * @param options - The format, and how much it may lose.
 * @returns The file's bytes.
 * @throws RangeError if the quality is not one, or the format cannot hold an image of this size.
 * @example
 * ```ts
 * const picture = await readImage('examples/photographs/chelsea.png');
 * const jpeg = await encodeImage(picture, { format: 'jpeg', quality: 90 });
 * ```
 */
export async function encodeImage(picture: Picture, options: EncodeOptions = {}): Promise<Uint8Array> {
  const { format = IMAGE_FORMATS.find((known) => known === picture.format) ?? 'png', quality } = options;
  if (!IMAGE_FORMATS.includes(format))
    throw new RangeError(`encodeImage: options.format must be one of ${IMAGE_FORMATS.join(', ')}, received ${format}`);
  if (quality !== undefined && (!Number.isInteger(quality) || quality < 1 || quality > 100)) {
    throw new RangeError(`encodeImage: options.quality must be a whole number from 1 to 100, received ${quality}`);
  }
  checkPixels('encodeImage', 'picture.pixels', picture.pixels);
  const image = toSharp(picture.pixels);
  const flat = format === 'jpeg' && hasAlpha(picture.pixels.channels) ? image.flatten({ background: 'white' }) : image;
  try {
    return await flat.toFormat(format, compression(picture, format, quality)).toBuffer();
  } catch (error) {
    const { width, height } = picture.pixels;
    throw new RangeError(`encodeImage: an image of ${width} × ${height} pixels cannot be written as ${format}: ${oneLine(error)}`, {
      cause: error,
    });
  }
}

function compression({ pixels }: Picture, format: ImageFormat, quality: number | undefined): object {
  const isExact = format === 'tiff' && (quality === undefined || pixels.data instanceof Uint16Array || hasAlpha(pixels.channels));
  if (isExact) return { compression: 'deflate', predictor: 'horizontal' };
  return format === 'png' || quality === undefined ? {} : { quality };
}

/** Whether samples keep 16 bits. */
function isWide(depth: string): boolean {
  return depth === 'ushort' || depth === 'float';
}

/** Pixels as sharp takes them. */
export function toSharp({ data, width, height, channels }: Pixels<Uint8Array | Uint16Array>): Sharp {
  const wide = data instanceof Uint16Array;
  const image = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  return wide ? image.toColourspace(channels < 3 ? 'grey16' : 'rgb16') : image;
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ImageError('unreadable', SYSTEM_ERRORS[(error as NodeJS.ErrnoException).code ?? ''] ?? oneLine(error), { cause: error });
  }
}

const SYSTEM_ERRORS: Partial<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'is a folder',
  ELOOP: 'too many symbolic links',
  ERR_FS_FILE_TOO_LARGE: 'the file is larger than 2 GiB',
};

/** The first line of what the decoder says, which repeats itself, without a colon that nothing follows. */
function oneLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).trim().split('\n');
  return line.trim().replace(/:$/, '');
}

function decodingError(error: unknown): ImageError {
  const said = oneLine(error);
  const message = said.includes('unsupported image format') ? 'not an image, or of an unknown format' : `the image is damaged: ${said}`;
  return new ImageError('not an image', message, { cause: error });
}

/** The same pixels with 8 bits a sample. */
export function inEightBits(pixels: Pixels<Uint8Array | Uint16Array>): Pixels<Uint8Array> {
  const { data } = pixels;
  if (!(data instanceof Uint16Array)) return { ...pixels, data };
  return { ...pixels, data: Uint8Array.from(data, (sample) => Math.round(sample / 257)) };
}
