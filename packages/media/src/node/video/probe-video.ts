/** Reads what a video file says of itself. */
import { stat } from 'node:fs/promises';
import { checkKeys, checkOneOf } from 'softpool/internal';
import { checkRate } from '../../video/pool-video-options.ts';
import { systemErrorText } from '../system-errors.ts';
import { isAnimation, probeAnimation } from './animation.ts';
import { type ColorTags, hdrColor, TONE_MAPPED, videoColor } from './color.ts';
import { FOLDER_RATE, probeFolder } from './frame-folder.ts';
import { quotient, type Ratio } from './frame-rate.ts';
import { pixelFormats } from './pixel-formats.ts';
import { LOCAL, type ProgramOptions, parsed, run, VideoError } from './programs.ts';
import type { OtherStream, VideoInfo } from './video-info.ts';

/** Options of `probeVideo`. */
export interface ProbeVideoOptions extends ProgramOptions {
  /** Frames per second of a folder of frames. Default 25. */
  readonly frameRate?: number | undefined;
  /** Map HDR (PQ and HLG) to BT.709 when frames are read. Default `false`, which refuses HDR. */
  readonly tonemap?: boolean | undefined;
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
  readonly start_time?: string;
  readonly duration?: string;
  readonly field_order?: string;
  readonly disposition?: Readonly<Record<string, number>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly side_data_list?: readonly { readonly rotation?: number }[];
}

type StreamTimes = Pick<Stream, 'duration' | 'tags' | 'start_time'>;

interface Format {
  readonly format_name?: string;
  readonly start_time?: string;
}

/**
 * Reads the header of a video file, or of the pictures in a folder, which are the frames of a video
 * in the natural order of their names. Animated GIF and WebP, and folders, need no ffprobe.
 *
 * @param path - The file or folder.
 * @param options - Where ffprobe is, and the frame rate of a folder.
 * @throws VideoError, whose message starts with the path, if the file is not a video or cannot be
 * pooled as it is; or about ffprobe, if it has to be installed or was killed. RangeError or
 * TypeError that names a wrong option.
 * @example
 * ```ts
 * async function length(): Promise<number | undefined> {
 *   return (await probeVideo('clip.mp4')).duration;
 * }
 * ```
 */
export async function probeVideo(path: string, options: ProbeVideoOptions = {}): Promise<VideoInfo> {
  checkKeys('probeVideo', options, ['programs', 'frameRate', 'tonemap']);
  checkRate('probeVideo', 'frameRate', options.frameRate);
  checkOneOf('probeVideo', 'options.tonemap', options.tonemap ?? false, [true, false]);
  const info = await stat(path).catch((error: unknown) => {
    throw new VideoError('unreadable', `${path}: ${systemErrorText(error) ?? String(error)}`, { cause: error });
  });
  if (info.isDirectory()) return await probeFolder(path, options.frameRate ?? FOLDER_RATE);
  if (options.frameRate !== undefined) {
    throw new VideoError('unsupported', (nameOf) => `${path}: ${nameOf('frameRate')} is for folders of frames; a file has its own rate`);
  }
  if (!info.isFile()) throw new VideoError('unreadable', `${path}: it is not a file`);
  if (info.size === 0) throw new VideoError('unreadable', `${path}: the file is empty`);
  if (await isAnimation(path)) return await probeAnimation(path);
  const formats = await pixelFormats(options);
  const args = ['-v', 'error', ...LOCAL, '-show_streams', '-show_format', '-of', 'json', `file:${path}`];
  const { isOk, output, message } = await run('ffprobe', args, options);
  if (!isOk) throw new VideoError('unreadable', `${path}: ${unreadable(message)}`);
  const { streams, format = {} } = parsed<{ streams: readonly Stream[]; format?: Format }>(output, 'streams');
  const stream = streams.find(({ codec_type, disposition }) => codec_type === 'video' && disposition?.attached_pic !== 1);
  if (stream === undefined) throw new VideoError('unreadable', `${path}: the file has no video`);
  const pixelFormat = formats.get(stream.pix_fmt ?? '');
  const { width, height } = stream;
  if (pixelFormat === undefined || !width || !height) {
    throw new VideoError('unreadable', `${path}: ffmpeg cannot decode its video (${stream.codec_name ?? 'unknown codec'})`);
  }
  const rotation = rotationOf(stream);
  // ffmpeg turns frames by side data alone.
  const turn = rotation === undefined ? tagRotationOf(stream) : 0;
  const isTurned = Math.abs(rotation ?? turn) % 180 === 90;
  const toneMapped = options.tonemap ? hdrColor(stream) : undefined;
  if (toneMapped !== undefined) await requireFilters(path, options);
  const hasHiddenAlpha = tagOf(stream.tags, 'alpha_mode') === '1';
  return {
    path,
    stream: stream.index,
    codec: stream.codec_name ?? '',
    width: isTurned ? height : width,
    height: isTurned ? width : height,
    pixelAspect: turned(ratioOf(stream.sample_aspect_ratio?.replace(':', '/')) ?? [1, 1], isTurned),
    ...rateOf(stream),
    firstTimestamp: Math.max(0, Number(stream.start_time ?? 0) - Number(format.start_time ?? 0)),
    seeksLate: format.format_name === 'mpegts' || format.format_name === 'mpeg',
    duration: durationOf(stream, format),
    pixelFormat: hasHiddenAlpha ? (formats.get(`yuva${stream.pix_fmt?.slice(3)}`) ?? pixelFormat) : pixelFormat,
    toneMapped,
    color: toneMapped !== undefined ? TONE_MAPPED : videoColor(path, stream, { isRgb: pixelFormat.isRgb, height, name: pixelFormat.name }),
    isInterlaced: ['tt', 'bb', 'tb', 'bt'].includes(stream.field_order ?? ''),
    turn,
    others: streams.flatMap(otherStream),
    tags: Object.fromEntries(['language', 'title'].flatMap((tag) => (stream.tags?.[tag] === undefined ? [] : [[tag, stream.tags[tag]]]))),
  };
}

