/**
 * Animated GIF and WebP, read page by page. ffmpeg lacks WebP, and reports neither loops nor
 * delays.
 */
import { open, readFile } from 'node:fs/promises';
import type { Metadata } from 'sharp';
import type { Pixels } from '../../pixels.ts';
import { decodePixels } from '../decode-pixels.ts';
import { readTiming } from '../encode-pages.ts';
import { checkGif } from '../gif-file.ts';
import { decodingError, unreadable } from '../image-error.ts';
import { readImageSize } from '../read-image.ts';
import { type FilePixels, loadSharp } from '../sharp.ts';
import { DEFAULT_COLOR } from './color.ts';
import { reducedRatio } from './frame-rate.ts';
import { pictureFormat } from './pixel-formats.ts';
import { VideoError } from './programs.ts';
import type { VideoInfo } from './video-info.ts';

/** Browsers show frames of 10 ms or less for 100 ms: old files mean "as fast as it was then". */
const [SHORTEST, USUAL] = [20, 100];

/** Bytes of pages that are decoded at once: each time, those before are decoded again. */
const BYTES_AT_ONCE = 2 ** 26;

/** Whether a file is a GIF or WebP, by its first bytes. */
export async function isAnimation(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(12), 0, 12, 0);
    const text = buffer.toString('latin1');
    return text.startsWith('GIF8') || (text.startsWith('RIFF') && text.endsWith('WEBP'));
  } finally {
    await file.close();
  }
}

/** Reads what an animation is as a video. The frame rate is that of the most frequent delay. */
export async function probeAnimation(path: string): Promise<VideoInfo> {
  const { width, height, format, pages, timing, ...size } = await headerOf(path);
  const channels = size.channels as Pixels['channels'];
  const { delay = [], loop } = timing;
  const delays = Array.from({ length: pages }, (_, i) => ((delay[i] ?? 0) < SHORTEST ? USUAL : (delay[i] as number)));
  const times = [0];
  for (const each of delays) times.push((times.at(-1) ?? 0) + each);
  const usual = mostFrequent(delays);
  return {
    path,
    stream: 0,
    codec: format,
    width,
    height,
    pixelAspect: [1, 1],
    frameRate: reducedRatio(1000, usual),
    highestRate: reducedRatio(1000, least(delays)),
    isVariable: delays.some((each) => each !== usual),
    duration: (times.at(-1) ?? 0) / 1000,
    firstTimestamp: 0,
    seeksLate: false,
    pixelFormat: pictureFormat({ channels, bits: 8 }),
    color: { ...DEFAULT_COLOR, matrix: 'gbr', range: 'pc' },
    isInterlaced: false,
    turn: 0,
    others: [],
    tags: {},
    plays: pages > 1 ? (loop ?? 0) : undefined,
    pictures: { files: undefined, times: times.map((time) => time / 1000), channels, extension: `.${format}` },
  };
}

/** The pages from `first` to `last`. */
export async function* animationPages(
  { path, width, height }: VideoInfo,
  first: number,
  last: number,
): AsyncGenerator<FilePixels, void, void> {
  const sharp = await loadSharp();
  const bytes = await readFile(path);
  const atOnce = Math.max(1, Math.floor(BYTES_AT_ONCE / (width * height * 4)));
  for (let page = first; page <= last; page += atOnce) {
    const pages = Math.min(atOnce, last - page + 1);
    const input = { failOn: 'warning', limitInputPixels: false, page, pages } as const;
    const decoded = await (async () => {
      const header: Metadata = await sharp(bytes, input).metadata();
      return await decodePixels((options) => sharp(bytes, { ...input, ...options }), header, false);
    })().catch(naming(path));
    const length = decoded.data.length / pages;
    for (let i = 0; i < pages; i++) yield { ...decoded, data: decoded.data.subarray(i * length, (i + 1) * length), height };
  }
}

async function headerOf(path: string) {
  try {
    const bytes = await readFile(path).catch(unreadable);
    const [size, timing] = await Promise.all([readImageSize(path), readTiming(bytes)]);
    if (size.format === 'gif') checkGif(bytes);
    return { ...size, timing };
  } catch (error) {
    return naming(path)(error);
  }
}

/** Throws an error that names the file. */
function naming(path: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof VideoError) throw error;
    throw new VideoError('unreadable', `${path}: ${decodingError(error).message}`, { cause: error });
  };
}

/** The most frequent number; of several, the least. */
function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return least(values.filter((value) => counts.get(value) === most));
}

/** The least number, of more than a call takes. */
function least(values: readonly number[]): number {
  return values.reduce((before, value) => Math.min(before, value));
}
