/** Reads image files as samples. */
import { imageFormatOf } from '@softpool/media';
import { flattenImage, ImageError, readImage as readPicture } from '@softpool/media/node';
import { CorruptSampleError, type Sample } from '../data-set.ts';
import { sampleFileError } from './file-errors.ts';
import { isEndless, NOT_A_FILE } from './read-whole.ts';

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
    if (await isEndless(path)) throw new CorruptSampleError(`${path}: ${NOT_A_FILE}`);
    const { data, width, height, channels } = flattenImage(await readPicture(path, { maxPixels: MAX_PIXELS }));
    return { data: channels === 1 ? inColor(data) : data, shape: [height, width, 3] };
  } catch (error) {
    if (error instanceof CorruptSampleError) throw error;
    if (error instanceof ImageError && error.reason === 'unreadable') throw sampleFileError(path, error.cause);
    if (error instanceof ImageError) throw new CorruptSampleError(`${path}: ${error.message}`, { cause: error });
    throw sampleFileError(path, error);
  }
}

function inColor(gray: Uint8Array): Uint8Array {
  const colors = new Uint8Array(3 * gray.length);
  for (let i = 0; i < colors.length; i++) colors[i] = gray[Math.floor(i / 3)] as number;
  return colors;
}
