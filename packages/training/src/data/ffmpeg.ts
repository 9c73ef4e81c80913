/** ffmpeg and ffprobe, run as processes whose output comes through pipes. */
import { spawn } from 'node:child_process';
import { CorruptSampleError } from './data-set.ts';

/** What ffprobe says of a clip. */
export interface ClipLength {
  /** In seconds. */
  readonly duration: number;
  /** By the header, or by duration and frame rate. */
  readonly frames: number;
}

/** Which frames of a clip are decoded, and how. */
export interface Decoding {
  /** In seconds. */
  readonly start: number;
  /** Frames per second that are taken, each the nearest of the clip. */
  readonly rate: number;
  readonly frames: number;
  readonly height: number;
  readonly width: number;
  /** Whether proportions are kept, and what is then too much is cut at both sides; else the frame is squeezed. */
  readonly isCropped: boolean;
}

/** Only local files: a playlist that pretends to be a clip must not reach for the network. */
const LOCAL = ['-protocol_whitelist', 'file,pipe'];

/** Rejects with an error that says what to install unless both programs run. */
export async function checkInstalled(): Promise<void> {
  for (const program of ['ffmpeg', 'ffprobe'] as const) await run(program, ['-version'], 2 ** 20);
}

/** Reads the length of a clip from its header. Rejects with `CorruptSampleError` if it is none or does not say. */
export async function probe(path: string): Promise<ClipLength> {
  const entries = 'stream=duration,nb_frames,avg_frame_rate:format=duration';
  const args = ['-v', 'error', ...LOCAL, '-select_streams', 'v:0', '-show_entries', entries, '-of', 'json', `file:${path}`];
  const { status, output, message } = await run('ffprobe', args, 2 ** 20);
  if (status !== 0) throw new CorruptSampleError(`${path}: ffprobe cannot read it: ${withoutPath(message, path)}`);
  const { streams = [], format = {} } = JSON.parse(output.toString()) as {
    streams?: { duration?: string; nb_frames?: string; avg_frame_rate?: string }[];
    format?: { duration?: string };
  };
  const [stream] = streams;
  if (stream === undefined) throw new CorruptSampleError(`${path}: there is no video in it`);
  const duration = Number(stream.duration ?? format.duration);
  if (!(duration > 0)) throw new CorruptSampleError(`${path}: it does not say how long it is`);
  const [numerator = 0, denominator = 1] = (stream.avg_frame_rate ?? '').split('/').map(Number);
  const frames = Number(stream.nb_frames ?? Math.round((duration * numerator) / denominator));
  return { duration, frames: Number.isFinite(frames) ? frames : 0 };
}

/** Decodes frames of a clip as [frames, height, width, 3]. Rejects with `CorruptSampleError` if it is damaged or ends before. */
export async function decode(path: string, decoding: Decoding): Promise<Uint8Array> {
  const { start, rate, frames, height, width, isCropped } = decoding;
  const filters = [
    `fps=${rate}`,
    'tpad=stop_mode=clone:stop=1', // the last frame may be a rounding away
    `scale=${width}:${height}:flags=bilinear+accurate_rnd${isCropped ? ':force_original_aspect_ratio=increase' : ''}`,
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

/** A clip that takes longer is stuck. */
const MOST_MILLISECONDS = 120_000;

/** Runs a program to its end. More output than `most` bytes is an error of it. */
async function run(
  program: 'ffmpeg' | 'ffprobe',
  args: readonly string[],
  most: number,
): Promise<{ status: number; output: Buffer; message: string }> {
  return await new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: MOST_MILLISECONDS, killSignal: 'SIGKILL' });
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
    child.once('error', (error) => reject(startError(program, error)));
    child.once('close', (status, signal) => {
      const said =
        message.trim().split('\n')[0] || (signal === null ? `status ${status}` : `it took too long or gave too much (${signal})`);
      resolve({ status: status ?? 1, output: Buffer.concat(output), message: said });
    });
  });
}

function startError(program: string, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return new Error(`${program} could not be started: ${error.message}`, { cause: error });
  return new Error(
    `${program} was not found, which reads clips; install it (Debian and Ubuntu: apt install ffmpeg; macOS: brew install ffmpeg; Windows: winget install ffmpeg), or put it on the PATH`,
    { cause: error },
  );
}

/** What a program says, without the path that the message begins with, and without the address of the part that says it. */
function withoutPath(message: string, path: string): string {
  return message.replace(`file:${path}: `, '').replace(/^\[(\S+) @ 0x[0-9a-f]+\] /, '$1: ');
}
