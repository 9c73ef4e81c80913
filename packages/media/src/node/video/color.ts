/** What the colors of a video mean: the matrix from RGB to luma and chroma, and the range. */
import { VideoError } from './programs.ts';

/** The meaning of luma and chroma. */
export interface VideoColor {
  /** ffmpeg's name of the matrix, e.g. `'bt709'`; `'gbr'` if there is none. */
  readonly matrix: string;
  /** `'tv'`: limited, 16–235 in 8 bits. `'pc'`: full, 0–255. */
  readonly range: 'tv' | 'pc';
  /** ffmpeg's name of the primaries, if the file tells them. */
  readonly primaries: string | undefined;
  /** ffmpeg's name of the transfer curve, if the file tells it. */
  readonly transfer: string | undefined;
  /** What the file does not tell, and was guessed. */
  readonly guessed: readonly ('matrix' | 'range')[];
}

/** What ffprobe tells of a stream's colors. */
export interface ColorTags {
  readonly color_space?: string;
  readonly color_range?: string;
  readonly color_primaries?: string;
  readonly color_transfer?: string;
}

/** Matrices that ffmpeg's scale filter converts. */
const MATRICES = ['bt709', 'fcc', 'bt470bg', 'smpte170m', 'smpte240m', 'bt2020nc'];

/** Curves of HDR. */
const HDR: Readonly<Record<string, string>> = { smpte2084: 'PQ', 'arib-std-b67': 'HLG' };

/**
 * The colors of a stream. A matrix that is not told is guessed as players do: BT.709 from 720 lines
 * on, else BT.601.
 *
 * @throws VideoError for HDR, and for matrices that ffmpeg does not convert.
 */
export function videoColor(
  path: string,
  tags: ColorTags,
  { isRgb, height, name }: { isRgb: boolean; height: number; name: string },
): VideoColor {
  const transfer = told(tags.color_transfer);
  const primaries = told(tags.color_primaries);
  const hdr = transfer === undefined ? undefined : HDR[transfer];
  if (hdr !== undefined) throw new VideoError('unsupported', hdrMessage(path, hdr));
  if (isRgb) return { matrix: 'gbr', range: 'pc', primaries, transfer, guessed: [] };
  const matrix = told(tags.color_space);
  const range = told(tags.color_range);
  if (matrix !== undefined && !MATRICES.includes(matrix)) {
    throw new VideoError('unsupported', `${path}: its color matrix, ${matrix}, is not converted; convert the video to BT.709 first`);
  }
  const isFull = range === 'pc' || (range === undefined && name.startsWith('yuvj'));
  return {
    matrix: matrix ?? (height >= 720 ? 'bt709' : height === 576 ? 'bt470bg' : 'smpte170m'),
    range: isFull ? 'pc' : 'tv',
    primaries,
    transfer,
    guessed: [...(matrix === undefined ? (['matrix'] as const) : []), ...(range === undefined && !isFull ? (['range'] as const) : [])],
  };
}

/** The colors of an output that is made of RGB. */
export const DEFAULT_COLOR: VideoColor = { matrix: 'bt709', range: 'tv', primaries: 'bt709', transfer: 'iec61966-2-1', guessed: [] };

/** The scale filter's name of a matrix. */
export function filterMatrix(matrix: string): string {
  return matrix === 'bt2020nc' ? 'bt2020' : matrix;
}

function told(tag: string | undefined): string | undefined {
  return tag === undefined || tag === 'unknown' || tag === 'reserved' || tag === 'unspecified' ? undefined : tag;
}

function hdrMessage(path: string, hdr: string): string {
  const filter = 'zscale=t=linear:npl=100,tonemap=hable,zscale=t=bt709:m=bt709:p=bt709:r=tv,format=yuv420p';
  return `${path}: it is HDR (${hdr}), whose samples cannot be pooled like those of SDR. Convert it first: ffmpeg -i IN -vf ${filter} -c:a copy OUT`;
}
