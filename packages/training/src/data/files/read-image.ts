/** Reads image files as samples. */
import { readFile } from 'node:fs/promises';
import { imageFormatOf } from '@softpool/media';
import sharp from 'sharp';
import { CorruptSampleError, type Sample } from '../data-set.ts';
import { sampleFileError } from './file-errors.ts';

/** Whether a file is taken for an image, by its name. Its content is checked when it is read. */
export function isImageName(name: string): boolean {
  return imageFormatOf(name) !== undefined;
}

/** Most pixels of an image: 200 MB decoded. */
const MAX_PIXELS = 2 ** 26;

/**
 * Reads an image file as [height, width, 3]: sRGB, rotated by its EXIF orientation, gray as three
 * equal channels, transparency on white. Rejects with `CorruptSampleError` if the file is not an
 * image, is damaged, or has more than 67 million pixels.
 */
export async function readImage(path: string): Promise<Sample> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw sampleFileError(path, error);
  }
  if (bytes.length === 0) throw new CorruptSampleError(`${path}: the file is empty`);
  try {
    const { data, info } = await sharp(bytes, { failOn: 'error', limitInputPixels: MAX_PIXELS })
      .autoOrient()
      .flatten({ background: 'white' })
      .toColorspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`${info.channels} channels in sRGB, expected 3`);
    return { data, shape: [info.height, info.width, 3] };
  } catch (error) {
    throw new CorruptSampleError(`${path}: ${reason(error)}`, { cause: error });
  }
}

function reason(error: unknown): string {
  const [line = ''] = (error as Error).message.trim().split('\n');
  if (line.includes('unsupported image format')) return 'not an image, or an unsupported format';
  if (line.includes('pixel limit')) return `the image has more than ${MAX_PIXELS} pixels`;
  return `the image is damaged: ${line.trim().replace(/:$/, '')}`;
}
