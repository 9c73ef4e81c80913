/** Containers of videos: those that are read, and those that are written. */
import { basename, dirname, join } from 'node:path';
import { IMAGE_FORMATS, type ImageFormat, imageFormatOf } from '../../image-formats.ts';

/**
 * ffmpeg's names of the containers that are read. Playlists (HLS, DASH, concat) are not among them:
 * they are texts that name other files, whatever the file is called.
 */
export const CONTAINERS: readonly string[] = [
  ...['apng', 'asf', 'avi', 'dv', 'flv', 'gif', 'ivf', 'm4v', 'matroska', 'mov', 'mpeg', 'mpegts', 'mpegvideo'],
  ...['mxf', 'nut', 'ogg', 'rm', 'wtv', 'yuv4mpegpipe'],
];

/** A container that is written. */
export interface Container {
  /** ffmpeg's name of it; that of the pictures if each frame is a file. */
  readonly muxer: string;
  /** The encoder for it, unless another is asked for. */
  readonly encoder: string;
  /** What texts of subtitles are converted to, if it cannot hold them as they are. */
  readonly subtitles: string | undefined;
  /** Options of ffmpeg for it. */
  readonly options: readonly string[];
  /** Whether luma and chroma have one meaning in it: BT.601 of limited range. */
  readonly isBt601?: true;
  /** Whether it holds nothing besides the video. */
  readonly isSilent?: true;
  /** Whether each frame is a file of its own, a picture of this format. */
  readonly frames?: ImageFormat;
  /** The value of ffmpeg's `-loop` for an animation that is played so often; 0 is forever. */
  readonly loop?: (plays: number) => number;
  /** Most frames per second that are shown as they should. */
  readonly mostFrames?: number;
}

/** Browsers show frames of 10 ms or less for 100 ms. */
const ANIMATION = { subtitles: undefined, options: [], isSilent: true, mostFrames: 50 } as const;

const MP4 = { encoder: 'libx264', subtitles: 'mov_text', options: ['-movflags', '+faststart'] } as const;

/** Containers by the extension of a file, in lower case with its dot. */
const BY_EXTENSION: Readonly<Record<string, Container>> = {
  '.mp4': { muxer: 'mp4', ...MP4 },
  '.m4v': { muxer: 'mp4', ...MP4 },
  '.mov': { muxer: 'mov', ...MP4 },
  '.mkv': { muxer: 'matroska', encoder: 'libx264', subtitles: undefined, options: [] },
  '.webm': { muxer: 'webm', encoder: 'libvpx-vp9', subtitles: 'webvtt', options: [] },
  '.avi': { muxer: 'avi', encoder: 'mpeg4', subtitles: undefined, options: [] },
  '.gif': { muxer: 'gif', encoder: 'gif', ...ANIMATION, loop: (plays) => (plays === 1 ? -1 : Math.max(0, plays - 1)) },
  '.webp': { muxer: 'webp', encoder: 'libwebp_anim', ...ANIMATION, isBt601: true, loop: (plays) => plays },
};

/** The extensions of videos that are written. */
export const VIDEO_EXTENSIONS: readonly string[] = Object.keys(BY_EXTENSION);

/** The number of a frame in the name of its file, such as `%06d`. */
const NUMBER = /%(?:0(\d))?d/;

/** The container that the name of a file stands for, if it is one that is written. */
export function containerOf(path: string): Container | undefined {
  const extension = /\.\w+$/.exec(path)?.[0].toLowerCase() ?? '';
  if (isFramePattern(path)) {
    const format = IMAGE_FORMATS.find((each) => each === imageFormatOf(path));
    return format && { muxer: format, encoder: format, subtitles: undefined, options: [], isSilent: true, frames: format };
  }
  return Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
}

/**
 * Whether the name of a file stands for a file per frame, such as `frame-%06d.png`.
 *
 * @param path - The path.
 * @example
 * ```ts
 * isFramePattern('small/frame-%06d.png'); // true
 * ```
 */
export function isFramePattern(path: string): boolean {
  return NUMBER.test(basename(path));
}

/** The file of a frame, by its number from 1. */
export function frameFile(pattern: string, number: number): string {
  return join(
    dirname(pattern),
    basename(pattern).replace(NUMBER, (_, digits?: string) => String(number).padStart(Number(digits ?? 1), '0')),
  );
}

/** Matches the names of the files that a pattern stands for. */
export function frameNames(pattern: string): (name: string) => boolean {
  const [before = '', after = ''] = basename(pattern).replace(NUMBER, '\0').split('\0');
  return (name) => {
    const number = name.slice(before.length, name.length - after.length);
    return name.startsWith(before) && name.endsWith(after) && /^\d+$/.test(number);
  };
}
