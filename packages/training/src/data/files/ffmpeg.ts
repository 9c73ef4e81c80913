/** Runs ffmpeg and ffprobe as child processes and reads their output from pipes. */
import { spawn } from 'node:child_process';
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

/**
 * ffmpeg's names of the containers whose extensions clips have. Playlists (HLS, DASH, concat) are
 * not among them: they are texts that name other files, whatever the file is called.
 */
const CONTAINERS = ['asf', 'avi', 'flv', 'm4v', 'matroska', 'mov', 'mpeg', 'mpegts', 'mpegvideo', 'ogg'];

/** Local files only, and nothing that refers to other files. */
const LOCAL = ['-protocol_whitelist', 'file,pipe', '-format_whitelist', CONTAINERS.join(',')];

/** Rejects, with an error that says what to install, unless both programs run. */
export async function checkInstalled(): Promise<void> {
  for (const program of ['ffmpeg', 'ffprobe'] as const) await run(program, ['-version'], 2 ** 20);
}

/** Reads a clip's length from its header. Rejects with `CorruptSampleError` if it has none. */
export async function probe(path: string): Promise<ClipLength> {
  const entries = 'stream=duration,nb_frames,avg_frame_rate:format=duration';
  const args = ['-v', 'error', ...LOCAL, '-select_streams', 'v:0', '-show_entries', entries, '-of', 'json', `file:${path}`];
  const { status, output, message } = await run('ffprobe', args, 2 ** 20);
  if (status !== 0) throw new CorruptSampleError(`${path}: ${unreadable(withoutPath(message, path))}`);
  const { streams = [], format = {} } = JSON.parse(output.toString()) as {
    streams?: { duration?: string; nb_frames?: string; avg_frame_rate?: string }[];
    format?: { duration?: string };
  };
  const [stream] = streams;
  if (stream === undefined) throw new CorruptSampleError(`${path}: the file has no video`);
  const duration = Number(stream.duration ?? format.duration);
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
  const { status, output, message } = await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-nostdin', '-xerror', ...LOCAL, '-threads', '1', '-ss', `${start}`, '-i', `file:${path}`, '-map', '0:v:0'],
      ...['-vf', filters.join(','), '-frames:v', `${frames}`, '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
    ],
    wanted,
  );
  if (status !== 0) throw new CorruptSampleError(`${path}: the clip is damaged: ${withoutPath(message, path)}`);
  if (output.length === wanted) return output;
  const got = Math.floor(output.length / (wanted / frames));
  throw new CorruptSampleError(`${path}: the clip ends after ${got} of ${frames} frames; it is shorter than its header says`);
}

/** A process that takes longer is considered stuck. */
const MOST_MILLISECONDS = 120_000;

/** Runs a program to its end. Output of more than `most` bytes is treated as a failure. */
async function run(
  program: 'ffmpeg' | 'ffprobe',
  args: readonly string[],
  most: number,
): Promise<{ status: number; output: Buffer; message: string }> {
  return await new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    // Not the option `timeout`, whose timer goes on if the program cannot be started.
    const timer = setTimeout(() => child.kill('SIGKILL'), MOST_MILLISECONDS);
    const output: Buffer[] = [];
    let length = 0;
    let message = '';
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= most) output.push(chunk);
      else child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (message.length < 2000) message += chunk.toString();
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(startError(program, error));
    });
    child.once('close', (status, signal) => {
      clearTimeout(timer);
      const said =
        message.trim().split('\n')[0] || (signal === null ? `status ${status}` : `the process took too long or wrote too much (${signal})`);
      resolve({ status: status ?? 1, output: Buffer.concat(output), message: said });
    });
  });
}

function startError(program: string, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return new Error(`${program} could not be started: ${error.message}`, { cause: error });
  return new Error(
    `${program} was not found; reading clips needs it. Install it (Debian and Ubuntu: apt install ffmpeg; macOS: brew install ffmpeg; Windows: winget install ffmpeg), or put it on the PATH`,
    { cause: error },
  );
}

/** Says why ffprobe cannot read a file. */
function unreadable(message: string): string {
  if (!message.includes('Format not on whitelist')) return `ffprobe cannot read it: ${message}`;
  return `it is not a container of video; read are ${CONTAINERS.join(', ')}`;
}

/** A program's message without the leading path and without memory addresses. */
function withoutPath(message: string, path: string): string {
  return message.replace(`file:${path}: `, '').replace(/^\[(\S+) @ 0x[0-9a-f]+\] /, '$1: ');
}
