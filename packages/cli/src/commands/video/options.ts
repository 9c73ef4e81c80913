/** Flags of `softpool video`. */
import type { PoolVideoOptions, VideoMethod } from '@softpool/media';
import { InvalidArgumentError } from 'commander';
import { checkMethodFlags, givenSizes } from '../../shared/arguments/pooling-flags.ts';
import { type Length, sizesIn } from '../../shared/arguments/values.ts';
import { UsageError } from '../../shared/exit-codes.ts';
import { STANDARD_STREAM } from '../../shared/files/standard-stream.ts';
import type { JobFlags } from '../../shared/shards/command.ts';

/** Sides of a window: one number, or frames, rows and columns. */
export type Sides = number | readonly [time: number, height: number, width: number];

/** Parsed flags. */
export interface VideoFlags extends JobFlags {
  readonly output: string;
  readonly factor?: number;
  readonly time?: number;
  readonly fps?: number;
  readonly kernel?: Sides;
  readonly stride?: Sides;
  readonly width?: Length;
  readonly height?: Length;
  readonly size?: readonly [width: number, height: number];
  readonly method: VideoMethod;
  readonly beta?: number;
  readonly poolWeights?: 'shared' | 'perChannel';
  readonly linear?: boolean;
  readonly sceneCut?: number | 'off';
  readonly start?: number;
  readonly duration?: number;
  readonly deinterlace?: boolean;
  readonly tonemap?: boolean;
  readonly inputFps?: number;
  readonly codec?: string;
  readonly crf?: number;
  readonly preset?: string;
  readonly pixelFormat?: string;
  readonly audio?: 'copy' | 'drop';
  readonly subtitles?: 'copy' | 'drop';
  readonly compare?: boolean;
  readonly skipExisting?: boolean;
  readonly threads?: number;
  readonly ffmpeg?: string;
}

/** Flags before they are checked. */
export type GivenVideoFlags = Omit<VideoFlags, 'output'> & { readonly output?: string };

/**
 * Throws a UsageError if something is missing, which names all of it, or if flags exclude each
 * other.
 */
export function checkArguments(sources: readonly string[], flags: GivenVideoFlags): asserts flags is VideoFlags {
  const { output, kernel, stride, time, fps } = flags;
  const sizes = givenSizes(flags);
  const missing = [
    ...(sources.length === 0 && flags.files === undefined ? ['clips: give files, folders or archives, or --files LIST'] : []),
    ...(sizes.length === 0 && time === undefined && fps === undefined
      ? ['size: give --factor N, --kernel TxHxW, --size WxH, --width W, --height H, --time N or --fps N']
      : []),
    ...(output === undefined ? ['output: give -o PATH'] : []),
  ];
  if (missing.length > 0) throw new UsageError(`missing ${missing.join('; ')}`);
  if (sizes.length > 1) throw new UsageError(`${sizes.join(' and ')} exclude each other`);
  if (time !== undefined && fps !== undefined) throw new UsageError('--time and --fps exclude each other');
  if (stride !== undefined && kernel === undefined) throw new UsageError('--stride needs --kernel');
  for (const [flag, sides] of Object.entries({ '--kernel': kernel, '--stride': stride })) {
    if (typeof sides !== 'object' || sides[0] === 1 || (time ?? fps) === undefined) continue;
    const other = time === undefined ? '--fps' : '--time';
    throw new UsageError(`${flag} ${sides.join('x')} and ${other} both give the frames; give ${flag} 1x${sides[1]}x${sides[2]}`);
  }
  checkMethodFlags(flags);
  if (flags.compare) checkCompareFlags(flags);
  if (flags.force && flags.skipExisting) throw new UsageError('--force and --skip-existing exclude each other');
  if (sources.includes(STANDARD_STREAM)) throw new UsageError('clips cannot be read from standard input; only --files can be -');
  if (output === STANDARD_STREAM) throw new UsageError('-o - is not possible: containers of video are written in parts; give -o a file');
}

/** Throws a UsageError for flags that do not go with --compare. */
function checkCompareFlags({ codec, crf, preset, pixelFormat, audio, subtitles }: GivenVideoFlags): void {
  const unused = Object.entries({
    ...{ '--codec': codec, '--crf': crf, '--preset': preset, '--pixel-format': pixelFormat },
    ...{ '--audio': audio, '--subtitles': subtitles },
  });
  for (const [flag, value] of unused) if (value !== undefined) throw new UsageError(`${flag} and --compare exclude each other`);
}

/**
 * The options of `poolVideo`. A side that follows from the other is even, as chroma that is shared
 * by two pixels needs it; so is one that is given as a percentage.
 */
export function poolOptions(flags: VideoFlags, video: { readonly width: number; readonly height: number }): PoolVideoOptions {
  const { factor, time, fps, kernel, stride, method, beta, poolWeights, linear, sceneCut } = flags;
  const [givenWidth = pixels(flags.width, video.width), givenHeight = pixels(flags.height, video.height)] = flags.size ?? [];
  const width = givenWidth ?? evenSide(givenHeight, video.height, video.width);
  const height = givenHeight ?? evenSide(givenWidth, video.width, video.height);
  const size = { factor, time, fps, kernelSize: kernel, stride, width, height };
  return { ...size, method, beta, weights: poolWeights, linear, sceneCut };
}

function pixels(length: Length | undefined, side: number): number | undefined {
  return typeof length === 'object' ? evenSide(length.percent, 100, side) : length;
}

function evenSide(other: number | undefined, otherOf: number, side: number): number | undefined {
  if (other === undefined || other > otherOf) return other === undefined ? undefined : side;
  return Math.min(side, Math.max(2, 2 * Math.round((other * side) / otherOf / 2)));
}

/** Parses sides such as 2 or 2x4x4. */
export function parseSides(text: string): Sides {
  const sizes = sizesIn(text);
  const [time, height, width] = sizes;
  if (time !== undefined && sizes.length === 1) return time;
  if (time !== undefined && height !== undefined && width !== undefined && sizes.length === 3) return [time, height, width];
  throw new InvalidArgumentError('It must be an integer of at least 1, or frames x height x width, such as 2x4x4.');
}

/** Parses a time such as 90, 1.5, 1:30 or 1:02:03.5, as seconds. */
export function parseTime(text: string): number {
  const [, hours = '0', minutes = '0', seconds = ''] = /^(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?)$/.exec(text) ?? [];
  if (seconds !== '') return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  throw new InvalidArgumentError('It must be seconds such as 12.5, or h:mm:ss such as 1:02:03.');
}

/** Parses a length of time, which is above 0. */
export function parseDuration(text: string): number {
  const seconds = parseTime(text);
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError('It must be longer than 0 seconds.');
}

/** Parses a scene score or `off`. */
export function parseSceneCut(text: string): number | 'off' {
  const value = Number(text);
  if (text === 'off') return text;
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from 0 to 1, or off.');
}
