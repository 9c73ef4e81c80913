/**
 * `@softpool/media/internal`: inputs of networks and programs for video, shared with the sibling
 * packages. It may change in any release; import it only from packages of this repository.
 *
 * @module
 */
export { cropPixels } from './crop-pixels.ts';
export {
  halfOf,
  LUMA,
  type Normalizing,
  normalizeInPlace,
  type Resize,
  resizedSize,
  type Size,
  windowInto,
} from './network-input/input-values.ts';
export { type InputRecipe, inputValues } from './node/network-input.ts';
export { checkEncodeOptions } from './node/video/check-encoder.ts';
export { frameNames } from './node/video/containers.ts';
export { frameRateOf, quotient, reducedRatio } from './node/video/frame-rate.ts';
export { durationOf, unreadable } from './node/video/probe-video.ts';
export { LOCAL, parsed, run, VideoError } from './node/video/programs.ts';
export { checkPart } from './node/video/read-video.ts';
export { secondsArgument } from './node/video/source-part.ts';
export { SSIM_WINDOW } from './similarity-window.ts';
