/** Reads image files through sharp. */
import { access, constants, readFile } from 'node:fs/promises';
import { checkInteger, rangeError, typeError } from 'softpool/internal';
import type { Pixels } from '../pixels.ts';
import { fromSharp, loadSharp, sharpMessage } from './sharp.ts';

/** An image read from a file: sRGB, upright, 8 or 16 bits a sample. */
export interface Picture extends Pixels<Uint8Array | Uint16Array> {
  /** The format of the file, as sharp names it. */
  readonly format: string;
  /** Pages of the file, or frames of an animation; 1 for other files. */
  readonly pages: number;
}

/** Why a file could not be read. */
export type ImageErrorReason = 'unreadable' | 'empty' | 'too large' | 'not an image';

/** A file that could not be read as an image. Its message is one line that says why. */
export class ImageError extends Error {
  /** `'ImageError'`, which also identifies an error from another copy of the package. */
  override readonly name = 'ImageError';
  /** Why the file could not be read, for programs. */
  readonly reason: ImageErrorReason;

  /** Creates an error with a reason for programs and a message for people. */
  constructor(reason: ImageErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Options of `readImage`. */
export interface ReadOptions {
  /**
   * Largest number of pixels (width × height) that is decoded. Default 268402689 (16383 × 16383),
   * as in sharp.
   */
  readonly maxPixels?: number | undefined;
  /** The page of the file, or the frame of an animation, that is read. Default 0, the first. */
  readonly page?: number | undefined;
}

const DEFAULT_MAX_PIXELS = 0x3fff * 0x3fff;

/**
 * Color spaces with a known white for unsigned samples of 8 and 16 bits only. sharp would clip
 * other samples to black or white.
 */
const UNSIGNED_SPACES = ['b-w', 'grey16', 'srgb', 'rgb', 'rgb16', 'multiband'];

/**
 * Reads an image. Applies the EXIF orientation, and converts color profiles and CMYK to sRGB, so
 * that pooling means the same for every image. Drops the profile and all other metadata. Reads one
 * page of a file with several, the first by default.
 *
 * @param source - A path, or the bytes of the file.
 * @param options - A limit, and the page.
 * @throws TypeError or RangeError that names the wrong argument; ImageError if the file cannot be
 * read, is empty, damaged or not an image, or has more than `maxPixels` pixels.
 * @example
 * ```ts
 * const image = await readImage('examples/photographs/chelsea.png');
 * console.log(image.width, image.height); // 451 300
 * ```
 */
export async function readImage(source: string | Uint8Array, options: ReadOptions = {}): Promise<Picture> {
  const maxPixels = maxPixelsOf('readImage', options);
  const { page = 0 } = options;
  checkInteger('readImage', 'options.page', page, 0);
  if (typeof source !== 'string' && !(source instanceof Uint8Array)) {
    throw typeError('readImage', 'source', 'a path or a Uint8Array', source);
  }
  const sharp = await loadSharp();
  const bytes = typeof source === 'string' ? await readFile(source).catch(unreadable) : source;
  if (bytes.length === 0) throw new ImageError('empty', 'the file is empty');
  try {
    // The limit is checked below, with a message of our own. sharp's limit would also count pixels
    // that are never decoded.
    const image = sharp(bytes, { failOn: 'error', limitInputPixels: false, page });
    const { width, height, format, depth, space, pages = 1 } = await image.metadata();
    checkSize(width, height, maxPixels);
    if (depth !== 'uchar' && depth !== 'ushort' && UNSIGNED_SPACES.includes(space)) {
      throw new ImageError('not an image', `the image has ${depth} samples; only 8 and 16 bits a sample can be read`);
    }
    const wide = isWide(depth);
    const colorSpace = wide ? 'rgb16' : 'srgb';
    const pixels = await fromSharp(image.autoOrient().pipelineColourspace(colorSpace).toColourspace(colorSpace), wide);
    return { ...pixels, format: nameOf(format), pages };
  } catch (error) {
    throw decodingError(error);
  }
}

/** The size of an image, from the header of its file. */
export interface ImageSize {
  /** The format of the file, as sharp names it. */
  readonly format: string;
  /** Pages of the file, or frames of an animation; 1 for other files. */
  readonly pages: number;
  /** Width in pixels, after the EXIF orientation is applied. */
  readonly width: number;
  /** Height in pixels, after the EXIF orientation is applied. */
  readonly height: number;
  /** Samples a pixel, as in the file. */
  readonly channels: number;
  /** Bytes a sample after `readImage` has decoded it. */
  readonly bytesPerSample: 1 | 2;
}

/**
 * Reads the size of an image from the header of its file, without decoding pixels.
 *
 * @param path - The file.
 * @param options - A limit.
 * @throws RangeError if the limit is wrong; ImageError if the file cannot be read, its header is
 * not that of an image, or it has more than `maxPixels` pixels.
 * @example
 * ```ts
 * const { width, height } = await readImageSize('examples/photographs/chelsea.png');
 * console.log(width, height); // 451 300
 * ```
 */
export async function readImageSize(path: string, options: ReadOptions = {}): Promise<ImageSize> {
  const maxPixels = maxPixelsOf('readImageSize', options);
  const sharp = await loadSharp();
  await access(path, constants.R_OK).catch(unreadable);
  try {
    const { width, height, autoOrient, channels, depth, format, pages = 1 } = await sharp(path, { limitInputPixels: false }).metadata();
    checkSize(width, height, maxPixels);
    const size = { width: autoOrient.width, height: autoOrient.height, channels, bytesPerSample: isWide(depth) ? 2 : 1 } as const;
    return { ...size, format: nameOf(format), pages };
  } catch (error) {
    throw decodingError(error);
  }
}

/** The format as we name it: sharp calls AVIF by its container. */
function nameOf(format: string): string {
  return format === 'heif' ? 'avif' : format;
}

function maxPixelsOf(call: string, { maxPixels = DEFAULT_MAX_PIXELS }: ReadOptions): number {
  if (typeof maxPixels === 'number' && maxPixels >= 1) return maxPixels;
  throw rangeError(call, 'options.maxPixels', 'a number ≥ 1', maxPixels);
}

function checkSize(width: number, height: number, maxPixels: number): void {
  if (width * height <= maxPixels) return;
  throw new ImageError('too large', `the image has ${width} × ${height} pixels; the limit is ${maxPixels}`);
}

/** True for depths that are read as 16 bits a sample. */
function isWide(depth: string): boolean {
  return depth === 'ushort' || depth === 'float';
}

function unreadable(error: unknown): never {
  const message = SYSTEM_ERRORS[(error as NodeJS.ErrnoException).code ?? ''] ?? sharpMessage(error);
  throw new ImageError('unreadable', message, { cause: error });
}

const SYSTEM_ERRORS: Partial<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'is a folder',
  ELOOP: 'too many symbolic links',
  ERR_FS_FILE_TOO_LARGE: 'the file is larger than 2 GiB',
};

function decodingError(error: unknown): ImageError {
  if (error instanceof ImageError) return error;
  const said = sharpMessage(error);
  const message = said.includes('unsupported image format') ? 'not an image, or an unknown format' : `the image is damaged: ${said}`;
  return new ImageError('not an image', message, { cause: error });
}
