/** Containers of videos: those that are read, and those that are written. */

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
  /** ffmpeg's name of it. */
  readonly muxer: string;
  /** The encoder for it, unless another is asked for. */
  readonly encoder: string;
  /** What texts of subtitles are converted to, if it cannot hold them as they are. */
  readonly subtitles: string | undefined;
  /** Options of ffmpeg for it. */
  readonly options: readonly string[];
  /** Whether it holds nothing besides the video. */
  readonly isSilent?: true;
}

const MP4 = { encoder: 'libx264', subtitles: 'mov_text', options: ['-movflags', '+faststart'] } as const;

/** Containers by the extension of a file, in lower case with its dot. */
const BY_EXTENSION: Readonly<Record<string, Container>> = {
  '.mp4': { muxer: 'mp4', ...MP4 },
  '.m4v': { muxer: 'mp4', ...MP4 },
  '.mov': { muxer: 'mov', ...MP4 },
  '.mkv': { muxer: 'matroska', encoder: 'libx264', subtitles: undefined, options: [] },
  '.webm': { muxer: 'webm', encoder: 'libvpx-vp9', subtitles: 'webvtt', options: [] },
  '.avi': { muxer: 'avi', encoder: 'mpeg4', subtitles: undefined, options: [] },
  '.gif': { muxer: 'gif', encoder: 'gif', subtitles: undefined, options: ['-loop', '0'], isSilent: true },
  '.webp': { muxer: 'webp', encoder: 'libwebp_anim', subtitles: undefined, options: ['-loop', '0'], isSilent: true },
};

/** The extensions of videos that are written. */
export const VIDEO_EXTENSIONS: readonly string[] = Object.keys(BY_EXTENSION);

/** The container that the name of a file stands for, if it is one that is written. */
export function containerOf(path: string): Container | undefined {
  const extension = /\.\w+$/.exec(path)?.[0].toLowerCase() ?? '';
  return Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
}
