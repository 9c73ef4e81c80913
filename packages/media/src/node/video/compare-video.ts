/**
 * Compares ways to make a video smaller. ffmpeg computes the figures, by its filters `ssim` and
 * `psnr`, from frames that all ways got alike: RGB of 8 bits, at a constant rate.
 */
import { checkInteger, checkKeys, checkOneOf, typeError } from 'softpool/internal';
import type { Pixels } from '../../pixels.ts';
import {
  POOL_VIDEO_KEYS,
  type PoolVideoOptions,
  pooledVideoSize,
  VIDEO_METHODS,
  type VideoMethod,
  type VideoSize,
} from '../../video/pool-video-options.ts';
import type { VideoFrameLike } from '../../video/video-frame.ts';
import { frameRateOf, quotient } from './frame-rate.ts';
import { type PoolVideoThreadedOptions, poolVideoThreaded } from './pool-video-threaded.ts';
import { LOG } from './programs.ts';
import { inputArguments, pictureFilters, type ReadVideoOptions, readVideo } from './read-video.ts';
import { atConstantRate, type Figures, measureFigures, rawInput, runWithPipes } from './video-figures.ts';
import type { VideoInfo } from './video-info.ts';

/**
 * The ways that are compared: those of `poolVideo`, and those of ffmpeg. `'tmix'` averages pixels
 * by `scale=flags=area` and frames by `tmix`; `'drop'` leaves frames out by `fps`.
 */
export type ComparedVideoMethod = VideoMethod | 'tmix' | 'drop';

/** What one way made of a video. */
export interface VideoComparisonRow {
  /** The way. */
  readonly method: ComparedVideoMethod;
  /** Frames of the result, at the times of the comparison. */
  readonly frames: readonly Pixels<Uint8Array>[];
  /**
   * Of the original and the result, which is enlarged to its size (bicubic), each frame shown as
   * long as its window.
   */
  readonly toOriginal: Figures;
  /** Of the result of `'tmix'` and this one; `undefined` for `'tmix'` itself. */
  readonly toTmix: Figures | undefined;
  /** Frames of the original that are decoded and made smaller in a second, without encoding. */
  readonly framesPerSecond: number;
}

/** What several ways made of the same video. */
export interface VideoComparison {
  /** Seconds from the start of the part to each frame that is shown. */
  readonly times: readonly number[];
  /** The frames of the original at these times. */
  readonly originals: readonly Pixels<Uint8Array>[];
  /** Size and frame rate of the results. */
  readonly size: {
    /** Width in pixels. */
    readonly width: number;
    /** Height in pixels. */
    readonly height: number;
    /** Frames per second. */
    readonly frameRate: number;
  };
  /** A row for each way. */
  readonly rows: readonly VideoComparisonRow[];
}

/** The options of `poolVideo` that `compareVideo` takes: all ways have the same. */
export type ComparedVideoOptions = Omit<PoolVideoOptions, 'method' | 'frameRate'>;

const COMPARED_KEYS = POOL_VIDEO_KEYS.filter((key) => key !== 'method' && key !== 'frameRate');

/** Options of `compareVideo`. */
export interface CompareVideoOptions extends ReadVideoOptions {
  /** The ways of `poolVideo` that are compared. Default: soft, average and max. */
  readonly methods?: readonly VideoMethod[] | undefined;
  /** Threads that pool, as for `poolVideoThreaded`. */
  readonly threads?: number | undefined;
  /** Frames that are kept of each result. Default 5. */
  readonly moments?: number | undefined;
  /** Called after each step. */
  readonly onStep?: ((done: number, total: number) => void) | undefined;
}

/**
 * Makes a part of a video smaller in several ways, and measures each result and its speed. SSIM and
 * PSNR say how far a result is from ffmpeg's average, and how much of the original comes back. They
 * don't say which video looks best.
 *
 * The average of ffmpeg is aligned: its windows have the same frames as those of `poolVideo`. For
 * figures, ffmpeg scales RGB with its exact flags; for its speed, the pixels of the video as usual.
 *
 * @param info - The video, by `probeVideo`.
 * @param pool - The options of `poolVideo`, without the method and the frame rate of the video.
 * @param options - The part that is read, and the methods.
 * @throws VideoError if the video cannot be read; TypeError or RangeError that names a wrong
 * option.
 * @example
 * ```ts
 * async function compare(): Promise<void> {
 *   const { rows } = await compareVideo(await probeVideo('clip.mp4'), { factor: 2 }, { duration: 10 });
 *   for (const { method, toTmix, framesPerSecond } of rows) console.log(method, toTmix?.ssim, framesPerSecond);
 * }
 * ```
 */
