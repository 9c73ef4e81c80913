/** Reads what a video file says of itself. */
import { stat } from 'node:fs/promises';
import { type ColorTags, type VideoColor, videoColor } from './color.ts';
import { type PixelFormat, pixelFormats } from './pixel-formats.ts';
import { LOCAL, type ProgramOptions, run, VideoError } from './programs.ts';

/** A ratio of two whole numbers. */
export type Ratio = readonly [numerator: number, denominator: number];

/** A stream beside the video. */
export interface OtherStream {
  /** What it is. */
  readonly type: 'audio' | 'subtitle' | 'attachment';
  /** ffmpeg's name of the codec. */
  readonly codec: string;
}

/** What a video file says of itself. */
export interface VideoInfo {
  /** The file. */
  readonly path: string;
  /** The number of the stream in the file. */
  readonly stream: number;
  /** ffmpeg's name of the codec. */
  readonly codec: string;
  /** Width in pixels as it is shown, after rotation. */
  readonly width: number;
  /** Height in pixels as it is shown, after rotation. */
  readonly height: number;
  /** Width of a pixel to its height, after rotation. */
  readonly pixelAspect: Ratio;
  /** Nominal frames per second; the average if the rate varies. */
  readonly frameRate: Ratio;
  /** Whether frames are shown for different times. */
  readonly isVariable: boolean;
  /** Seconds; `undefined` if the file does not say. */
  readonly duration: number | undefined;
  /** How pixels are stored. */
  readonly pixelFormat: PixelFormat;
  /** What they mean. */
  readonly color: VideoColor;
  /** Whether frames consist of two fields. */
  readonly isInterlaced: boolean;
  /** The audio, subtitles and attachments. */
  readonly others: readonly OtherStream[];
  /** The language and title of the video. */
  readonly tags: Readonly<Record<string, string>>;
}

interface Stream extends ColorTags {
  readonly index: number;
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly pix_fmt?: string;
  readonly sample_aspect_ratio?: string;
  readonly r_frame_rate?: string;
  readonly avg_frame_rate?: string;
  readonly duration?: string;
  readonly field_order?: string;
  readonly disposition?: Readonly<Record<string, number>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly side_data_list?: readonly { readonly rotation?: number }[];
}

/**
 * Reads the header of a video file.
 *
 * @param path - The file.
 * @param options - Where ffprobe is.
 * @throws VideoError, whose message starts with the path, if the file is not a video or cannot be
 * pooled as it is; or that says what to install.
 * @example
 * ```ts
 * async function length(): Promise<number | undefined> {
 *   return (await probeVideo('clip.mp4')).duration;
 * }
 * ```
 */
export async function probeVideo(path: string, options: ProgramOptions = {}): Promise<VideoInfo> {
  const [formats, info] = await Promise.all([pixelFormats(options), stat(path).catch(() => undefined)]);
  if (info === undefined) throw new VideoError('unreadable', `${path}: no such file`);
  if (!info.isFile()) throw new VideoError('unreadable', `${path}: it is not a file`);
  if (info.size === 0) throw new VideoError('unreadable', `${path}: the file is empty`);
  const args = ['-v', 'error', ...LOCAL, '-show_streams', '-of', 'json', `file:${path}`];
  const { isOk, output, message } = await run('ffprobe', args, options);
  if (!isOk) throw new VideoError('unreadable', `${path}: ${unreadable(message)}`);
  const { streams = [] } = JSON.parse(output.toString()) as { streams?: readonly Stream[] };
  const stream = streams.find(({ codec_type, disposition }) => codec_type === 'video' && disposition?.attached_pic !== 1);
  if (stream === undefined) throw new VideoError('unreadable', `${path}: the file has no video`);
  const pixelFormat = formats.get(stream.pix_fmt ?? '');
  const { width, height } = stream;
  if (pixelFormat === undefined || !width || !height) {
    throw new VideoError('unreadable', `${path}: ffmpeg cannot decode its video (${stream.codec_name ?? 'unknown codec'})`);
  }
  const isTurned = Math.abs(rotationOf(stream)) % 180 === 90;
  const hasHiddenAlpha = stream.tags?.alpha_mode === '1' || stream.tags?.ALPHA_MODE === '1';
  return {
    path,
    stream: stream.index,
    codec: stream.codec_name ?? '',
    width: isTurned ? height : width,
    height: isTurned ? width : height,
    pixelAspect: turned(ratioOf(stream.sample_aspect_ratio?.replace(':', '/')) ?? [1, 1], isTurned),
    ...rateOf(stream),
    duration: durationOf(stream),
    pixelFormat: hasHiddenAlpha ? (formats.get(`yuva${stream.pix_fmt?.slice(3)}`) ?? pixelFormat) : pixelFormat,
    color: videoColor(path, stream, { isRgb: pixelFormat.isRgb, height, name: pixelFormat.name }),
    isInterlaced: ['tt', 'bb', 'tb', 'bt'].includes(stream.field_order ?? ''),
    others: streams.flatMap(otherStream),
    tags: Object.fromEntries(['language', 'title'].flatMap((tag) => (stream.tags?.[tag] === undefined ? [] : [[tag, stream.tags[tag]]]))),
  };
}

/** Says why ffprobe cannot read a file. */
export function unreadable(message: string): string {
  if (message.includes('Format not on whitelist') || message.includes('not on whitelist')) {
    return 'it is not a container of video; playlists are not followed';
  }
  return `ffprobe cannot read it: ${message}`;
}

/** Clockwise, in degrees: side data, or a tag of older files. */
function rotationOf({ side_data_list: sideData = [], tags }: Stream): number {
  return sideData.find(({ rotation }) => rotation !== undefined)?.rotation ?? Number(tags?.rotate ?? 0);
}

function turned([a, b]: Ratio, isTurned: boolean): Ratio {
  return isTurned ? [b, a] : [a, b];
}

/**
 * The frame rate. It varies if the least rate that has all timestamps is not that of the average.
 */
function rateOf({ r_frame_rate: base, avg_frame_rate: average }: Stream): Pick<VideoInfo, 'frameRate' | 'isVariable'> {
  const [least, mean] = [ratioOf(base), ratioOf(average)];
  const frameRate = mean ?? least ?? [25, 1];
  if (least === undefined) return { frameRate, isVariable: false };
  const isConstant = Math.abs(quotient(least) / quotient(frameRate) - 1) < 0.02;
  return { frameRate: isConstant ? least : frameRate, isVariable: !isConstant };
}

/** The value of a ratio. */
export function quotient([numerator, denominator]: Ratio): number {
  return numerator / denominator;
}

function ratioOf(text: string | undefined): Ratio | undefined {
  const [numerator = 0, denominator = 0] = (text ?? '').split('/').map(Number);
  return numerator > 0 && denominator > 0 ? [numerator, denominator] : undefined;
}

/**
 * Seconds: of the stream, or the tag of Matroska. That of the file includes audio, which can be
 * longer.
 */
function durationOf({ duration, tags }: Stream): number | undefined {
  if (Number(duration) > 0) return Number(duration);
  const [, hours, minutes, seconds] = /^(\d+):(\d+):([\d.]+)$/.exec(tags?.DURATION ?? '') ?? [];
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return total > 0 ? total : undefined;
}

function otherStream({ codec_type: type, codec_name: codec = '' }: Stream): OtherStream[] {
  return type === 'audio' || type === 'subtitle' || type === 'attachment' ? [{ type, codec }] : [];
}
