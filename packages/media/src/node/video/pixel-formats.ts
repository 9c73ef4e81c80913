/** Pixel formats, as the installed ffmpeg knows them. */
import type { Pixels } from '../../pixels.ts';
import { type ProgramOptions, parsed, run, VideoError } from './programs.ts';

/** How the pixels of a video are stored. */
export interface PixelFormat {
  /** ffmpeg's name, e.g. `'yuv420p'`. */
  readonly name: string;
  /** Bits of a sample. */
  readonly bits: number;
  /** Whether it has an alpha channel. */
  readonly hasAlpha: boolean;
  /** Whether it has red, green and blue, or a palette of them, and not luma and chroma. */
  readonly isRgb: boolean;
  /** Pixels that share their chroma, as `[width, height]`: `[2, 2]` for 4:2:0. */
  readonly chroma: readonly [width: number, height: number];
}

/** How the pixels of pictures are stored. */
export function pictureFormat({ channels, bits }: { channels: Pixels['channels']; bits: 8 | 16 }): PixelFormat {
  const isOpaque = channels % 2 === 1;
  const name = bits === 8 ? (isOpaque ? 'rgb24' : 'rgba') : isOpaque ? 'rgb48le' : 'rgba64le';
  return { name, bits, hasAlpha: !isOpaque, isRgb: true, chroma: [1, 1] };
}

/** Encoders that keep RGB as it is. */
const LOSSLESS: readonly string[] = ['ffv1', 'ffvhuff', 'huffyuv', 'utvideo', 'png', 'apng', 'qtrle', 'libx264rgb', 'rawvideo', 'gif'];

interface Listed {
  readonly name: string;
  readonly nb_components: number;
  readonly log2_chroma_w?: number;
  readonly log2_chroma_h?: number;
  readonly flags: Readonly<Record<string, number>>;
  readonly components?: readonly { readonly bit_depth: number }[];
}

const formatsByFolder = new Map<string | undefined, ReadonlyMap<string, PixelFormat>>();

/** All pixel formats by name. ffprobe is asked once. */
export async function pixelFormats(options: ProgramOptions): Promise<ReadonlyMap<string, PixelFormat>> {
  const formats = formatsByFolder.get(options.programs) ?? (await listFormats(options));
  formatsByFolder.set(options.programs, formats);
  return formats;
}

async function listFormats(options: ProgramOptions): Promise<ReadonlyMap<string, PixelFormat>> {
  const { isOk, output, message } = await run('ffprobe', ['-v', 'error', '-show_pixel_formats', '-of', 'json'], options);
  if (!isOk) throw new VideoError('missing program', `ffprobe cannot list its pixel formats: ${message}`);
  const { pixel_formats: listed } = parsed<{ pixel_formats: readonly Listed[] }>(output, 'pixel_formats');
  return new Map(
    listed.map(({ name, nb_components, log2_chroma_w = 0, log2_chroma_h = 0, flags, components = [] }) => {
      const isRgb = flags.rgb === 1 || flags.palette === 1 || nb_components === 0;
      const bits = Math.max(8, ...components.map(({ bit_depth }) => bit_depth));
      return [name, { name, bits, hasAlpha: flags.alpha === 1, isRgb, chroma: [2 ** log2_chroma_w, 2 ** log2_chroma_h] }];
    }),
  );
}

const helpByEncoder = new Map<string, string>();

/**
 * What ffmpeg says of an encoder and its options; `undefined` if it does not have the encoder.
 * ffmpeg is asked once.
 */
export async function encoderHelp(encoder: string, options: ProgramOptions): Promise<string | undefined> {
  const key = JSON.stringify([options.programs, encoder]);
  const known = helpByEncoder.get(key);
  if (known !== undefined) return known;
  const { output } = await run('ffmpeg', ['-hide_banner', '-h', `encoder=${encoder}`], options);
  const help = output.toString();
  if (!/^Encoder /m.test(help)) return undefined;
  helpByEncoder.set(key, help);
  return help;
}

/**
 * The format in which an encoder keeps most of a video's: first its bits, then alpha, then chroma.
 * `undefined` if it has none that is used here.
 */
export function formatFor(
  encoder: string,
  help: string,
  wanted: PixelFormat,
  formats: ReadonlyMap<string, PixelFormat>,
): PixelFormat | undefined {
  const [, names = wanted.name] = /Supported pixel formats: (.*)/.exec(help) ?? [];
  const supported = names.split(/\s+/).flatMap((name) => formats.get(name) ?? []);
  // Formats named yuvj are of full range, which a tag states nowadays.
  const usable = supported.filter(({ name }) => !name.startsWith('yuvj') && !/^(?:gray|ya|mono|nv|p0|rgb[48]|bgr[48])/.test(name));
  const isExact = usable.find(({ name }) => name === wanted.name);
  if (isExact !== undefined) return isExact;
  // Few players know RGB: only encoders for which nothing may be lost keep it.
  const keepsRgb = wanted.isRgb && LOSSLESS.includes(encoder);
  const pixelsPerChroma = wanted.isRgb ? 4 : wanted.chroma[0] * wanted.chroma[1];
  const cost = (format: PixelFormat): number =>
    1000 * Math.max(0, wanted.bits - format.bits) +
    (wanted.hasAlpha === format.hasAlpha ? 0 : wanted.hasAlpha ? 500 : 5) +
    (format.isRgb === keepsRgb ? 0 : 100) +
    (format.isRgb ? 0 : 10 * Math.abs(Math.log2((format.chroma[0] * format.chroma[1]) / pixelsPerChroma))) +
    Math.max(0, format.bits - wanted.bits);
  return usable.reduce<PixelFormat | undefined>(
    (best, format) => (best === undefined || cost(format) < cost(best) ? format : best),
    undefined,
  );
}
