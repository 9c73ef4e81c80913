/**
 * Image files in Node: read, shrink, compare, write. Everything of `@softpool/media` is here too.
 *
 * @module
 */
export * from '../index.ts';
export { COMPARED_METHODS, type CompareOptions, type ComparisonRow, compareMethods } from './compare.ts';
export { type ContactSheetOptions, contactSheet } from './contact-sheet.ts';
export {
  type EncodeOptions,
  encodeImage,
  IMAGE_FORMATS,
  ImageError,
  type ImageErrorReason,
  type ImageFormat,
  type ImageSize,
  type Picture,
  type ReadOptions,
  readImage,
  readImageSize,
} from './picture.ts';
export { METHODS, type Method, type PictureShrinkOptions, RESAMPLERS, type Resampler, shrinkImage } from './shrink.ts';
