/**
 * Encodes one frame as all others will be, into memory. What cannot be encoded fails before any
 * work, and the result says which colors the file states: some containers and codecs have no place
 * for them, or only one meaning.
 */
import { extname } from 'node:path';
import type { VideoFrameLike } from '../../video/video-frame.ts';
import { type ColorTags, statedColor, UNSTATED, type VideoColor } from './color.ts';
import { encodeArguments, pipedInputs } from './encode-arguments.ts';
import { LOCAL, type Result, run, VideoError } from './programs.ts';
import { rawBytes } from './raw-frames.ts';
import type { VideoOutput } from './video-output.ts';

/**
 * Tries the encoder, the container and the streams beside the video.
 *
 * @returns The colors of `output` where the file states them, and otherwise those that it is taken
 * for.
 * @throws VideoError if ffmpeg does not write or read such a file.
 */
export async function tryEncoder(path: string, output: VideoOutput, pooled: Pick<VideoOutput, 'width' | 'height'>): Promise<VideoColor> {
  const { container, pixelFormat, color, options } = output;
  const first = blackFrame(output, pooled);
  const file = await encode(first, output);
  if (!file.isOk) throw await failure(path, first, output, file.message);
  if (pixelFormat.isRgb || container.isBt601) return color;
  const shown = ['-select_streams', 'v:0', '-show_entries', 'frame=color_space,color_range', '-read_intervals', '%+#1', '-of', 'json'];
  const read = await run('ffprobe', ['-v', 'level+error', ...shown, ...LOCAL, 'pipe:0'], { ...options, inputs: [file.output] });
  const { frames: [frame] = [] } = (read.isOk ? JSON.parse(read.output.toString()) : {}) as { frames?: readonly ColorTags[] };
  if (frame !== undefined) return { ...color, ...UNSTATED, ...statedColor(frame) };
  const { encoder } = output;
  throw new VideoError('unsupported', `${path}: ffmpeg cannot read what ${encoder} writes into ${extname(path)}; use another encoder`);
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
  return await run('ffmpeg', args, { ...output.options, inputs: [rawBytes(first, output.pixelFormat.hasAlpha), ...pipedInputs(output)] });
}

/** Why it failed: the encoder, or the streams beside the video, which only the muxer knows. */
async function failure(path: string, first: VideoFrameLike, output: VideoOutput, message: string): Promise<VideoError> {
  const { encoder, others } = output;
  const alone = others.length === 0 ? undefined : await encode(first, { ...output, others: [] });
  if (!alone?.isOk)
    return new VideoError('unsupported', `${path}: ${encoder} cannot encode it into ${extname(path)}: ${alone?.message ?? message}`);
  return new VideoError(
    'unsupported',
    (nameOf) =>
      `${path}: ${extname(path)} cannot hold the audio or subtitles of the source (${message}); write .mkv, or use ${nameOf('audio', 'drop')}`,
  );
}
