/** Decides how a video is encoded, before any work: what is kept, and what cannot be. */
import { extname } from 'node:path';
import { checkKeys, checkOneOf } from 'softpool/internal';
import type { ImageFormat } from '../../image-formats.ts';
import { checkFrameOptions, knownContainer, knownEncoder } from './check-encoder.ts';
import { DEFAULT_COLOR, JFIF, type VideoColor, WEBP } from './color.ts';
import type { Container } from './containers.ts';
import { quotient, type Ratio } from './frame-rate.ts';
import { formatFor, type PixelFormat, pictureFormat } from './pixel-formats.ts';
import { VideoError } from './programs.ts';
import { checkSeconds, readPart } from './source-part.ts';
import { tryEncoder } from './try-encoder.ts';
import type { VideoInfo } from './video-info.ts';
import type { EncodeVideoOptions, VideoOutput } from './video-output.ts';

/** The pooled frames. */
export interface PooledSize {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Frames per second. */
  readonly frameRate: Ratio;
  /** Width of a pixel to its height. */
  readonly pixelAspect: Ratio;
}

/** Subtitles that are texts, which can be converted to each other. */
const TEXTS = ['subrip', 'ass', 'ssa', 'webvtt', 'mov_text', 'text'];

/**
 * Decides how a pooled video is encoded into a file.
 *
 * @param path - The file; its extension says which container. A name such as `frame-%06d.png` is a
 * file for each frame.
 * @param source - The video that is pooled.
 * @param pooled - The size and rate of the pooled frames.
 * @param options - How to encode.
 * @throws VideoError if the container or the encoder is unknown, cannot hold what should be kept,
 * or lacks an option that is given; RangeError or TypeError that names a wrong option.
 * @example
 * ```ts
 * async function plan(): Promise<VideoOutput> {
 *   const source = await probeVideo('clip.mp4');
 *   const pooled = { width: 960, height: 540, frameRate: [15, 1], pixelAspect: [1, 1] } as const;
 *   return await planVideo('small.mp4', source, pooled, { crf: 18 });
 * }
 * ```
 */
export async function planVideo(
  path: string,
  source: VideoInfo,
  pooled: PooledSize,
  options: EncodeVideoOptions = {},
): Promise<VideoOutput> {
  checkOptions(options);
  const container = knownContainer(path);
  checkRate(path, container, pooled.frameRate);
  if (container.frames !== undefined) return planFrames(path, source, pooled, container, container.frames, options);
  const { encoder, help, formats } = await knownEncoder(path, container, options);
  const wanted = formats.get(options.pixelFormat ?? '') ?? source.pixelFormat;
  const chosen = formatFor(encoder, help, wanted, formats);
  if (chosen === undefined)
    throw new VideoError('unsupported', `${path}: ${encoder} has no pixel format that can be written here; use another encoder`);
  const [width, height] = [wholeChroma(path, pooled.width, chosen, 0), wholeChroma(path, pooled.height, chosen, 1)];
  const { pixelFormat } = source;
  const output: VideoOutput = {
    path,
    source,
    container,
    encoder,
    pixelFormat: chosen,
    color: colorFor(source, container, encoder, chosen),
    width,
    height,
    frameRate: pooled.frameRate,
    pixelAspect: pooled.pixelAspect,
    others: otherCodecs(path, source, container, options),
    part: container.isSilent ? undefined : await readPart(source, options, options.subtitles !== 'drop', options),
    options,
    notes: [
      ...sourceNotes(source, container, options),
      ...(pixelFormat.bits > chosen.bits ? [`${pixelFormat.bits} bits became ${chosen.bits}`] : []),
      ...(pixelFormat.hasAlpha && !chosen.hasAlpha ? ['alpha was flattened onto white'] : []),
      ...(width < pooled.width ? ['the last column was left out, since chroma needs an even width'] : []),
      ...(height < pooled.height ? ['the last row was left out, since chroma needs an even height'] : []),
    ],
  };
  return { ...output, color: await tryEncoder(output, pooled) };
}

function checkOptions(options: EncodeVideoOptions): void {
  const call = 'planVideo';
  checkKeys(call, options, ['programs', 'start', 'duration', 'codec', 'crf', 'preset', 'pixelFormat', 'audio', 'subtitles']);
  checkSeconds(call, options);
  checkOneOf(call, 'options.audio', options.audio ?? 'copy', ['copy', 'drop']);
  checkOneOf(call, 'options.subtitles', options.subtitles ?? 'copy', ['copy', 'drop']);
}

