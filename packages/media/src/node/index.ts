/**
 * Image files in Node: read, pool, resize, compare and write them. Includes everything of
 * `@softpool/media`. Needs the package `sharp`.
 *
 * @module
 */
export * from '../index.ts';
export { RESAMPLERS, type Resampler } from '../resample/filters.ts';
export { COMPARED_METHODS, type CompareOptions, type ComparisonRow, compareMethods } from './compare-methods.ts';
export { type EncodeOptions, encodeImage } from './encode-image.ts';
export { type EncodePagesOptions, encodePages, PAGES_FORMATS, type PagesFormat, readTiming, type Timing } from './encode-pages.ts';
export { ImageError, type ImageErrorReason } from './image-error.ts';
export { METHODS, type Method } from './methods.ts';
export { type ImageMetadata, type ImageSize, type Picture, type ReadOptions, readImage, readImageSize } from './read-image.ts';
export { type ResizeImageOptions, resizeImage } from './resize-image.ts';
