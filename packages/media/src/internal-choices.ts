/**
 * `@softpool/media/internal/choices`: what the options of commands may be, for their help. It loads
 * nothing that computes. It may change in any release; import it only from packages of this
 * repository.
 *
 * @module
 */
export { FITS, POSITIONS } from './fit.ts';
export { IMAGE_FORMATS, imageFormatOf } from './image-formats.ts';
export { isPoolMethod, METHODS } from './node/methods.ts';
export { POOL_METHODS } from './pool-image-options.ts';
export { RESAMPLERS } from './resample/filters.ts';
export { SCENE_CUT, VIDEO_METHODS } from './video/pool-video-options.ts';
