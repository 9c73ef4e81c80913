/** What the colors of a video mean: the matrix from RGB to luma and chroma, and the range. */
import { VideoError } from './programs.ts';

/** The meaning of luma and chroma. */
export interface VideoColor {
  /** ffmpeg's name of the matrix, e.g. `'bt709'`; `'gbr'` if there is none. */
  readonly matrix: string;
  /** `'tv'`: limited, 16–235 in 8 bits. `'pc'`: full, 0–255. */
  readonly range: 'tv' | 'pc';
  /** ffmpeg's name of the primaries, if the file states them. */
  readonly primaries: string | undefined;
  /** ffmpeg's name of the transfer curve, if the file states it. */
  readonly transfer: string | undefined;
  /** What the file does not state, so that it was guessed. */
  readonly guessed: readonly ('matrix' | 'range')[];
}

/** What ffprobe says about a stream's colors. */
export interface ColorTags {
  readonly color_space?: string;
  readonly color_range?: string;
  readonly color_primaries?: string;
  readonly color_transfer?: string;
}

/** Matrices that ffmpeg's scale filter converts. */
const MATRICES = ['bt709', 'fcc', 'bt470bg', 'smpte170m', 'smpte240m', 'bt2020nc'];

/** Colors of HDR, which are mapped to BT.709. */
export interface HdrColor extends Omit<VideoColor, 'guessed'> {
  /** The name of the curve. */
  readonly name: 'PQ' | 'HLG';
}

/** Curves of HDR. */
const HDR: Readonly<Record<string, HdrColor['name']>> = { smpte2084: 'PQ', 'arib-std-b67': 'HLG' };

/** The colors of HDR after they were mapped. */
export const TONE_MAPPED: VideoColor = { matrix: 'bt709', range: 'tv', primaries: 'bt709', transfer: 'bt709', guessed: [] };

/** The HDR that a stream has, if any. Parts that are not stated are those of BT.2100. */
export function hdrColor(tags: ColorTags): HdrColor | undefined {
  const transfer = stated(tags.color_transfer);
  const name = transfer === undefined ? undefined : HDR[transfer];
  if (name === undefined) return undefined;
  const range = stated(tags.color_range) === 'pc' ? 'pc' : 'tv';
  return { name, transfer, matrix: stated(tags.color_space) ?? 'bt2020nc', range, primaries: stated(tags.color_primaries) ?? 'bt2020' };
}

/**
 * Filters of ffmpeg that map HDR to BT.709, as planar RGB of 16 bits. Light of 1000 cd/m² becomes
 * white, unless the video states its peak.
 */
export function toneMapFilters({ transfer, matrix, range, primaries }: HdrColor): string[] {
  return [
    `setparams=color_trc=${transfer}:colorspace=${matrix}:range=${range}:color_primaries=${primaries}`,
    'zscale=t=linear:npl=100',
    'format=gbrpf32le',
    'zscale=p=bt709',
    'tonemap=hable',
    'zscale=t=bt709:m=gbr:r=full',
    'format=gbrp16le',
  ];
}

/**
 * The matrix that a video is taken for if it states none, as players do: BT.709 from 720 lines on,
 * else BT.601.
 */
export function guessedMatrix(height: number): string {
  return height >= 720 ? 'bt709' : height === 576 ? 'bt470bg' : 'smpte170m';
}

/**
 * The colors of a stream, guessed where they are not stated.
 *
 * @throws VideoError for HDR, and for matrices that ffmpeg does not convert.
 */
export function videoColor(
  path: string,
  tags: ColorTags,
  { isRgb, height, name }: { isRgb: boolean; height: number; name: string },
): VideoColor {
  const transfer = stated(tags.color_transfer);
  const primaries = stated(tags.color_primaries);
  const hdr = hdrColor(tags);
  if (hdr !== undefined) {
    throw new VideoError(
      'unsupported',
      (nameOf) =>
        `${path}: it is HDR (${hdr.name}), whose samples cannot be pooled like those of SDR; ${nameOf('tonemap')} maps it to BT.709`,
    );
  }
  if (isRgb) return { matrix: 'gbr', range: 'pc', primaries, transfer, guessed: [] };
  const matrix = stated(tags.color_space);
  const range = stated(tags.color_range);
  if (matrix !== undefined && !MATRICES.includes(matrix)) {
    throw new VideoError('unsupported', `${path}: its color matrix, ${matrix}, is not converted; convert the video to BT.709 first`);
  }
  const isFull = range === 'pc' || (range === undefined && name.startsWith('yuvj'));
  return {
    matrix: matrix ?? guessedMatrix(height),
    range: isFull ? 'pc' : 'tv',
    primaries,
    transfer,
    guessed: [...(matrix === undefined ? (['matrix'] as const) : []), ...(range === undefined && !isFull ? (['range'] as const) : [])],
  };
}

/** The colors of an output that is made of RGB. */
export const DEFAULT_COLOR: VideoColor = { matrix: 'bt709', range: 'tv', primaries: 'bt709', transfer: 'iec61966-2-1', guessed: [] };

/** The colors of WebP files, which have no place for others. */
export const WEBP = { matrix: 'smpte170m', range: 'tv' } as const;

/** The colors of JPEG files, by their specification: JFIF 1.02. */
export const JFIF = { matrix: 'bt470bg', range: 'pc' } as const;

/** The matrix and range that a decoded frame states, where they are known. */
export function statedColor(tags: ColorTags): Partial<Pick<VideoColor, 'matrix' | 'range'>> {
  const [matrix, range] = [stated(tags.color_space), stated(tags.color_range)];
  return { ...(matrix !== undefined && MATRICES.includes(matrix) && { matrix }), ...((range === 'tv' || range === 'pc') && { range }) };
}

/** The scale filter's name of a matrix. */
export function filterMatrix(matrix: string): string {
  return matrix === 'bt2020nc' ? 'bt2020' : matrix;
}

/**
 * ffmpeg's scale filter, between luma of more than 8 bits and RGB of 16, takes 65280 for white if
 * the range is limited, and 65535 without its last bits if it is full. These filters make it 65535,
 * and undo that.
 */
export function fullWhite({ range }: VideoColor, bits: number): string {
  return timesRgb(`65535/${range === 'tv' ? 65280 : 65536 - 2 ** (16 - bits)}`);
}

/** See `fullWhite`. */
export function limitedWhite({ range }: VideoColor): string[] {
  return range === 'tv' ? [timesRgb('65280/65535')] : [];
}

function timesRgb(factor: string): string {
  return `lutrgb=${['r', 'g', 'b'].map((channel) => `${channel}=min(65535\\,val*${factor}+0.5)`).join(':')}`;
}

function stated(tag: string | undefined): string | undefined {
  return tag === undefined || tag === 'unknown' || tag === 'reserved' || tag === 'unspecified' ? undefined : tag;
}
