/** SSIM and PSNR of two videos, by ffmpeg's filters, which get frames by pipes. */
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Pixels } from '../../pixels.ts';
import { SSIM_WINDOW } from '../../similarity-window.ts';
import type { VideoSize } from '../../video/pool-video-options.ts';
import type { VideoFrameLike } from '../../video/video-frame.ts';
import { drained } from './drained.ts';
import { frameRateOf, quotient, type Ratio } from './frame-rate.ts';
import { LOG, type ProgramOptions, plainMessage, start, VideoError } from './programs.ts';
import { rawBytes } from './raw-frames.ts';
import { type ReadVideoOptions, readVideo } from './read-video.ts';
import type { VideoInfo } from './video-info.ts';

/** How alike two videos are, over all frames and colors, in 8 bits. */
export interface Figures {
  /** ffmpeg's SSIM; 1 for equal videos. NaN if a side is shorter than 11 pixels. */
  readonly ssim: number;
  /** PSNR in dB, of the mean squared difference; infinite for equal videos. */
  readonly psnr: number;
}

/** What is measured. */
interface Measured {
  readonly info: VideoInfo;
  readonly options: ReadVideoOptions;
  /** Size and rate of the results. */
  readonly size: VideoSize;
  /** The size that the windows cover, at least that of the video. */
  readonly extent: { readonly width: number; readonly height: number };
  /** The frames of the results, or the filters of ffmpeg that make them. */
  readonly results: (() => AsyncIterable<VideoFrameLike>) | string;
  /** The filters that make the average of ffmpeg. */
  readonly tmix: string;
  /** The frames of the results that are kept, by their numbers. */
  readonly picked: readonly number[];
}

interface Measurements {
  readonly toOriginal: Figures;
  readonly toTmix: Figures;
  readonly frames: readonly Pixels<Uint8Array>[];
  readonly originals: readonly Pixels<Uint8Array>[];
}

/**
 * Compares results with the original and with the average of ffmpeg, in one run of ffmpeg. The two
 * pipes are filled independently, so neither can wait for the other.
 */
export async function measureFigures({ info, options, size, extent, results, tmix, picked }: Measured): Promise<Measurements> {
  const { width, height } = info;
  const [rate, fps] = [info.frameRate, frameRateOf(size.frameRate)];
  const starts = picked.map((frame) => Math.round((frame * quotient(rate)) / quotient(fps)));
  const [right, bottom] = [extent.width - width, extent.height - height];
  const extended = `pad=${extent.width}:${extent.height},fillborders=right=${right}:bottom=${bottom}:mode=smear`;
  const isOurs = typeof results !== 'string';
  const branches = isOurs ? 3 : 4;
  const select = (frames: readonly number[]): string => `select=${frames.map((frame) => `eq(n\\,${frame})`).join('+')},format=rgb24`;
  const graph = [
    `[0:v]format=gbrp,split=${branches}${['[a]', '[b]', '[c]', '[d]'].slice(0, branches).join('')}`,
    `[a]${extended},${tmix},${numbered(fps)},split[t1][t2]`,
    `[b]${numbered(rate)},split[o1][o2]`,
    `[c]${select(starts)}[originals]`,
    `${isOurs ? '[1:v]format=gbrp' : `[d]${extended},${results}`},${numbered(fps)},split=3[m1][m2][m3]`,
    '[m1][t1]ssim@tmix=shortest=1[m4]',
    '[m4][t2]psnr@tmix=shortest=1[out1]',
    `[m2]scale=${extent.width}:${extent.height}:flags=bicubic,crop=${width}:${height}:0:0,fps=${rate.join('/')},${numbered(rate)}[big]`,
    '[big][o1]ssim@original=shortest=1[big1]',
    '[big1][o2]psnr@original=shortest=1[out2]',
    `[m3]${select(picked)}[frames]`,
  ];
  const args = [
    ...[
      ...LOG,
      '-nostdin',
      ...rawInput(info, 'pipe:3', rate),
      ...(isOurs ? rawInput({ ...size, pixelFormat: info.pixelFormat }, 'pipe:4', fps) : []),
    ],
    ...['-filter_complex', graph.join(';'), '-map', '[out1]', '-f', 'null', '-', '-map', '[out2]', '-f', 'null', '-'],
    ...[...rawOutput('[frames]', 'pipe:1'), ...rawOutput('[originals]', 'pipe:5')],
  ];
  const original = (): AsyncIterable<VideoFrameLike> => atConstantRate(readVideo(info, options), quotient(rate));
  const { lines, frames, originals } = await runWithPipes(args, options, [original(), ...(isOurs ? [results()] : [])]);
  return {
    toOriginal: figuresIn(lines, 'original', info),
    toTmix: figuresIn(lines, 'tmix', size),
    frames: cut(frames, size),
    originals: cut(originals, info),
  };
}

