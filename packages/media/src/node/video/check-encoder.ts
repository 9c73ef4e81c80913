/** Checks how a video is to be encoded, as far as that does not depend on the video. */
import { extname } from 'node:path';
import { IMAGE_FORMATS, type ImageFormat } from '../../image-formats.ts';
import { type Container, containerOf, isFramePattern, VIDEO_EXTENSIONS } from './containers.ts';
import { encoderHelp, formatFor, type PixelFormat, pixelFormats } from './pixel-formats.ts';
import { VideoError } from './programs.ts';
import type { EncodeVideoOptions } from './video-output.ts';

/** Encoders by the names of codecs. */
const ENCODERS: Readonly<Record<string, string>> = {
  h264: 'libx264',
  hevc: 'libx265',
  h265: 'libx265',
  vp9: 'libvpx-vp9',
  vp8: 'libvpx',
  av1: 'libsvtav1',
  prores: 'prores_ks',
};

/**
 * Checks the options for a file that may not be written, without a video.
 *
 * @throws VideoError like `planVideo`.
 */
export async function checkEncodeOptions(path: string, options: EncodeVideoOptions): Promise<void> {
  const container = knownContainer(path);
  if (container.frames !== undefined) checkFrameOptions(path, container.frames, options);
  else await knownEncoder(path, container, options);
}

/** The container that the name of a file stands for. */
export function knownContainer(path: string): Container {
  const container = containerOf(path);
  if (container !== undefined) return container;
  if (isFramePattern(path)) {
    throw new VideoError('unsupported', `${path}: %d stands for a file per frame, of ${IMAGE_FORMATS.join(', ')}; leave it out`);
  }
  const problem = extname(path) === '' ? 'no extension' : `cannot write ${extname(path)}`;
  throw new VideoError(
    'unsupported',
    `${path}: ${problem}; use ${VIDEO_EXTENSIONS.join(', ')}, or a name such as frame-%06d.png for a file per frame`,
  );
}

/** Throws if there is an option of encoders, which frames do not have. */
export function checkFrameOptions(path: string, format: ImageFormat, options: EncodeVideoOptions): void {
  const given = (['codec', 'crf', 'preset', 'pixelFormat'] as const).find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new VideoError('unsupported', (nameOf) => `${path}: ${nameOf(given)} is for videos; frames are written as ${format} files`);
}

/** An encoder of the installed ffmpeg. */
interface KnownEncoder {
  /** ffmpeg's name. */
  readonly encoder: string;
  /** What ffmpeg says of it. */
  readonly help: string;
  /** All pixel formats by name. */
  readonly formats: ReadonlyMap<string, PixelFormat>;
}

/** The encoder for a container. Throws if it does not exist, or lacks what is asked for. */
export async function knownEncoder(path: string, container: Container, options: EncodeVideoOptions): Promise<KnownEncoder> {
  const encoder = options.codec === undefined ? container.encoder : (ENCODERS[options.codec] ?? options.codec);
  const formats = await pixelFormats(options);
  const wanted = options.pixelFormat === undefined ? undefined : formats.get(options.pixelFormat);
  if (options.pixelFormat !== undefined && wanted === undefined) {
    throw new VideoError('unsupported', `ffmpeg has no pixel format ${options.pixelFormat}`);
  }
  const help = await encoderHelp(encoder, options);
  if (help === undefined) throw new VideoError('unsupported', `this ffmpeg has no encoder ${encoder}; see ffmpeg -encoders`);
  checkEncoderOptions(path, encoder, help, options);
  const chosen = wanted && formatFor(encoder, help, wanted, formats);
  if (chosen !== undefined && chosen.name !== wanted?.name) {
    throw new VideoError('unsupported', `${encoder} does not encode ${wanted?.name}; the nearest that it does is ${chosen.name}`);
  }
  return { encoder, help, formats };
}

/** Throws if the encoder lacks an option that is given: ffmpeg would ignore it. */
function checkEncoderOptions(path: string, encoder: string, help: string, options: EncodeVideoOptions): void {
  for (const name of ['crf', 'preset'] as const) {
    if (options[name] === undefined || new RegExp(`^ +-${name} `, 'm').test(help)) continue;
    throw new VideoError('unsupported', (nameOf) => `${path}: ${nameOf(name)} is not an option of the encoder ${encoder}; leave it out`);
  }
}
