/** A folder of frames: its pictures in the natural order of their names. */
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { IMAGE_FORMATS, imageFormatOf } from '../../image-formats.ts';
import type { Pixels } from '../../pixels.ts';
import { ImageError } from '../image-error.ts';
import { type ImageSize, readImageSize } from '../read-image.ts';
import { DEFAULT_COLOR } from './color.ts';
import { frameRateOf } from './frame-rate.ts';
import { pictureFormat } from './pixel-formats.ts';
import { VideoError } from './programs.ts';
import type { VideoInfo } from './video-info.ts';

/** Default frames per second of a folder, as of ffmpeg's. */
export const FOLDER_RATE = 25;

/** Headers that are read at once. */
const AT_ONCE = 8;

/** Reads what a folder of frames is as a video. */
export async function probeFolder(path: string, fps: number): Promise<VideoInfo> {
  const files = await framesIn(path);
  const sizes: ImageSize[] = [];
  for (let i = 0; i < files.length; i += AT_ONCE) {
    const some = files.slice(i, i + AT_ONCE);
    sizes.push(...(await Promise.all(some.map((name) => readImageSize(join(path, name)).catch(naming(path, name))))));
    checkSizes(path, files, sizes, i);
  }
  const [{ width, height } = { width: 0, height: 0 }] = sizes;
  const isColored = sizes.some(({ channels }) => channels > 2);
  const hasAlpha = sizes.some(({ channels }) => channels % 2 === 0);
  const channels = ((isColored ? 3 : 1) + Number(hasAlpha)) as Pixels['channels'];
  const bits = sizes.some(({ bytesPerSample }) => bytesPerSample === 2) ? 16 : 8;
  const times = Array.from({ length: files.length + 1 }, (_, i) => i / fps);
  return {
    path,
    stream: 0,
    codec: sizes[0]?.format ?? '',
    width,
    height,
    pixelAspect: [1, 1],
    frameRate: frameRateOf(fps),
    highestRate: frameRateOf(fps),
    isVariable: false,
    duration: files.length / fps,
    firstTimestamp: 0,
    seeksLate: false,
    pixelFormat: pictureFormat({ channels, bits }),
    color: { ...DEFAULT_COLOR, matrix: 'gbr', range: 'pc' },
    isInterlaced: false,
    turn: 0,
    others: [],
    tags: {},
    pictures: { files, times, channels, extension: extname(files[0] ?? '').toLowerCase() },
  };
}

/** The names of the frames in a folder. All must be of one format. */
async function framesIn(path: string): Promise<string[]> {
  const names = (await readdir(path)).filter(
    (name) => !name.startsWith('.') && IMAGE_FORMATS.some((format) => format === imageFormatOf(name)),
  );
  const [first] = names.sort(new Intl.Collator('en', { numeric: true }).compare);
  if (first === undefined)
    throw new VideoError('unreadable', `${path}: there are no frames in this folder (${IMAGE_FORMATS.join(', ')} files)`);
  const other = names.find((name) => imageFormatOf(name) !== imageFormatOf(first));
  if (other === undefined) return names;
  throw new VideoError('unreadable', `${path}: ${first} and ${other} are of different formats; frames must have one format`);
}

/** Throws if a frame from the place `start` on has another size than the first. */
function checkSizes(path: string, files: readonly string[], sizes: readonly ImageSize[], start: number): void {
  const [first] = sizes;
  const found = sizes.slice(start).findIndex(({ width, height }) => width !== first?.width || height !== first.height);
  if (first === undefined || found === -1) return;
  const other = start + found;
  const { width, height } = sizes[other] ?? first;
  throw new VideoError(
    'unreadable',
    `${path}: ${files[other]} has ${width} × ${height} pixels, and ${files[0]} has ${first.width} × ${first.height}; all frames must have one size`,
  );
}

/** Turns the error of a picture into one that names its file. */
export function naming(folder: string, name: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ImageError)) throw error;
    throw new VideoError('unreadable', `${folder}: ${name}: ${error.message}`, { cause: error });
  };
}