/** Throws unless ffmpeg has the filters that map HDR. */
async function requireFilters(path: string, options: ProgramOptions): Promise<void> {
  for (const name of ['zscale', 'tonemap']) {
    const { output } = await run('ffmpeg', ['-hide_banner', '-h', `filter=${name}`], options);
    if (output.toString().startsWith(`Filter ${name}`)) continue;
    throw new VideoError(
      'unsupported',
      `${path}: tone mapping needs ffmpeg's filter ${name}, which this ffmpeg lacks; install one with zimg`,
    );
  }
}

/** Says why ffprobe cannot read a file. */
export function unreadable(message: string): string {
  if (message.includes('Format not on whitelist') || message.includes('not on whitelist')) {
    return 'it is not a container of video; playlists are not followed';
  }
  return `ffprobe cannot read it: ${message}`;
}

/** Counterclockwise, in degrees, if side data have it. */
function rotationOf({ side_data_list: sideData = [] }: Stream): number | undefined {
  return sideData.find(({ rotation }) => rotation !== undefined)?.rotation;
}

/** Clockwise, in degrees, by the tag that older files have. */
function tagRotationOf({ tags }: Stream): VideoInfo['turn'] {
  const quarters = Math.round(Number(tagOf(tags, 'rotate') ?? 0) / 90);
  return ([0, 90, 180, 270] as const)[((quarters % 4) + 4) % 4] ?? 0;
}

/** A tag of a stream; containers write names in lower or upper case. */
function tagOf(tags: Stream['tags'], name: string): string | undefined {
  return tags?.[name] ?? tags?.[name.toUpperCase()];
}

function turned([a, b]: Ratio, isTurned: boolean): Ratio {
  return isTurned ? [b, a] : [a, b];
}

/**
 * The frame rate. It varies if the least rate that has all timestamps is not that of the average.
 * It is the least rate where most of its frames are there, so that some were dropped. Where frames
 * come at any time, or as fields, that rate is too high: the average stands for it.
 */
function rateOf({ r_frame_rate: base, avg_frame_rate: average }: Stream): Pick<VideoInfo, 'frameRate' | 'highestRate' | 'isVariable'> {
  const [least, mean] = [ratioOf(base), ratioOf(average)];
  const known = mean ?? least ?? [25, 1];
  if (least === undefined) return { frameRate: known, highestRate: known, isVariable: false };
  const times = quotient(least) / quotient(known);
  const isVariable = Math.abs(times - 1) >= 0.02;
  return { frameRate: !isVariable || (times > 1 && times < 1.9) ? least : known, highestRate: times > 1 ? least : known, isVariable };
}

function ratioOf(text: string | undefined): Ratio | undefined {
  const [numerator = 0, denominator = 0] = (text ?? '').split('/').map(Number);
  return numerator > 0 && denominator > 0 ? [numerator, denominator] : undefined;
}

/**
 * Seconds from the start of the file to the end of the stream, by its length or the tag of
 * Matroska, which is the last time. The duration of the file includes audio, which can be longer.
 */
export function durationOf({ duration, tags, start_time: start }: StreamTimes, { start_time: origin }: Format): number | undefined {
  const first = Number(origin ?? 0);
  const [, hours, minutes, seconds] = /^(\d+):(\d+):([\d.]+)$/.exec(tags?.DURATION ?? '') ?? [];
  const last = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const end = Number(duration) > 0 ? Math.max(first, Number(start ?? first)) + Number(duration) : last;
  return end > first ? Number((end - first).toFixed(6)) : undefined;
}

function otherStream({ codec_type: type, codec_name: codec = '' }: Stream): OtherStream[] {
  return type === 'audio' || type === 'subtitle' || type === 'attachment' ? [{ type, codec }] : [];
}
