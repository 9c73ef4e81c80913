/** Reads image files as samples. */
import { stat } from 'node:fs/promises';
import { imageFormatOf } from '@softpool/media';
import { flattenImage, ImageError, readImage as readPicture } from '@softpool/media/node';
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
 * equal channels, transparency on white. Rejects with `CorruptSampleError` if it is not a file, not
 * an image, is damaged, or has more than 67 million pixels.
 */
export async function readImage(path: string): Promise<Sample> {
  try {
    if (!(await stat(path)).isFile()) throw new CorruptSampleError(`${path}: not a file`);
    const { data, width, height, channels } = flattenImage(await readPicture(path, { maxPixels: MAX_PIXELS }));
    return {
      data: channels === 1 ? Uint8Array.from({ length: 3 * data.length }, (_, i) => data[Math.floor(i / 3)] as number) : data,
      shape: [height, width, 3],
    };
  } catch (error) {
    if (error instanceof CorruptSampleError) throw error;
    if (error instanceof ImageError) throw new CorruptSampleError(`${path}: ${error.message}`, { cause: error });
    throw sampleFileError(path, error);
  }
}
