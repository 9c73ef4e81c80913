/** How a video is encoded, once it is decided. */
import type { VideoColor } from './color.ts';
import type { Container } from './containers.ts';
import type { Ratio } from './frame-rate.ts';
import type { PixelFormat } from './pixel-formats.ts';
import type { ProgramOptions } from './programs.ts';
import type { SourcePart } from './source-part.ts';
import type { VideoInfo } from './video-info.ts';

/** How to encode. */
export interface EncodeVideoOptions extends ProgramOptions {
  /** The part of the source that is encoded, in seconds: for audio and subtitles. */
  readonly start?: number | undefined;
  /** How much of it, in seconds. */
  readonly duration?: number | undefined;
  /**
   * `h264`, `hevc`, `vp9`, `av1`, or the name of one of ffmpeg's encoders. Default: by the
   * container.
   */
  readonly codec?: string | undefined;
  /**
   * Quality of the encoder: lower is better. Default: 20 for H.264, 23 for HEVC, 31 for VP9 and
   * AV1. Other encoders may have no such option.
   */
  readonly crf?: number | undefined;
  /** Speed of the encoder, by its own names. Only for encoders that have this option. */
  readonly preset?: string | undefined;
  /** ffmpeg's name of the pixel format. Default: that which keeps most of the source. */
  readonly pixelFormat?: string | undefined;
  /** Whether the audio is kept. Default `'copy'`. */
  readonly audio?: 'copy' | 'drop' | undefined;
  /** Whether the subtitles are kept. Default `'copy'`. */
  readonly subtitles?: 'copy' | 'drop' | undefined;
}

/** A checked way to encode. */
export interface VideoOutput {
  /** The file as it was planned: `writeVideo` may write to another, and names this one. */
  readonly path: string;
  /** The video that is pooled. */
  readonly source: VideoInfo;
  /** The container. */
  readonly container: Container;
  /** ffmpeg's name of the encoder. */
  readonly encoder: string;
  /** How pixels are stored. */
  readonly pixelFormat: PixelFormat;
  /** What they mean. */
  readonly color: VideoColor;
  /** Width of the result in pixels: even where two pixels share their chroma. */
  readonly width: number;
  /** Height of the result in pixels: even where two pixels share their chroma. */
  readonly height: number;
  /** Frames per second. */
  readonly frameRate: Ratio;
  /** Width of a pixel to its height. */
  readonly pixelAspect: Ratio;
  /** Codecs of the streams beside the video. */
  readonly others: readonly string[];
  /** Chapters and subtitles of the part that is encoded; `undefined` for all of the source. */
  readonly part: SourcePart | undefined;
  /** How to encode. */
  readonly options: EncodeVideoOptions;
  /** What is not as in the source, in words. */
  readonly notes: readonly string[];
}
