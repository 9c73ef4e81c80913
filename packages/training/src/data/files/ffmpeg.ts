/** Reads clips by ffmpeg and ffprobe. */
import { durationOf, LOCAL, parsed, run, secondsArgument, unreadable } from '@softpool/media/internal';
import { CorruptSampleError } from '../data-set.ts';

/** A clip's length, according to ffprobe. */
export interface ClipLength {
  /** Seconds. */
  readonly duration: number;
  /** From the header, or from duration and frame rate. */
  readonly frames: number;
}

/** Which frames of a clip to decode, and how. */
export interface Decoding {
  /** Start, in seconds. */
  readonly start: number;
  /** Frames per second to take, each the nearest frame of the clip. */
  readonly rate: number;
  readonly frames: number;
  readonly height: number;
  readonly width: number;
}

/** Rejects, with an error that says what to install, unless both programs run. */
export async function checkInstalled(): Promise<void> {
  for (const program of ['ffmpeg', 'ffprobe'] as const) await run(program, ['-version'], {});
}

/** Reads a clip's length from its header. Rejects with `CorruptSampleError` if it has none. */
export async function probe(path: string): Promise<ClipLength> {
  const entries = 'stream=start_time,duration,nb_frames,avg_frame_rate:stream_tags=DURATION:format=start_time,duration';
  const args = ['-v', 'error', ...LOCAL, '-select_streams', 'v:0', '-show_entries', entries, '-of', 'json', `file:${path}`];
  const { isOk, output, message } = await run('ffprobe', args, {});
  if (!isOk) throw new CorruptSampleError(`${path}: ${unreadable(message)}`);
  const { streams, format = {} } = parsed<{
    streams: { start_time?: string; duration?: string; nb_frames?: string; avg_frame_rate?: string; tags?: Record<string, string> }[];
    format?: { start_time?: string; duration?: string };
  }>(output, 'streams');
  const [stream] = streams;
  if (stream === undefined) throw new CorruptSampleError(`${path}: the file has no video`);
  const duration = durationOf(stream, format) ?? Number(format.duration);
  if (!(duration > 0)) throw new CorruptSampleError(`${path}: the file does not state its duration`);
  const [numerator = 0, denominator = 1] = (stream.avg_frame_rate ?? '').split('/').map(Number);
  const frames = Number(stream.nb_frames ?? Math.round((duration * numerator) / denominator));
  return { duration, frames: Number.isFinite(frames) ? frames : 0 };
}

/**
 * Decodes frames of a clip as [frames, height, width, 3], scaled to cover the frame and cropped to
 * its center. Rejects with `CorruptSampleError` if the clip is damaged or too short.
 */
export async function decode(path: string, decoding: Decoding): Promise<Uint8Array> {
  const { start, rate, frames, height, width } = decoding;
  const filters = [
    `fps=${rate}`,
    'tpad=stop_mode=clone:stop=1', // rounding may lose the last frame
    `scale=${width}:${height}:flags=bilinear+accurate_rnd:force_original_aspect_ratio=increase`,
    `crop=${width}:${height}`,
  ];
  const wanted = frames * height * width * 3;
  const { isOk, output, message } = await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-nostdin', '-xerror', ...LOCAL, '-threads', '1'],
      ...['-ss', secondsArgument(start), '-i', `file:${path}`, '-map', '0:v:0'],
      ...['-vf', filters.join(','), '-frames:v', `${frames}`, '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
    ],
    { maxBytes: wanted },
  );
  if (!isOk) throw new CorruptSampleError(`${path}: the clip is damaged: ${message}`);
  if (output.length === wanted) return output;
  const got = Math.floor(output.length / (wanted / frames));
  throw new CorruptSampleError(`${path}: the clip ends after ${got} of ${frames} frames; it is shorter than its header says`);
}
