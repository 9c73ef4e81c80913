/** Decodes a video with ffmpeg, frame by frame. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { checkKeys, checkOneOf } from 'softpool/internal';
import type { VideoFrameLike } from '../../video/video-frame.ts';
import { filterMatrix, fullWhite, toneMapFilters } from './color.ts';
import { quotient } from './frame-rate.ts';
import { readPictures } from './picture-frames.ts';
import type { PixelFormat } from './pixel-formats.ts';
import { planesToRgb } from './planes-to-rgb.ts';
import { LOCAL, LOG, type ProgramOptions, plainMessage, start, VideoError } from './programs.ts';
import { checkSeconds, partArguments, secondsArgument } from './source-part.ts';
import type { VideoInfo } from './video-info.ts';

/** Options of `readVideo`. */
export interface ReadVideoOptions extends ProgramOptions {
  /** Where to start, in seconds. Default: the beginning. */
  readonly start?: number | undefined;
  /** Seconds to read, more than 0. Default: up to the end. */
  readonly duration?: number | undefined;
  /** Make full frames of interlaced ones. Default `false`, which refuses interlaced videos. */
  readonly deinterlace?: boolean | undefined;
}

/** Frames as they are decoded: 8 or 16 bits a sample; RGB or RGBA, or gray pictures. */
export type DecodedFrame = VideoFrameLike<Uint8Array | Uint16Array>;

/**
 * Decodes a video. Rotation is applied, luma and chroma become RGB by the video's own matrix and
 * range, and more than 8 bits become 16. The samples of a frame are overwritten by the next.
 *
 * @param info - The video, by `probeVideo`.
 * @param options - Which part to read.
 * @returns The frames with their timestamps, which start near 0 at `options.start`. A frame that
 * came more than a frame earlier, and is still shown then, is the first.
 * @throws VideoError, whose message starts with the path, if the video is damaged, ends before it
 * should, or is interlaced; RangeError or TypeError that names a wrong option.
 * @example
 * ```ts
 * async function brightness(): Promise<void> {
 *   for await (const { timestamp, data } of readVideo(await probeVideo('clip.mp4'))) console.log(timestamp, data[0]);
 * }
 * ```
 */
export async function* readVideo(info: VideoInfo, options: ReadVideoOptions = {}): AsyncGenerator<DecodedFrame, void, void> {
  checkKeys('readVideo', options, ['programs', 'start', 'duration', 'deinterlace']);
  checkSeconds('readVideo', options);
  checkOneOf('readVideo', 'options.deinterlace', options.deinterlace ?? false, [true, false]);
  checkPart(info, options);
  if (info.pictures !== undefined) {
    yield* readPictures(info, info.pictures, options);
    return;
  }
  let first: number | undefined;
  for await (const frame of decode(info, options)) {
    first ??= frame.timestamp;
    if (isLate(info, options, first)) break;
    yield frame;
  }
  if (isLate(info, options, first)) yield* readHeld(info, options);
}

/** Reads a part at whose start a frame is shown that came before it. */
async function* readHeld(info: VideoInfo, options: ReadVideoOptions): AsyncGenerator<DecodedFrame, void, void> {
  const varying = { ...info, isVariable: true };
  let held: DecodedFrame | undefined;
  let isAfter = false;
  for await (const frame of decode(varying, options, ['-noaccurate_seek'])) {
    if (frame.timestamp <= 0) {
      held = { ...frame, data: frame.data.slice(), timestamp: 0, duration: lastDuration(varying, options, 0) };
      continue;
    }
    if (!isAfter && held !== undefined) yield held;
    else if (!isAfter) checkFirst(info, options, frame.timestamp);
    isAfter = true;
    yield frame;
  }
  if (isAfter) return;
  const { start: from, duration } = options;
  // At a constant rate, the frames behind it were lost.
  if (held === undefined || !info.isVariable) {
    const where = (from ?? duration) === undefined ? '' : ` at ${from ?? 0} s`;
    throw new VideoError('unreadable', `${info.path}: it has no frame${where}`);
  }
  yield held;
}