export async function compareVideo(
  info: VideoInfo,
  pool: ComparedVideoOptions,
  options: CompareVideoOptions = {},
): Promise<VideoComparison> {
  checkKeys('compareVideo', pool, COMPARED_KEYS, 'pool');
  checkKeys('compareVideo', options, ['programs', 'start', 'duration', 'deinterlace', 'methods', 'threads', 'moments', 'onStep']);
  const { methods = ['soft', 'average', 'max'], threads, moments = 5, onStep = () => {}, ...part } = options;
  checkMethods(methods);
  checkInteger('compareVideo', 'options.moments', moments, 1);
  if (typeof onStep !== 'function') throw typeError('compareVideo', 'options.onStep', 'a function', onStep);
  const rate = quotient(info.frameRate);
  const poolOptions = { ...pool, frameRate: rate, threads };
  const size = pooledVideoSize({ width: info.width, height: info.height, frameRate: rate }, { ...pool, frameRate: rate });
  const [chains, fastChains] = [
    ffmpegChains(rate, size, 'area+accurate_rnd+full_chroma_int+full_chroma_inp'),
    ffmpegChains(rate, size, 'area'),
  ];
  const extent = extentOf(info, size, pool);
  const ways: readonly ComparedVideoMethod[] = [...methods, 'tmix', 'drop'];
  let step = 0;
  const done = (): void => onStep(++step, 2 * ways.length);
  const poolBy = (method: VideoMethod): AsyncGenerator<VideoFrameLike> =>
    poolVideoThreaded(readVideo(info, part), { ...poolOptions, method });
  const speeds: Speed[] = [];
  for (const way of ways) {
    speeds.push(
      await (isOfFfmpeg(way)
        ? timeFfmpeg(info, part, fastChains[way])
        : timePooling(readVideo(info, part), { ...poolOptions, method: way })),
    );
    done();
  }
  const [{ read, written }] = speeds as [Speed];
  const shown = Math.min(moments, written);
  const picked = Array.from({ length: shown }, (_, i) => Math.floor(((i + 0.5) * written) / shown));
  const rows: VideoComparisonRow[] = [];
  let originals: readonly Pixels<Uint8Array>[] = [];
  for (const [i, method] of ways.entries()) {
    const results = isOfFfmpeg(method) ? chains[method] : () => poolBy(method);
    const measured = await measureFigures({ info, options: part, size, extent, results, tmix: chains.tmix, picked });
    done();
    originals = measured.originals;
    const { frames, toOriginal, toTmix } = measured;
    rows.push({
      method,
      frames,
      toOriginal,
      toTmix: method === 'tmix' ? undefined : toTmix,
      framesPerSecond: read / (speeds[i] as Speed).seconds,
    });
  }
  return { times: picked.map((frame) => frame / size.frameRate), originals, size, rows };
}

function checkMethods(methods: readonly VideoMethod[]): void {
  if (!Array.isArray(methods) || methods.length === 0) throw typeError('compareVideo', 'options.methods', 'a list of methods', methods);
  for (const [i, method] of methods.entries()) checkOneOf('compareVideo', `options.methods[${i}]`, method, VIDEO_METHODS);
}

/**
 * The size that the windows cover. It is larger than the video if a factor does not divide its
 * sides. Edges are then repeated before ffmpeg scales, so that its pixels lie where ours do.
 */
function extentOf(
  info: VideoInfo,
  { width, height }: VideoSize,
  { factor, kernelSize, stride = kernelSize }: PoolVideoOptions,
): Pick<VideoInfo, 'width' | 'height'> {
  const step = factor ?? stride;
  if (step === undefined) return info;
  const [y, x] = typeof step === 'number' ? [step, step] : [step[1], step[2]];
  return { width: Math.max(info.width, width * x), height: Math.max(info.height, height * y) };
}

function isOfFfmpeg(method: ComparedVideoMethod): method is 'tmix' | 'drop' {
  return method === 'tmix' || method === 'drop';
}

/**
 * Filters of ffmpeg that give a size and a frame rate. `tmix` averages a frame and those before:
 * the first frame with a whole window is the first of the result, and the rate takes no other
 * windows than those of `poolVideo`.
 */
function ffmpegChains(frameRate: number, { width, height, frameRate: fps }: VideoSize, flags: string): Record<'tmix' | 'drop', string> {
  const scale = `scale=${width}:${height}:flags=${flags}`;
  const frames = Math.max(1, Math.round(frameRate / fps));
  const average = frames === 1 ? [] : [`tmix=frames=${frames}`, `trim=start_frame=${frames - 1}`, 'setpts=PTS-STARTPTS'];
  const rate = frameRateOf(fps).join('/');
  return { tmix: [scale, ...average, `fps=${rate}:round=up`].join(','), drop: `${scale},fps=${rate}` };
}

/** How long a way took, and its frames. */
interface Speed {
  readonly seconds: number;
  readonly read: number;
  readonly written: number;
}

async function timePooling(frames: AsyncIterable<VideoFrameLike>, options: PoolVideoThreadedOptions): Promise<Speed> {
  const begin = performance.now();
  let read = 0;
  async function* counted(): AsyncGenerator<VideoFrameLike> {
    for await (const frame of frames) {
      read++;
      yield frame;
    }
  }
  let written = 0;
  for await (const _ of poolVideoThreaded(counted(), options)) written++;
  return { seconds: (performance.now() - begin) / 1000, read, written };
}

/** Has ffmpeg decode and filter, in the pixel format of the video. It gets pictures by a pipe. */
async function timeFfmpeg(info: VideoInfo, options: ReadVideoOptions, chain: string): Promise<Speed> {
  const begin = performance.now();
  const isFile = info.pictures === undefined;
  const filters = [...(isFile ? pictureFilters(info, options) : []), chain].join(',');
  const input = isFile ? inputArguments(info, options) : rawInput(info, 'pipe:3', frameRateOf(quotient(info.frameRate)));
  const args = [...LOG, '-nostdin', ...input, '-vf', filters, '-f', 'null', '-'];
  await runWithPipes(args, options, isFile ? [] : [atConstantRate(readVideo(info, options), quotient(info.frameRate))]);
  return { seconds: (performance.now() - begin) / 1000, read: 0, written: 0 };
}
