/**
 * Shrink images with SoftPool, and measure what became of them: on raw pixels, in browsers and anywhere else. Files are read and written
 * by `@softpool/media/node`.
 *
 * @module
 */
export type { Pixels, Samples } from './pixels.ts';
export { poolImage } from './pool-image.ts';
export { psnr, ssim } from './quality.ts';
export { IMAGE_BETA, type PoolMethod, type ShrinkOptions } from './shrink-options.ts';
