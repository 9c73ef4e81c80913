/**
 * `@softpool/media/internal/pictures`: what a command for pictures runs on, without videos and
 * comparisons, which take as long to load as all of this. It may change in any release; import it
 * only from packages of this repository.
 *
 * @module
 */
export { IMAGE_EXTENSIONS, IMAGE_FORMATS, type ImageFormat, imageFormatOf } from './image-formats.ts';
export { encodeImage, LONGEST_SIDES } from './node/encode-image.ts';
export { encodePages, PAGES_FORMATS, type PagesFormat, readTiming } from './node/encode-pages.ts';
export { readBytes } from './node/read-bytes.ts';
export { type ImageSize, type Picture, readImage, readImageSize } from './node/read-image.ts';
export { resizeImage } from './node/resize-image.ts';
export { lateDecoders } from './node/time-limit.ts';
export type { Pixels } from './pixels.ts';
export { poolImage } from './pool-image.ts';
export { type PoolImageOptions, pooledSize } from './pool-image-options.ts';
