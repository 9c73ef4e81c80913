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
export type { HdrColor, VideoColor } from './video/color.ts';
export {
  type ComparedVideoMethod,
  type ComparedVideoOptions,
  type CompareVideoOptions,
  compareVideo,
  type VideoComparison,
  type VideoComparisonRow,
} from './video/compare-video.ts';
export { type Container, isFramePattern, VIDEO_EXTENSIONS } from './video/containers.ts';
export type { Ratio } from './video/frame-rate.ts';
export type { PixelFormat } from './video/pixel-formats.ts';
export { type PooledSize, planVideo } from './video/plan-output.ts';
export { type PoolVideoThreadedOptions, poolVideoThreaded } from './video/pool-video-threaded.ts';
export { type ProbeVideoOptions, probeVideo } from './video/probe-video.ts';
export { killPrograms, type NameOption, type ProgramOptions, VideoError, type VideoErrorReason } from './video/programs.ts';
export { type DecodedFrame, type ReadVideoOptions, readVideo } from './video/read-video.ts';
export type { SourcePart } from './video/source-part.ts';
export type { Figures } from './video/video-figures.ts';
export type { OtherStream, PictureFrames, VideoInfo } from './video/video-info.ts';
export type { EncodeVideoOptions, VideoOutput } from './video/video-output.ts';
export { writeVideo } from './video/write-video.ts';
