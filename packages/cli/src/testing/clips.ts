/** Clips made by ffmpeg's own generators, and what ffmpeg says of the results. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Result, runCli } from './run-cli.ts';

const run = promisify(execFile);

/** Runs ffmpeg in `folder`, its arguments written as on a command line, without quotes. */
export async function ffmpeg(folder: string, line: string): Promise<void> {
  await run('ffmpeg', ['-v', 'error', '-y', ...words(line)], { cwd: folder });
}

/** Runs `softpool video`, its arguments written as on a command line, without quotes. */
export function runVideo(folder: string, line: string, options?: Parameters<typeof runCli>[2]): Promise<Result> {
  return runCli(folder, ['video', ...words(line)], options);
}

/** A stream, by ffprobe. */
type ProbedStream = Readonly<Record<string, string | number | undefined>> & {
  readonly tags?: Readonly<Record<string, string>>;
  readonly side_data_list?: readonly Readonly<Record<string, unknown>>[];
};

/** The streams and chapters of a file. */
export interface Probed {
  readonly streams: readonly ProbedStream[];
  readonly video: ProbedStream;
  readonly chapters: readonly { readonly start_time: string; readonly end_time: string; readonly tags: { readonly title: string } }[];
  readonly format: { readonly duration: string; readonly start_time: string; readonly tags?: Readonly<Record<string, string>> };
}

/** What ffprobe says of a file. */
export async function probe(folder: string, name: string): Promise<Probed> {
  const args = ['-v', 'error', '-count_frames', '-show_streams', '-show_format', '-show_chapters', '-of', 'json', join(folder, name)];
  const probed = JSON.parse((await run('ffprobe', args)).stdout) as Omit<Probed, 'video'>;
  return { ...probed, video: probed.streams.find(({ codec_type }) => codec_type === 'video') ?? {} };
}

/** The decoded samples of a file's video, in a raw format, as they are stored if it is the same. */
export async function rawVideo(folder: string, name: string, format: string, ...options: string[]): Promise<Buffer> {
  const args = ['-v', 'error', '-i', join(folder, name), ...options, '-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', format, '-'];
  const { stdout } = await run('ffmpeg', args, { encoding: 'buffer', maxBuffer: 2 ** 30 });
  return stdout;
}

/** The times of the packets of a stream, in seconds. */
export async function packetTimes(folder: string, name: string, stream: string): Promise<number[]> {
  const args = ['-v', 'error', '-select_streams', stream, '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', join(folder, name)];
  const { stdout } = await run('ffprobe', args, { maxBuffer: 2 ** 26 });
  const times = stdout.trim().split('\n').map(Number.parseFloat);
  return times.filter((time) => !Number.isNaN(time)); // side data has lines of its own
}

function words(line: string): string[] {
  return line.split(/\s+/).filter((word) => word !== '');
}
