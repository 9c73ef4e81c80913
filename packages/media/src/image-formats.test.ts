import { expect, test } from 'vitest';
import { IMAGE_EXTENSIONS, IMAGE_FORMATS, imageFormatOf } from './index.ts';

test.each([
  ['photo.jpg', 'jpeg'],
  ['a/b.c/photo.JPEG', 'jpeg'],
  ['scan.tif', 'tiff'],
  ['C:\\photos\\cat.Png', 'png'],
  ['film.svg', 'svg'],
  ['photo', undefined],
  ['png', undefined],
  ['photo.png.txt', undefined],
  ['folder.png/photo', undefined],
  ['photo.constructor', undefined],
  ['', undefined],
])('%o has the format %s', (path, format) => {
  expect(imageFormatOf(path)).toBe(format);
});

test('the first extension of each format is its most common one', () => {
  const first = (format: string): string | undefined => Object.keys(IMAGE_EXTENSIONS).find((name) => IMAGE_EXTENSIONS[name] === format);
  expect(IMAGE_FORMATS.map(first)).toEqual(['.jpg', '.png', '.webp', '.avif', '.tiff']);
});
