/** Methods and results of the experiment `downsampling`. */
import type { Resampler } from '@softpool/media/node';

/** The name of a downsampling method. */
export type DownsamplingMethod =
  | 'soft, shared weights'
  | 'soft, per channel'
  | 'average (area)'
  | 'max'
  | 'stochastic'
  | 'Lp, p = 2'
  | 'lanczos3';

/** The results for a picture and a factor. */
export type DownsamplingResult = {
  /** Width of the measured picture, in pixels. */
  readonly width: number;
  /** Height of the measured picture, in pixels. */
  readonly height: number;
  /** Figures for each method and resampler. */
  readonly figures: readonly DownsamplingFigures[];
};

/** The figures of a method and a resampler. */
export type DownsamplingFigures = {
  /** The downsampling method. */
  readonly method: DownsamplingMethod;
  /** The upsampling filter. */
  readonly enlargedBy: Resampler;
  /** Structural similarity with the original, at most 1. */
  readonly ssim: number;
  /** In dB; `null` means infinite: nothing differs. */
  readonly psnr: number | null;
};
