/** Encodes frames with ffmpeg, and adds the audio, subtitles and chapters of the source. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { VideoFrameLike } from '../../video/video-frame.ts';
import { filterMatrix, limitedWhite } from './color.ts';
import type { Ratio } from './frame-rate.ts';
import { mapOthers, subtitleCodec, type VideoOutput } from './plan-output.ts';
import { LOCAL, LOG, plainMessage, start, VideoError } from './programs.ts';
import { rawBytes, rawFormat } from './raw-frames.ts';
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
    if (encoder === undefined) throw new VideoError('unreadable', `${output.source.path}: there is no frame in it`);
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
  const { child, ended } = start('ffmpeg', encodeArguments(path, first, output), output.options, ['pipe', 'ignore', 'pipe']);
  const { stdin, stderr } = child as { stdin: Writable; stderr: Readable };
  let error: string | undefined;
  let hasFailed = false;
  stdin.on('error', () => {}); // ffmpeg has ended, and says why
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
    throw new VideoError(reason, `ffmpeg cannot write the video: ${error ?? 'it gives no reason'}`);
  };
  return {
    async write(frame) {
      if (stdin.write(rawBytes(frame, output.pixelFormat.hasAlpha))) return;
      await Promise.race([once(stdin, 'drain'), ended]).catch(() => {});
      if (stdin.destroyed || child.exitCode !== null) await check();
    },
    async end() {
      stdin.end();
      await check();
    },
    kill: () => child.kill('SIGKILL'),
  };
}

function encodeArguments(path: string, first: VideoFrameLike, output: VideoOutput): string[] {
  const { source, container, encoder, options, frameRate, others } = output;
  const hasOthers = container.isSilent === undefined && source.pictures === undefined;
  const loop = container.loop === undefined ? [] : ['-loop', `${container.loop(source.plays ?? 0)}`];
  return [
    ...LOG,
    ...['-f', 'rawvideo', '-pix_fmt', rawFormat(first, output.pixelFormat.hasAlpha), '-s', `${first.width}x${first.height}`],
    ...['-framerate', frameRate.join('/'), '-i', 'pipe:0'],
    ...(hasOthers ? [...partOf(options), ...LOCAL, '-i', `file:${source.path}`] : []),
    ...['-map', '0:v:0', ...mapOthers(1, output, options.audio)],
    ...(hasOthers ? ['-map_metadata', '1', '-map_chapters', '1'] : []),
    ...Object.entries(hasOthers ? source.tags : {}).flatMap(([tag, value]) => ['-metadata:s:v:0', `${tag}=${value}`]),
    ...['-vf', filters(first, output).join(','), '-c', 'copy', ...subtitleCodec(others), '-c:v', encoder],
    ...colorArguments(output),
    ...qualityArguments(output),
    ...(startsLate(first) ? ['-enc_time_base', fineTimeBase(output).join(':')] : []),
    ...['-fps_mode', 'passthrough', '-pix_fmt', output.pixelFormat.name],
    ...[...container.options, ...loop, '-f', container.muxer, '-y', `file:${path}`],
  ];
}

/** The part of the source that the other streams are taken from. */
function partOf({ start: from, duration }: VideoOutput['options']): string[] {
  return [...(from === undefined ? [] : ['-ss', `${from}`]), ...(duration === undefined ? [] : ['-t', `${duration}`])];
}

/** Whether the video starts later than the audio, or earlier. */
function startsLate({ timestamp }: VideoFrameLike): boolean {
  return Math.abs(timestamp) > 0.001;
}

/** A unit of time in which both the frame rate and an offset can be told. */
function fineTimeBase({ frameRate: [numerator, denominator] }: VideoOutput): Ratio {
  return [denominator, numerator * 1000];
}

/** From RGB to the pixels that are encoded. */
function filters(first: VideoFrameLike, output: VideoOutput): string[] {
  const { width, height, pixelFormat, color, pixelAspect, encoder } = output;
  const matrix = pixelFormat.isRgb ? '' : `:out_color_matrix=${filterMatrix(color.matrix)}:in_range=pc:out_range=${color.range}`;
  return [
    ...(width < first.width || height < first.height ? [`crop=${width}:${height}:0:0`] : []),
    ...(encoder === 'gif' ? ['split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1'] : []),
    ...(first.data instanceof Uint16Array && !pixelFormat.isRgb ? limitedWhite(color) : []),
    ...(encoder === 'gif'
      ? []
      : [`scale=flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp${matrix}`, `format=${pixelFormat.name}`]),
    ...(pixelFormat.isRgb ? [] : [`setparams=colorspace=${color.matrix}:range=${color.range}`]),
    `setsar=${pixelAspect.join('/')}`,
    ...(startsLate(first) ? [`settb=${fineTimeBase(output).join('/')}`, `setpts=PTS+${first.timestamp.toFixed(6)}/TB`] : []),
  ];
}

function colorArguments({ pixelFormat, color }: VideoOutput): string[] {
  if (pixelFormat.isRgb) return [];
  return [
    ...['-colorspace', color.matrix, '-color_range', color.range],
    ...(color.primaries === undefined ? [] : ['-color_primaries', color.primaries]),
    ...(color.transfer === undefined ? [] : ['-color_trc', color.transfer]),
  ];
}

/** Default of `crf` by encoder. */
const CRF: Readonly<Record<string, number>> = { libx264: 20, libx265: 23, 'libvpx-vp9': 31, libsvtav1: 31, 'libaom-av1': 31 };

function qualityArguments({ encoder, options }: VideoOutput): string[] {
  const crf = options.crf ?? CRF[encoder];
  return [
    ...(crf === undefined ? [] : ['-crf', `${crf}`]),
    ...(encoder.startsWith('libvpx') ? ['-b:v', '0', '-row-mt', '1'] : []),
    ...(options.preset === undefined ? [] : ['-preset', options.preset]),
    ...(encoder === 'mpeg4' ? ['-q:v', '3'] : []),
    ...(encoder === 'libwebp_anim' ? ['-quality', '80'] : []),
  ];
}