/** Arguments for frames of RGB that a pipe brings. */
export function rawInput(
  { width, height, pixelFormat }: Pick<VideoInfo, 'width' | 'height' | 'pixelFormat'>,
  pipe: string,
  rate: Ratio,
): string[] {
  const format = pixelFormat.bits > 8 ? 'rgb48le' : 'rgb24';
  return [
    '-thread_queue_size',
    '64',
    '-f',
    'rawvideo',
    '-pix_fmt',
    format,
    '-s',
    `${width}x${height}`,
    '-framerate',
    rate.join('/'),
    '-i',
    pipe,
  ];
}

function rawOutput(label: string, pipe: string): string[] {
  return ['-map', label, '-fps_mode', 'passthrough', '-f', 'rawvideo', pipe];
}

/** Frames are compared by their numbers. */
function numbered(rate: Ratio): string {
  return `setpts=N/(${rate.join('/')})/TB`;
}

/** What ffmpeg said, and the frames that it gave. */
interface Output {
  readonly lines: readonly string[];
  readonly frames: Buffer;
  readonly originals: Buffer;
}

/**
 * Runs ffmpeg, which reads the frames of each source from a pipe: 3, 4. Transparency is on white.
 */
export async function runWithPipes(
  args: readonly string[],
  options: ProgramOptions,
  sources: readonly AsyncIterable<VideoFrameLike>[],
): Promise<Output> {
  const { child, ended } = start('ffmpeg', args, options, ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe']);
  const [, stdout, stderr, first, second, fifth] = child.stdio as unknown as [null, Readable, Readable, Writable, Writable, Readable];
  const lines: string[] = [];
  createInterface({ input: stderr }).on('line', (line) => {
    if (/\[(?:error|fatal|panic)\]|@(?:tmix|original) /.test(line)) lines.push(line);
  });
  try {
    const writing = [first, second].map((pipe, i) => fill(pipe, sources[i]));
    const [frames, originals, status] = await Promise.all([buffer(stdout), buffer(fifth), ended, ...writing]);
    if (status === 0) return { lines, frames, originals };
    if (status === undefined) throw new VideoError('killed', 'ffmpeg was killed while it compared the videos');
    throw new VideoError('unreadable', `ffmpeg cannot compare the video: ${plainMessage(lines[0] ?? 'it gives no reason')}`);
  } finally {
    child.kill('SIGKILL');
    await ended.catch(() => {});
  }
}

/** Writes all frames into a pipe. ffmpeg may end before it has read them. */
async function fill(pipe: Writable, frames: AsyncIterable<VideoFrameLike> | undefined): Promise<void> {
  pipe.on('error', () => {});
  for await (const frame of frames ?? []) {
    if (pipe.destroyed) break;
    const bytes = Buffer.from(rawBytes(frame, false)); // a copy: the samples of the frame change
    if (!pipe.write(bytes)) await drained(pipe);
  }
  pipe.end();
}

/** Frames at the nominal rate, by timestamps: one that is shown for longer, several times. */
export async function* atConstantRate(frames: AsyncIterable<VideoFrameLike>, rate: number): AsyncGenerator<VideoFrameLike, void, void> {
  let slot = 0;
  let last: VideoFrameLike | undefined;
  let first = 0;
  for await (const frame of frames) {
    if (last === undefined) first = frame.timestamp;
    // A slot shows the frame that is there in its middle.
    else for (; (slot + 0.5) / rate < frame.timestamp - first; slot++) yield last;
    last = { ...frame, data: frame.data.slice() };
  }
  const end = last === undefined ? 0 : last.timestamp - first + (last.duration ?? 1 / rate);
  for (; last !== undefined && (slot + 0.5) / rate < end; slot++) yield last;
}

/** The figures that ffmpeg's filters report. */
function figuresIn(lines: readonly string[], name: string, { width, height }: Pick<VideoInfo, 'width' | 'height'>): Figures {
  const figure = (filter: string, label: string): number => {
    const [, value = 'nan'] =
      lines.map((line) => new RegExp(`\\[${filter}@${name} .* ${label}:(\\S+)`).exec(line) ?? []).find(([all]) => all) ?? [];
    return value === 'inf' ? Number.POSITIVE_INFINITY : Number(value);
  };
  return { ssim: Math.min(width, height) < SSIM_WINDOW ? Number.NaN : figure('ssim', 'All'), psnr: figure('psnr', 'average') };
}

/** Frames of RGB that follow each other. */
function cut(bytes: Buffer, { width, height }: { readonly width: number; readonly height: number }): Pixels<Uint8Array>[] {
  const length = width * height * 3;
  return Array.from({ length: Math.floor(bytes.length / length) }, (_, i) => {
    return { data: new Uint8Array(bytes.subarray(i * length, (i + 1) * length)), width, height, channels: 3 };
  });
}