/** The colors to encode, as far as they are known before a frame was. */
function colorFor({ pixelFormat, color }: VideoInfo, { isBt601 }: Container, encoder: string, chosen: PixelFormat): VideoColor {
  if (chosen.isRgb) return { ...color, matrix: 'gbr', range: 'pc' };
  const kept = pixelFormat.isRgb ? DEFAULT_COLOR : color;
  return { ...kept, ...(encoder === 'mjpeg' ? JFIF : isBt601 && WEBP) };
}

/** What people call the color matrices that are assumed. */
const MATRIX_NAMES: Readonly<Record<string, string>> = { bt709: 'BT.709', bt470bg: 'BT.601', smpte170m: 'BT.601' };

/** What becomes of the source, whatever the container. */
function sourceNotes(
  { color, isVariable, toneMapped, others }: VideoInfo,
  { isSilent }: Container,
  { audio, subtitles }: EncodeVideoOptions,
): string[] {
  const types = new Set(isSilent ? others.map(({ type }) => type) : []);
  const lost = [
    ...(types.has('audio') && audio !== 'drop' ? ['audio'] : []),
    ...(types.has('subtitle') && subtitles !== 'drop' ? ['subtitles'] : []),
  ];
  return [
    ...(toneMapped === undefined ? [] : [`${toneMapped.name} was mapped to BT.709`]),
    ...(color.guessed.includes('matrix')
      ? [`the video states no color matrix; ${MATRIX_NAMES[color.matrix] ?? color.matrix} is assumed`]
      : []),
    ...(isVariable ? ['the frame rate varied, it is constant now'] : []),
    ...(lost.length > 0 ? [`${lost.join(' and ')} left out`] : []),
  ];
}

/** Throws if the container cannot show so many frames. */
function checkRate(path: string, { mostFrames = Number.POSITIVE_INFINITY }: Container, frameRate: Ratio): void {
  if (quotient(frameRate) <= mostFrames) return;
  const rate = Number(quotient(frameRate).toFixed(2));
  throw new VideoError(
    'unsupported',
    `${path}: ${extname(path)} shows at most ${mostFrames} frames a second, not ${rate}; ask for ${mostFrames} or less`,
  );
}

/** A file for each frame, which needs no ffmpeg. */
function planFrames(
  path: string,
  source: VideoInfo,
  pooled: PooledSize,
  container: Container,
  format: ImageFormat,
  options: EncodeVideoOptions,
): VideoOutput {
  checkFrameOptions(path, format, options);
  const { bits, hasAlpha } = source.pixelFormat;
  const isWide = bits > 8 && (format === 'png' || format === 'tiff');
  const keepsAlpha = hasAlpha && format !== 'jpeg';
  const [x, y] = pooled.pixelAspect;
  return {
    path,
    source,
    container,
    encoder: format,
    pixelFormat: pictureFormat({ channels: keepsAlpha ? 4 : 3, bits: isWide ? 16 : 8 }),
    color: { ...DEFAULT_COLOR, matrix: 'gbr', range: 'pc' },
    ...pooled,
    others: [],
    part: undefined,
    options,
    notes: [
      ...sourceNotes(source, container, options),
      ...(bits > 8 && !isWide ? [`${bits} bits became 8`] : []),
      ...(hasAlpha && !keepsAlpha ? ['alpha was flattened onto white'] : []),
      ...(x === y ? [] : [`pixels are ${x}:${y}, which pictures cannot state`]),
    ],
  };
}

/** A side whose pixels all have chroma of their own or shared with another. */
function wholeChroma(path: string, side: number, { name, chroma }: PixelFormat, axis: 0 | 1): number {
  const whole = side - (side % chroma[axis]);
  if (whole > 0) return whole;
  throw new VideoError(
    'unsupported',
    (nameOf) =>
      `${path}: ${name} needs an even size of at least ${chroma[axis]}, and the result has ${side}; use ${nameOf('pixelFormat', 'yuv444p')}`,
  );
}

/** How each stream beside the video is written. */
function otherCodecs(path: string, { others }: VideoInfo, container: Container, { audio, subtitles }: EncodeVideoOptions): string[] {
  if (container.isSilent) return [];
  const kept = others.filter(({ type }) => (audio !== 'drop' || type !== 'audio') && (subtitles !== 'drop' || type !== 'subtitle'));
  return kept.flatMap(({ type, codec }) => {
    if (type === 'attachment') return container.muxer === 'matroska' ? ['copy'] : [];
    if (type === 'audio') return ['copy'];
    if (container.subtitles !== undefined && codec !== container.subtitles) {
      if (TEXTS.includes(codec)) return [container.subtitles];
      throw new VideoError(
        'unsupported',
        (nameOf) => `${path}: ${extname(path)} cannot hold its subtitles (${codec}); write .mkv, or use ${nameOf('subtitles', 'drop')}`,
      );
    }
    return [container.muxer === 'matroska' && codec === 'mov_text' ? 'subrip' : 'copy'];
  });
}
