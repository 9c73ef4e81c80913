/** Errors of reading images, and the reasons that libvips gives in words for people. */
import { sharpMessage } from './sharp.ts';
import { systemErrorText } from './system-errors.ts';

/** Why a file could not be read. */
export type ImageErrorReason = 'unreadable' | 'empty' | 'too large' | 'timeout' | 'not an image' | 'damaged' | 'unsupported';

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

/** Rejects with the reason that a file could not be opened. */
export function unreadable(error: unknown): never {
  if (error instanceof ImageError) throw error;
  throw new ImageError('unreadable', systemErrorText(error) ?? sharpMessage(error), { cause: error });
}

/**
 * What libvips says of files that are sound but not supported, and what to tell people. The first
 * that matches counts.
 */
const UNSUPPORTED: readonly [pattern: RegExp, message: string][] = [
  [
    /compression format has not been built in|unsupported codec|No decoding plugin/i,
    'HEIC with HEVC compression is not supported; convert the file to JPEG, PNG or AVIF',
  ],
  [/bad labq|cielab|lab image/i, '8-bit TIFF in the CIELAB color space is not supported; convert the file to RGB'],
  [/unsupported JPEG data precision|data precision 12/i, 'JPEG with 12 bits a sample is not supported; convert the file to 8 bits'],
  [/LZMA compression support is not configured/i, 'TIFF with LZMA compression is not supported; save the file with Deflate or LZW'],
  [/old-style JPEG/i, 'TIFF with old-style JPEG compression is not supported; convert the file to PNG or JPEG'],
  [/unsupported tiff image type|tiled planar|not built in|is not configured|unsupported/i, 'this kind of image is not supported'],
];

/** Turns an error of libvips into one for people. */
export function decodingError(error: unknown): ImageError {
  if (error instanceof ImageError) return error;
  const lines = (error instanceof Error ? error.message : String(error)).split('\n').map((line) => line.trim());
  const reason = (): ConstructorParameters<typeof ImageError> => {
    const timeout = lines.find((line) => /^timeout/i.test(line));
    if (timeout !== undefined) return ['timeout', 'decoding takes longer than the time limit'];
    // A file of a format whose content libvips does not recognize.
    if (lines.some((line) => line.includes('contains unsupported image format')))
      return ['not an image', 'not a JPEG, PNG, WebP, AVIF, TIFF, GIF or SVG image'];
    if (lines.some((line) => /exceeded more than \d+ referenced elements/.test(line)))
      return ['too large', 'the SVG refers to too many elements'];
    for (const [pattern, message] of UNSUPPORTED) if (lines.some((line) => pattern.test(line))) return ['unsupported', message];
    return ['damaged', `the image is damaged: ${mostTelling(lines)}`];
  };
  const [kind, message] = reason();
  return new ImageError(kind, message, { cause: error });
}

/** Lines that say that something failed, but not what. */
const VAGUE = /bad seek to|^Unknown error|Warning treated as error|tag is not read|^error in tile|read error$|^$/i;

/** libvips prints mere warnings and their consequences around the line that tells why. */
function mostTelling(lines: readonly string[]): string {
  const line = lines.findLast((candidate) => !VAGUE.test(candidate)) ?? lines.find((candidate) => candidate !== '') ?? 'unknown error';
  return line.replace(/^Input (buffer|file) has corrupt header: /, '').replace(/:$/, '');
}
