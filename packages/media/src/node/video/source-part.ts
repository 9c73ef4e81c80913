/** The part of a file that is read, for the video and for what is beside it. */
import { rangeError } from 'softpool/internal';
import { quotient } from './frame-rate.ts';
import { LOCAL, type ProgramOptions, type Result, run, VideoError } from './programs.ts';
import type { VideoInfo } from './video-info.ts';

/** A part, in seconds. */
export interface Part {
  readonly start?: number | undefined;
  readonly duration?: number | undefined;
}

/** Throws unless a part begins at 0 or later, and has a length. */
export function checkSeconds(call: string, { start = 0, duration = 1 }: Part): void {
  // ffmpeg would shift timestamps by a negative start, and read all of a video for 0 seconds.
  if (!Number.isFinite(start) || start < 0) throw rangeError(call, 'options.start', 'a finite number of seconds ≥ 0', start);
  if (!Number.isFinite(duration) || duration <= 0) {
    throw rangeError(call, 'options.duration', 'a finite number of seconds above 0', duration);
  }
}

/** What is beside the video and its audio, cut to the part: files in memory. */
export interface SourcePart {
  /** Chapters, as ffmpeg's metadata file. */
  readonly chapters: Uint8Array;
  /** Subtitles in Matroska, if any are kept and are in the part. */
  readonly subtitles: Uint8Array | undefined;
}

/**
 * Seconds before the start from which files are read where ffmpeg does not go back to a keyframe:
 * more than keyframes are usually apart.
 */
const EARLIER = 60;

/** Seconds between timestamps that ffmpeg takes for an error: its default. */
const DISCONTINUITY = 10;

/**
 * Options of ffmpeg in front of a file, so that its time 0 is the start of the part. Frames before
 * are decoded and left out. A part of less than a frame is a frame: ffmpeg rounds the length to a
 * unit of time, and takes none for all.
 */
export function partArguments({ seeksLate, frameRate }: VideoInfo, { start, duration }: Part): string[] {
  const length = duration === undefined ? [] : ['-t', secondsArgument(Math.max(duration, 1 / quotient(frameRate)))];
  if (start === undefined) return length;
  const earlier = seeksLate ? Math.min(start, EARLIER) : 0;
  // ffmpeg takes a first timestamp far from 0 for an error of the file, and undoes the offset.
  const offset = earlier > 0 ? ['-itsoffset', secondsArgument(-earlier), '-dts_delta_threshold', `${earlier + DISCONTINUITY}`] : [];
  return ['-ss', secondsArgument(start - earlier), ...offset, ...length];
}

/** A number of seconds as ffmpeg reads it, which does not know exponents. */
export function secondsArgument(value: number): string {
  return value.toFixed(6);
}

/**
 * Cuts the chapters and subtitles of a file. `undefined` if all of the file is read.
 *
 * @throws VideoError if ffmpeg cannot copy the subtitles.
 */
export async function readPart(
  source: VideoInfo,
  part: Part,
  keepsSubtitles: boolean,
  options: ProgramOptions,
): Promise<SourcePart | undefined> {
  if ((part.start === undefined && part.duration === undefined) || source.pictures !== undefined) return undefined;
  const has = (type: string): boolean => source.others.some((other) => other.type === type);
  return {
    chapters: await readChapters(source, part, options),
    subtitles: keepsSubtitles && has('subtitle') ? await readSubtitles(source, part, options) : undefined,
  };
}

/** ffmpeg leaves chapters of no length where the part ends. */
async function readChapters(source: VideoInfo, { start, duration }: Part, options: ProgramOptions): Promise<Uint8Array> {
  const length = duration === undefined ? [] : ['-t', secondsArgument(duration)];
  const args = [
    ...QUIET,
    ...partArguments(source, { start }),
    ...LOCAL,
    '-i',
    `file:${source.path}`,
    ...length,
    '-f',
    'ffmetadata',
    'pipe:1',
  ];
  const { output } = succeeded(source, 'chapters', await run('ffmpeg', args, options));
  const [about = '', ...chapters] = output.toString().split(/^(?=\[CHAPTER\]$)/m);
  const hasLength = (chapter: string): boolean => /^START=(.*)$/m.exec(chapter)?.[1] !== /^END=(.*)$/m.exec(chapter)?.[1];
  return Buffer.from(about + chapters.filter(hasLength).join(''));
}

/**
 * Copies the subtitles, each cut to the part. Texts of MP4 become SubRip before, which Matroska
 * holds. `undefined` if there are none in the part.
 */
async function readSubtitles(source: VideoInfo, part: Part, options: ProgramOptions): Promise<Uint8Array | undefined> {
  const { start = 0, duration } = part;
  const copy = async (args: readonly string[], inputs: readonly Uint8Array[] = []): Promise<Uint8Array | undefined> => {
    const all = [...QUIET, ...args, '-map_chapters', '-1', '-f', 'matroska', 'pipe:1'];
    const { output } = succeeded(source, 'subtitles', await run('ffmpeg', all, { ...options, inputs }));
    return output.includes(CLUSTER) ? output : undefined;
  };
  const end = duration === undefined ? 'DURATION' : `${secondsArgument(duration)}/TB-max(PTS,0)`;
  const cut = `setts=pts='max(PTS,0)':dts='max(DTS,0)':duration='min(DURATION+min(PTS,0),${end})'`;
  const length = duration === undefined ? [] : ['-t', secondsArgument(duration)];
  const cutting = ['-map', '0:s', '-c', 'copy', '-bsf:s', `${BEFORE_START},${cut}`, ...length];
  const file = [...LOCAL, '-i', `file:${source.path}`];
  if (source.others.every(({ codec }) => codec !== 'mov_text')) {
    return await copy([...partArguments(source, { start: part.start }), ...file, ...cutting]);
  }
  const texts = await copy([...file, '-map', '0:s', '-c:s', 'srt']);
  return texts && (await copy(['-copyts', '-itsoffset', secondsArgument(-start), '-f', 'matroska', '-i', 'pipe:0', ...cutting], [texts]));
}

/** The first bytes of packets in Matroska. ffmpeg does not read a file that has none. */
const CLUSTER = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);

/** Leaves out packets that end before time 0. */
const BEFORE_START = "noise=amount=0:drop='lte(pts+duration,0)'";

const QUIET = ['-v', 'level+error', '-nostdin'];

function succeeded({ path }: VideoInfo, what: string, result: Result): Result {
  if (result.isOk) return result;
  throw new VideoError('unsupported', `${path}: ffmpeg cannot cut its ${what}: ${result.message}`);
}