/** Decodes a part of a file, with options of ffmpeg for reading it. */
async function* decode(
  info: VideoInfo,
  options: ReadVideoOptions,
  reading: readonly string[] = [],
): AsyncGenerator<DecodedFrame, void, void> {
  const planes = planesToRgb(info);
  const args = decodeArguments(info, options, planes !== undefined, reading);
  const { child, ended } = start('ffmpeg', args, options, ['ignore', 'pipe', 'pipe']);
  const { stdout, stderr } = child as { stdout: Readable; stderr: Readable };
  const { timestamps, message, isDamaged } = readLog(info.path, stderr);
  try {
    const is16 = info.pixelFormat.bits > 8;
    const channels = info.pixelFormat.hasAlpha ? 4 : 3;
    const { width, height } = info;
    const bytes = planes?.planes ?? new Uint8Array(width * height * channels * (is16 ? 2 : 1));
    const data = planes?.rgb ?? (is16 ? new Uint16Array(bytes.buffer) : bytes);
    let end = 0;
    let count = 0;
    let before = Number.NEGATIVE_INFINITY;
    for await (const _ of fill(bytes, stdout)) {
      const timestamp = await timestamps(count++);
      if (timestamp < before) throw backwards(info.path, before, timestamp);
      before = timestamp;
      end = timestamp + 1 / quotient(info.frameRate);
      planes?.convert();
      yield { data, width, height, channels, timestamp, duration: lastDuration(info, options, timestamp) };
    }
    const status = await ended;
    if (status === undefined) throw new VideoError('killed', `${info.path}: ffmpeg was killed while it decoded the video`);
    if (status !== 0 || isDamaged()) throw new VideoError('unreadable', `${info.path}: the video is damaged: ${message()}`);
    if (/prematurely|partial file/.test(message())) throw new VideoError('unreadable', `${info.path}: the video is cut off: ${message()}`);
    checkEnd(info, options, count, end);
  } finally {
    child.kill('SIGKILL');
    await ended.catch(() => {});
  }
}

/**
 * Throws if the part that is asked for cannot be read, as far as the header of the video tells: it
 * is interlaced, or ends before the part begins.
 */
export function checkPart({ path, isInterlaced, duration }: VideoInfo, { start: from = 0, deinterlace }: ReadVideoOptions): void {
  if (isInterlaced && !deinterlace) {
    throw new VideoError('unsupported', (nameOf) => `${path}: it is interlaced; ${nameOf('deinterlace')} makes full frames of it`);
  }
  if (duration === undefined || from < duration) return;
  throw new VideoError('unreadable', `${path}: the part begins at ${from} s; the video lasts ${duration} s`);
}

/** Arguments of ffmpeg for a video that is read from the start of a part. */
export function inputArguments(info: VideoInfo, { start }: ReadVideoOptions): string[] {
  const { path, pixelFormat, codec, stream } = info;
  return [
    ...LOCAL,
    ...partArguments(info, { start }),
    // ffmpeg's own decoders of VP8 and VP9 leave alpha out.
    ...(pixelFormat.hasAlpha && (codec === 'vp8' || codec === 'vp9') ? ['-c:v', codec === 'vp8' ? 'libvpx' : 'libvpx-vp9'] : []),
    ...['-i', `file:${path}`, '-map', `0:${stream}`],
  ];
}

/**
 * Filters that make whole, upright pictures of SDR of what is decoded, up to the end of the part.
 * ffmpeg's -t would count from the first frame, which may come after the start.
 */
export function pictureFilters({ turn, toneMapped, frameRate }: VideoInfo, { deinterlace, duration }: ReadVideoOptions): string[] {
  return [
    ...(duration === undefined ? [] : [`trim=end=${secondsArgument(Math.max(duration, 1 / quotient(frameRate)))}`]),
    ...(deinterlace ? ['bwdif=mode=send_frame'] : []),
    ...TURNS[turn],
    ...(toneMapped === undefined ? [] : toneMapFilters(toneMapped)),
  ];
}

/** Filters that turn frames clockwise. */
const TURNS: Readonly<Record<VideoInfo['turn'], readonly string[]>> = {
  0: [],
  90: ['transpose=clock'],
  180: ['hflip', 'vflip'],
  270: ['transpose=cclock'],
};

function decodeArguments(info: VideoInfo, options: ReadVideoOptions, asPlanes: boolean, reading: readonly string[]): string[] {
  const format = asPlanes ? info.pixelFormat.name : rgbFormat(info.pixelFormat);
  const filters = [
    ...pictureFilters(info, options),
    ...(asPlanes ? [`format=${format}`] : rgbFilters(info, format)),
    'showinfo=checksum=0', // reports timestamps, which raw video lacks
  ];
  return [
    ...[...LOG, '-nostdin', '-xerror', ...reading, ...inputArguments(info, options), '-vf', filters.join(',')],
    ...['-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', format, 'pipe:1'],
  ];
}

/** The format in which frames are read, unless as planes. */
function rgbFormat({ hasAlpha, bits }: PixelFormat): string {
  return hasAlpha ? (bits > 8 ? 'rgba64le' : 'rgba') : bits > 8 ? 'rgb48le' : 'rgb24';
}

/** Converts luma and chroma to RGB. */
function rgbFilters({ pixelFormat: { isRgb, hasAlpha, bits }, color, toneMapped }: VideoInfo, format: string): string[] {
  const isConverted = isRgb || toneMapped !== undefined;
  const matrix = isConverted ? '' : `in_color_matrix=${filterMatrix(color.matrix)}:in_range=${color.range}:out_range=pc:`;
  // By way of planes: ffmpeg then interpolates chroma between rows too, and takes half the time.
  const planes = `gbr${hasAlpha ? 'a' : ''}p${bits > 8 ? '16le' : ''}`;
  return [
    `scale=${matrix}flags=bilinear+accurate_rnd+full_chroma_int`,
    ...(isRgb ? [] : [`format=${planes}`, 'scale']),
    `format=${format}`,
    ...(isConverted || bits === 8 ? [] : [fullWhite(color, bits)]),
  ];
}

