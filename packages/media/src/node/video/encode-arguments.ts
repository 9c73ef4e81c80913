/** Arguments of ffmpeg that encode frames, and add the other streams of the source. */
import type { VideoFrameLike } from '../../video/video-frame.ts';
import { filterMatrix, limitedWhite } from './color.ts';
import { quotient, type Ratio } from './frame-rate.ts';
import { LOCAL } from './programs.ts';
import { rawFormat } from './raw-frames.ts';
import { partArguments } from './source-part.ts';
import type { VideoOutput } from './video-output.ts';

/**
 * Arguments of ffmpeg that encode raw frames like `first` from standard input.
 *
 * @param log - How ffmpeg reports.
 * @param target - Options for the file, and its address.
 */
export function encodeArguments(first: VideoFrameLike, output: VideoOutput, log: readonly string[], target: readonly string[]): string[] {
  const { source, container, encoder, options, frameRate, part } = output;
  const hasOthers = container.isSilent === undefined && source.pictures === undefined;
  return [
    ...log,
    ...['-f', 'rawvideo', '-pix_fmt', rawFormat(first, output.pixelFormat.hasAlpha), '-s', `${first.width}x${first.height}`],
    ...['-framerate', frameRate.join('/'), '-i', 'pipe:0'],
    ...(hasOthers ? [...partArguments(source, options), ...LOCAL, '-i', `file:${source.path}`] : []),
    ...(part === undefined ? [] : ['-f', 'ffmetadata', '-i', 'pipe:3']),
    ...(part?.subtitles === undefined ? [] : ['-f', 'matroska', '-i', 'pipe:4']),
    ...['-map', '0:v:0', ...mapOthers(output)],
    ...(hasOthers ? ['-map_metadata', '1', '-map_chapters', part === undefined ? '1' : '2'] : []),
    ...Object.entries(hasOthers ? source.tags : {}).flatMap(([tag, value]) => ['-metadata:s:v:0', `${tag}=${value}`]),
    ...['-vf', filters(first, output).join(','), '-c', 'copy', ...subtitleCodec(output), '-c:v', encoder],
    ...colorArguments(output),
    ...qualityArguments(output),
    ...(lateness(first, output) === 0 ? [] : ['-enc_time_base', timeBase(output).join(':')]),
    ...['-fps_mode', 'passthrough', '-pix_fmt', output.pixelFormat.name],
    ...['-f', container.muxer, ...target],
  ];
}

/**
 * Seconds by which the video starts later than the audio, or earlier; 0 if they are too few to
 * matter. AVI has a place for whole frames only.
 */
function lateness({ timestamp }: VideoFrameLike, { container, frameRate }: VideoOutput): number {
  const rate = quotient(frameRate);
  const told = container.muxer === 'avi' ? Math.round(timestamp * rate) / rate : timestamp;
  return Math.abs(told) > 0.001 ? told : 0;
}

/** A unit of time for both the frame rate and an offset. That of AVI is a frame. */
function timeBase({ container, frameRate: [numerator, denominator] }: VideoOutput): Ratio {
  return [denominator, container.muxer === 'avi' ? numerator : numerator * 1000];
}

/** From RGB to the pixels that are encoded. */
function filters(first: VideoFrameLike, output: VideoOutput): string[] {
  const { width, height, pixelFormat, color, pixelAspect, encoder } = output;
  const late = lateness(first, output);
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
    ...(late === 0 ? [] : [`settb=${timeBase(output).join('/')}`, `setpts=PTS+${late.toFixed(6)}/TB`]),
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

/** Arguments that map the streams beside the video. */
function mapOthers({ container, others, options, part }: VideoOutput): string[] {
  if (container.isSilent || others.length === 0) return [];
  // Audio before the start would be shown without a picture, or shift everything.
  const fromStart = options.start === undefined ? [] : ['-copypriorss:a', '0'];
  return [
    ...(options.audio === 'drop' ? [] : ['-map', '1:a?', ...fromStart]),
    ...(options.subtitles === 'drop' ? [] : mapSubtitles(part)),
    ...(container.muxer === 'matroska' ? ['-map', '1:t?'] : []),
  ];
}

/** Subtitles come from the source, or those of a part from a pipe, if there are any in it. */
function mapSubtitles(part: VideoOutput['part']): string[] {
  if (part === undefined) return ['-map', '1:s?'];
  return part.subtitles === undefined ? [] : ['-map', '3:s?'];
}

/** What ffmpeg reads from its pipes 3 and 4. */
export function pipedInputs({ part }: VideoOutput): Uint8Array[] {
  return part === undefined ? [] : [part.chapters, ...(part.subtitles === undefined ? [] : [part.subtitles])];
}

/**
 * The one codec that all subtitles are converted to, if there is one. Those of a part have another
 * codec than those of the source.
 */
function subtitleCodec({ container, others, part }: VideoOutput): string[] {
  const codec = part?.subtitles === undefined ? others.find((other) => other !== 'copy') : container.subtitles;
  return codec === undefined ? [] : ['-c:s', codec];
}
