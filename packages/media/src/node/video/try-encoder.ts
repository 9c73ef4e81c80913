/**
 * Encodes one frame as all others will be, into memory. What cannot be encoded fails before any
 * work, and the result says which colors the file states: some containers and codecs have no place
 * for them, or only one meaning.
 */
import { extname } from 'node:path';
import type { VideoFrameLike } from '../../video/video-frame.ts';
import { type ColorTags, guessedMatrix, statedColor, type VideoColor } from './color.ts';
import { encodeArguments, pipedInputs } from './encode-arguments.ts';
import { LOCAL, type ProgramOptions, parsed, type Result, run, VideoError } from './programs.ts';
import { rawBytes } from './raw-frames.ts';
import type { VideoOutput } from './video-output.ts';

/**
 * Tries the encoder, the container and the streams beside the video.
 *
 * @returns The colors of `output` where the file states them, and otherwise those that it is taken
 * for.
 * @throws VideoError if ffmpeg does not write or read such a file.
 */
export async function tryEncoder(output: VideoOutput, pooled: Pick<VideoOutput, 'width' | 'height'>): Promise<VideoColor> {
  const { path, container, encoder, pixelFormat, color, options } = output;
  const first = blackFrame(output, pooled);
  const file = await encode(first, output);
  if (!file.isOk) throw await failure(first, output, file.message);
  if (container.isSilent) return color;
  const read = await readBack(file.output, options);
  // AVI takes codecs that it does not know for raw video, and swaps the colors of some.
  const isMistaken = read.codec_name === 'rawvideo' && (encoder !== 'rawvideo' || read.pix_fmt !== pixelFormat.name);
  if (read.frame === undefined || isMistaken) {
    throw new VideoError('unsupported', `${path}: ffmpeg cannot read what ${encoder} writes into ${extname(path)}; use another encoder`);
  }
  return pixelFormat.isRgb ? color : { ...color, matrix: guessedMatrix(output.height), range: 'tv', ...statedColor(read.frame) };
}

/** A stream that was read back. */
interface ReadBack {
  readonly codec_name?: string;
  readonly pix_fmt?: string;
  /** Its frame, if it could be decoded. */
  readonly frame?: ColorTags | undefined;
}

/** Reads the frame that was encoded. */
async function readBack(file: Uint8Array, options: ProgramOptions): Promise<ReadBack> {
  const shown = 'stream=codec_name,pix_fmt:frame=color_space,color_range';
  const args = ['-v', 'level+error', '-select_streams', 'v:0', '-show_entries', shown, '-read_intervals', '%+#1', '-of', 'json'];
  const { isOk, output } = await run('ffprobe', [...args, ...LOCAL, 'pipe:0'], { ...options, inputs: [file] });
  if (!isOk) return {};
  const { streams, frames = [] } = parsed<{ streams: readonly ReadBack[]; frames?: readonly ColorTags[] }>(output, 'streams');
  return { ...streams[0], frame: frames[0] };
}

/** A frame like those that will be encoded. */
function blackFrame({ source }: VideoOutput, { width, height }: Pick<VideoOutput, 'width' | 'height'>): VideoFrameLike {
  const { bits, hasAlpha } = source.pixelFormat;
  const channels = hasAlpha ? 4 : 3;
  const data = new (bits > 8 ? Uint16Array : Uint8Array)(width * height * channels);
  return { data, width, height, channels, timestamp: 0 };
}

async function encode(first: VideoFrameLike, output: VideoOutput): Promise<Result> {
  // MP4 needs a file in which it can go back, unless it is written in fragments.
  const fragments = ['mp4', 'mov'].includes(output.container.muxer) ? ['-movflags', '+frag_keyframe+delay_moov'] : [];
  const args = encodeArguments(first, output, ['-v', 'level+error'], [...fragments, '-frames:v', '1', 'pipe:1']);
  return await run('ffmpeg', args, {
    ...output.options,
    maxBytes: Number.POSITIVE_INFINITY, // one frame, however large
    inputs: [rawBytes(first, output.pixelFormat.hasAlpha), ...pipedInputs(output)],
  }).catch((error: unknown) => {
    if (!(error instanceof VideoError && error.reason === 'killed')) throw error;
    throw new VideoError('killed', 'ffmpeg was killed while it encoded the video', { cause: error });
  });
}

/** Why it failed: the encoder, or the streams beside the video, which only the muxer knows. */
async function failure(first: VideoFrameLike, output: VideoOutput, message: string): Promise<VideoError> {
  const { path, encoder, others, options } = output;
  const extension = extname(path);
  const alone = others.length === 0 ? undefined : await encode(first, { ...output, others: [] });
  if (!alone?.isOk)
    return new VideoError('unsupported', `${path}: ${encoder} cannot encode it into ${extension}: ${alone?.message ?? message}`);
  const causes: ('audio' | 'subtitles')[] = [];
  for (const stream of ['audio', 'subtitles'] as const) {
    const others = stream === 'audio' ? ({ subtitles: 'drop' } as const) : ({ audio: 'drop' } as const);
    const only = await encode(first, { ...output, options: { ...options, ...others } });
    if (!only.isOk) causes.push(stream);
  }
  return new VideoError('unsupported', (nameOf) => {
    const drop = causes.map((stream) => nameOf(stream, 'drop')).join(' and ');
    const ways = [...(extension === '.mkv' ? [] : ['write .mkv']), ...(drop === '' ? [] : [`use ${drop}`])];
    const what = causes.length === 0 ? 'other streams' : causes.join(' and ');
    return `${path}: ${extension} cannot hold the ${what} of the source (${message})${ways.length === 0 ? '' : `; ${ways.join(', or ')}`}`;
  });
}