/** Fills `frame` again and again. Bytes that do not fill it are left: ffmpeg then says why. */
async function* fill(frame: Uint8Array, chunks: AsyncIterable<Buffer>): AsyncGenerator<void, void, void> {
  let filled = 0;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const count = Math.min(chunk.length - from, frame.length - filled);
      frame.set(chunk.subarray(from, from + count), filled);
      from += count;
      filled += count;
      if (filled < frame.length) continue;
      yield;
      filled = 0;
    }
  }
}

/**
 * Errors of damaged videos. A decoder on several threads may conceal them, and ffmpeg then ends
 * with success.
 */
const DAMAGE = /error while decoding|corrupt|invalid as first byte/i;

/** Reads ffmpeg's messages: timestamps of frames, the first error, and whether there is damage. */
function readLog(
  path: string,
  stderr: Readable,
): {
  timestamps: (frame: number) => Promise<number>;
  message: () => string;
  isDamaged: () => boolean;
} {
  const times: number[] = [];
  let timeBase = 0;
  let error: string | undefined;
  let isDamaged = false;
  let isEnded = false;
  let wake = (): void => {};
  const lines = createInterface({ input: stderr });
  lines.on('line', (line) => {
    const [, numerator, denominator] = /\[info\] config in time_base: (\d+)\/(\d+)/.exec(line) ?? [];
    if (numerator !== undefined) timeBase = Number(numerator) / Number(denominator);
    const [, pts] = /\[info\] n: *\d+ pts: *(-?\d+|NOPTS) /.exec(line) ?? [];
    if (pts !== undefined) times.push(Number(pts) * timeBase);
    else if (/\[(?:error|fatal|panic)\]/.test(line)) {
      error ??= plainMessage(line);
      isDamaged ||= DAMAGE.test(line);
    }
    wake();
  });
  lines.on('close', () => {
    isEnded = true;
    wake();
  });
  return {
    async timestamps(frame) {
      while (times.length <= frame && !isEnded) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const time = times[frame];
      if (time === undefined || Number.isNaN(time)) {
        throw new VideoError('unreadable', `${path}: frame ${frame + 1} has no timestamp`);
      }
      delete times[frame];
      return time;
    },
    message: () => error ?? 'ffmpeg was stopped',
    isDamaged: () => isDamaged,
  };
}

/** How long the last frame is shown: one frame, or to the end if the rate varies. */
function lastDuration(info: VideoInfo, { start: from = 0, duration }: ReadVideoOptions, timestamp: number): number {
  const left = Math.min((info.duration ?? Number.POSITIVE_INFINITY) - from, duration ?? Number.POSITIVE_INFINITY) - timestamp;
  return info.isVariable && left > 0 && left < Number.POSITIVE_INFINITY ? left : 1 / quotient(info.frameRate);
}

function backwards(path: string, before: number, timestamp: number): VideoError {
  const [from, to] = [before, timestamp].map((seconds) => seconds.toFixed(2));
  return new VideoError('unreadable', `${path}: the video is damaged: its timestamps go back from ${from} s to ${to} s`);
}

/** Whether a part has no frame at its start: the first one comes later, or there is none. */
function isLate({ frameRate, firstTimestamp }: VideoInfo, { start: from }: ReadVideoOptions, first: number | undefined): boolean {
  if (first === undefined || from === undefined) return first === undefined;
  return first > Math.max(0, firstTimestamp - from) + 1.1 / quotient(frameRate) + 0.001;
}

/** Throws if frames at the start of a part were left out, as where keyframes are far apart. */
function checkFirst(info: VideoInfo, options: ReadVideoOptions, first: number): void {
  if (info.isVariable || !isLate(info, options, first)) return;
  const { start: from = 0 } = options;
  const [wanted, found] = [Math.max(from, info.firstTimestamp), from + first].map((seconds) => Number(seconds.toFixed(3)));
  throw new VideoError(
    'unreadable',
    `${info.path}: ffmpeg finds the first frame at ${found} s, not at ${wanted} s; copy the video into .mkv first`,
  );
}

/** Throws unless the video is as long as it says. */
function checkEnd(info: VideoInfo, { start: from = 0, duration }: ReadVideoOptions, count: number, end: number): void {
  if (count === 0 || info.duration === undefined || info.isVariable) return;
  const expected = Math.min(info.duration - from, duration ?? Number.POSITIVE_INFINITY);
  const tolerance = Math.max(0.25, 3 / quotient(info.frameRate));
  if (end >= expected - tolerance) return;
  throw new VideoError(
    'unreadable',
    `${info.path}: it ends after ${(from + end).toFixed(2)} s, but its header says ${info.duration} s; it is cut off`,
  );
}
