/**
 * Image files in Node: read, pool, resize, compare and write them. Includes everything of
 * `@softpool/media`. Reading, writing and resizing need the package `sharp`, and contact sheets
 * `dejavu-fonts-ttf`.
 *
 * @module
 */
export * from '../index.ts';
export { COMPARED_METHODS, type CompareOptions, type ComparisonRow, compareMethods } from './compare-methods.ts';
export { type ContactSheetOptions, contactSheet } from './contact-sheet.ts';
export { type EncodeOptions, encodeImage } from './encode-image.ts';
export { type EncodePagesOptions, encodePages, PAGES_FORMATS, type PagesFormat, readTiming, type Timing } from './encode-pages.ts';
export { METHODS, type Method } from './methods.ts';
export {
  ImageError,
  type ImageErrorReason,
  type ImageSize,
  type Picture,
  type ReadOptions,
  readImage,
  readImageSize,
} from './read-image.ts';
export { RESAMPLERS, type Resampler, type ResizeImageOptions, resizeImage } from './resize-image.ts';
