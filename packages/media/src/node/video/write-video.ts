/** Encodes frames with ffmpeg, and adds the audio, subtitles and chapters of the source. */
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { VideoFrameLike } from '../../video/video-frame.ts';
import { drained } from './drained.ts';
import { encodeArguments, pipedInputs } from './encode-arguments.ts';
import { feed, LOG, plainMessage, start, VideoError } from './programs.ts';
import { rawBytes } from './raw-frames.ts';
import type { VideoOutput } from './video-output.ts';
import { writeFrames } from './write-frames.ts';

/**
 * Encodes frames into a file, which is replaced, or into a file for each frame.
 *
 * @param path - The file. Its name does not matter: the container is that of `output`. For a file
 * per frame, a name such as `frame-%06d.png` in an existing folder; numbers start at 1.
 * @param frames - The frames, at the constant rate of `output`.
 * @param output - How to encode, by `planVideo`.
 * @returns The number of frames.
 * @throws VideoError if ffmpeg fails, as on a full disk; and what `frames` throws. The file is then
 * incomplete.
 * @example
 * ```ts
 * async function halve(source: VideoInfo, output: VideoOutput): Promise<number> {
 *   return await writeVideo('small.mp4', poolVideo(readVideo(source), { factor: 2 }), output);
 * }
 * ```
 */
export async function writeVideo(path: string, frames: AsyncIterable<VideoFrameLike>, output: VideoOutput): Promise<number> {
  if (output.container.frames !== undefined) return await writeFrames(path, frames, output.container.frames, output.source);
  let encoder: Encoder | undefined;
  let count = 0;
  try {
    for await (const frame of frames) {
      encoder ??= startEncoder(path, frame, output);
      await encoder.write(frame);
      count++;
    }
    if (encoder === undefined) throw new VideoError('unreadable', `${output.source.path}: it has no frame`);
    await encoder.end();
    return count;
  } finally {
    encoder?.kill();
  }
}

interface Encoder {
  write(frame: VideoFrameLike): Promise<void>;
  end(): Promise<void>;
  kill(): void;
}

function startEncoder(path: string, first: VideoFrameLike, output: VideoOutput): Encoder {
  const piped = pipedInputs(output);
  const args = encodeArguments(first, output, LOG, fileArguments(path, output));
  const { child, ended } = start('ffmpeg', args, output.options, ['pipe', 'ignore', 'pipe', ...piped.map(() => 'pipe' as const)]);
  for (const [i, bytes] of piped.entries()) feed(child, 3 + i, bytes);
  const { stdin, stderr } = child as { stdin: Writable; stderr: Readable };
  let error: string | undefined;
  let hasFailed = false;
  stdin.on('error', () => {
    hasFailed = true; // it has ended before all frames, and says why
  });
  createInterface({ input: stderr }).on('line', (line) => {
    if (/\[(?:error|fatal|panic)\]/.test(line)) error ??= plainMessage(line);
    // ffmpeg 5 ends as if all was well where only the end of a file could not be written.
    if (line.startsWith('[error] ')) hasFailed = true;
  });
  const check = async (): Promise<void> => {
    const status = await ended;
    if (status === undefined) throw new VideoError('killed', 'ffmpeg was killed while it encoded the video');
    if (status === 0 && !hasFailed) return;
    const reason = /No space left on device|Disk quota exceeded/.test(error ?? '') ? 'no space' : 'unwritable';
    const said = error?.replaceAll(`file:${path}`, output.path).replaceAll(path, output.path);
    throw new VideoError(reason, `ffmpeg cannot write the video: ${said ?? 'it gives no reason'}`);
  };
  return {
    async write(frame) {
      if (stdin.write(rawBytes(frame, output.pixelFormat.hasAlpha))) return;
      await drained(stdin);
      if (stdin.destroyed || child.exitCode !== null) await check();
    },
    async end() {
      stdin.end();
      await ended;
      hasFailed ||= await isEmpty(path);
      await check();
    },
    kill: () => child.kill('SIGKILL'),
  };
}

/** Whether nothing was written, whatever ffmpeg, or a program of that name, says. */
async function isEmpty(path: string): Promise<boolean> {
  const file = await stat(path).catch(() => undefined);
  return file === undefined || (file.isFile() && file.size === 0);
}

/** The file, with the options of its container. */
function fileArguments(path: string, { container, source }: VideoOutput): string[] {
  const loop = container.loop === undefined ? [] : ['-loop', `${container.loop(source.plays ?? 0)}`];
  return [...container.options, ...loop, '-y', `file:${path}`];
}
