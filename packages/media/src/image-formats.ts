/** Image formats and the extensions of their files. */

/**
 * The formats that are written. JPEG, PNG, WebP, AVIF and TIFF files can always be read, and what
 * else sharp reads.
 */
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'tiff';

/** The names of the formats that are written. */
export const IMAGE_FORMATS: readonly ImageFormat[] = ['jpeg', 'png', 'webp', 'avif', 'tiff'];

/**
 * The format of an image file by its extension, in lower case with its dot. The first of a format
 * is the one to write.
 */
export const IMAGE_EXTENSIONS: Readonly<Record<string, ImageFormat | 'gif' | 'svg'>> = {
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.jpe': 'jpeg',
  '.jfif': 'jpeg',
  '.jif': 'jpeg',
  '.png': 'png',
  '.webp': 'webp',
  '.avif': 'avif',
  '.tiff': 'tiff',
  '.tif': 'tiff',
  '.gif': 'gif',
  '.svg': 'svg',
};

/**
 * The format that the name of a file stands for.
 *
 * @param path - A path or a name.
 * @returns The format, or `undefined` if the name has no extension of an image.
 * @example
 * ```ts
 * imageFormatOf('photos/cat.JPG'); // 'jpeg'
 * imageFormatOf('notes.txt'); // undefined
 * ```
 */
export function imageFormatOf(path: string): ImageFormat | 'gif' | 'svg' | undefined {
  const extension = /\.\w+$/.exec(path)?.[0].toLowerCase() ?? '';
  return Object.hasOwn(IMAGE_EXTENSIONS, extension) ? IMAGE_EXTENSIONS[extension] : undefined;
}
