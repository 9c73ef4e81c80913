/**
 * Images made smaller by SoftPool, and compared with the original: raw pixels, in browsers and
 * anywhere else. `@softpool/media/threads` pools on threads, `@softpool/media/ssim` has SSIM, and
 * `@softpool/media/node` reads and writes image files.
 *
 * @module
 */
export { FITS, type Fit, POSITIONS, type Position } from './fit.ts';
export { flattenImage } from './flatten-image.ts';
export { type CanvasImageData, toImageData } from './image-data.ts';
export { IMAGE_EXTENSIONS, IMAGE_FORMATS, type ImageFormat, imageFormatOf } from './image-formats.ts';
export type { Pixels, PixelsInput, Samples } from './pixels.ts';
export { type PoolImageAsyncOptions, poolImage, poolImageAsync } from './pool-image.ts';
export {
  IMAGE_BETA,
  POOL_METHODS,
  type PoolImageOptions,
  type PoolMethod,
  pooledSize,
} from './pool-image-options.ts';
export { psnr } from './psnr.ts';
export { poolVideo } from './video/pool-video.ts';
export {
  type PoolVideoOptions,
  pooledVideoSize,
  SCENE_CUT,
  VIDEO_METHODS,
  type VideoMethod,
  type VideoSize,
} from './video/pool-video-options.ts';
export type { VideoFrameLike, VideoSamples } from './video/video-frame.ts';
