/** Arguments of ffmpeg that encode frames, and add the other streams of the source. */
import type { VideoFrameLike } from '../../video/video-frame.ts';
import { filterMatrix, limitedWhite } from './color.ts';
import type { Ratio } from './frame-rate.ts';
import { LOCAL } from './programs.ts';
import { rawFormat } from './raw-frames.ts';
import type { VideoOutput } from './video-output.ts';

/**
 * Arguments of ffmpeg that encode raw frames like `first` from standard input.
 *
 * @param log - How ffmpeg reports.
 * @param target - Options for the file, and its address.
 */
export function encodeArguments(first: VideoFrameLike, output: VideoOutput, log: readonly string[], target: readonly string[]): string[] {
  const { source, container, encoder, options, frameRate, others } = output;
  const hasOthers = container.isSilent === undefined && source.pictures === undefined;
  return [
    ...log,
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
    ...['-f', container.muxer, ...target],
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

/** Arguments that map the streams beside the video. */
function mapOthers(
  input: number,
  { container, others }: Pick<VideoOutput, 'container' | 'others'>,
  audio: 'copy' | 'drop' = 'copy',
): string[] {
  if (container.isSilent || others.length === 0) return [];
  return [
    ...(audio === 'drop' ? [] : ['-map', `${input}:a?`]),
    ...['-map', `${input}:s?`],
    ...(container.muxer === 'matroska' ? ['-map', `${input}:t?`] : []),
  ];
}

/** The one codec that all subtitles are converted to, if there is one. */
function subtitleCodec(others: readonly string[]): string[] {
  const codec = others.find((other) => other !== 'copy');
  return codec === undefined ? [] : ['-c:s', codec];
}
