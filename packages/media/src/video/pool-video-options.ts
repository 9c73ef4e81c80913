/** Options of pooling a video: checked, and turned into windows. */
import { checkInteger, checkKeys, checkOneOf, rangeError } from 'softpool/internal';
import { LARGEST_BETA } from '../kernel/job.ts';
import type { Pixels } from '../pixels.ts';
import { IMAGE_BETA, type PoolImageOptions, type PoolImagePlan, type PoolMethod, poolImagePlan } from '../pool-image-options.ts';

/**
 * The methods that make a video smaller: those of images, or the pixel in the middle of each
 * window.
 */
export type VideoMethod = PoolMethod | 'nearest';

/** The names of the methods that make a video smaller. */
export const VIDEO_METHODS: readonly VideoMethod[] = ['soft', 'average', 'max', 'nearest'];

/** Default of `sceneCut`. */
export const SCENE_CUT = 0.3;

/**
 * Options of `poolVideo`. Give the windows in one way: `factor`, `kernelSize`, or any of `width`,
 * `height`, `time` and `fps`. `time` or `fps` can also accompany the others, in place of the frames
 * that one number for all axes stands for; the frames of a list must be 1 then.
 */
export interface PoolVideoOptions extends Pick<PoolImageOptions, 'width' | 'height' | 'beta' | 'weights' | 'linear'> {
  /**
   * Whole number that divides width, height and frame rate: windows of factor frames × factor ×
   * factor pixels. The last windows of an axis that it does not divide are smaller.
   */
  readonly factor?: number | undefined;
  /** Size of the windows in frames and pixels: one number, or `[time, height, width]`. */
  readonly kernelSize?: number | readonly [time: number, height: number, width: number] | undefined;
  /** Step between windows in frames and pixels; only with `kernelSize`. Default: `kernelSize`. */
  readonly stride?: number | readonly [time: number, height: number, width: number] | undefined;
  /** Frames per window, and from a window to the next. Default: that of `factor`, else 1. */
  readonly time?: number | undefined;
  /** Frames per second of the result, in place of `time`. At most those of the video. */
  readonly fps?: number | undefined;
  /**
   * Frames per second of the video: the unit of windows in time, and with `time` that of the
   * result. Default: from the duration of the first frame, or the timestamps of the first two.
   */
  readonly frameRate?: number | undefined;
  /** How a window becomes a pixel. Default `'soft'`. */
  readonly method?: VideoMethod | undefined;
  /**
   * How much two frames must differ to be of different scenes, from 0 to 1: ffmpeg's scene score. A
   * window takes pixels of one scene only. Default 0.3; `'off'` takes all.
   */
  readonly sceneCut?: number | 'off' | undefined;
}

/** The options of `poolVideo`. */
export const POOL_VIDEO_KEYS: readonly string[] = [
  ...['factor', 'kernelSize', 'stride', 'time', 'fps', 'frameRate', 'width', 'height'],
  ...['method', 'beta', 'weights', 'linear', 'sceneCut'],
];

/** Windows in time: in frames of the video, or the rate of the result. */
type TimeWindows = { readonly size: number; readonly step: number } | { readonly fps: number };

/** Checked options with the defaults filled in. */
export interface PoolVideoPlan {
  readonly time: TimeWindows;
  readonly frameRate: number | undefined;
  readonly method: VideoMethod;
  /** `Infinity` if scenes do not matter. */
  readonly sceneCut: number;
  /** The windows of each frame, for frames of this size. */
  framePlan(size: Pick<Pixels, 'width' | 'height'>): PoolImagePlan;
}

/**
 * The size and the frame rate of the video that `poolVideo` makes with the same options, without
 * making it.
 *
 * @param video - Width and height in pixels, and frames per second.
 * @param options - The options of `poolVideo`.
 * @throws TypeError or RangeError that names the wrong option.
 * @example
 * ```ts
 * pooledVideoSize({ width: 1920, height: 1080, frameRate: 30 }, { factor: 2 }); // { width: 960, height: 540, frameRate: 15 }
 * ```
 */
export function pooledVideoSize(video: VideoSize, options: PoolVideoOptions): VideoSize {
  const { time, framePlan } = poolVideoPlan('pooledVideoSize', options);
  const { rows, columns } = framePlan(video);
  if ('fps' in time) checkSlower('pooledVideoSize', time.fps, video.frameRate);
  const frameRate = 'fps' in time ? time.fps : video.frameRate / time.step;
  return { width: columns.outputSize, height: rows.outputSize, frameRate };
}

/** The size of a video. */
export interface VideoSize {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Frames per second. */
  readonly frameRate: number;
}

/** Throws if a result would have more frames than the video. */
export function checkSlower(call: string, fps: number, frameRate: number): void {
  if (fps <= frameRate * 1.01) return; // a rate that follows from timestamps is rounded
  throw rangeError(call, 'options.fps', `at most the frame rate of the video, ${Number(frameRate.toPrecision(6))}`, fps);
}

/** Checks the options of `call`. */
export function poolVideoPlan(call: string, options: PoolVideoOptions): PoolVideoPlan {
  checkKeys(call, options, POOL_VIDEO_KEYS);
  const { method = 'soft', beta = IMAGE_BETA, sceneCut = SCENE_CUT, frameRate } = options;
  checkOneOf(call, 'options.method', method, VIDEO_METHODS);
  if (typeof beta !== 'number' || !(beta >= 0 && beta <= LARGEST_BETA)) {
    throw rangeError(call, 'options.beta', `a number from 0 to ${LARGEST_BETA}`, beta, "; method: 'max' is the limit of large β");
  }
  if (sceneCut !== 'off' && !(typeof sceneCut === 'number' && sceneCut >= 0 && sceneCut <= 1)) {
    throw rangeError(call, 'options.sceneCut', "a number from 0 to 1, or 'off'", sceneCut);
  }
  checkRate(call, 'frameRate', frameRate);
  const time = timeWindows(call, options);
  const space = spaceOptions(call, options);
  const pooling = { method: method === 'nearest' ? 'max' : method, beta, weights: options.weights, linear: options.linear } as const;
  const framePlan: PoolVideoPlan['framePlan'] = (size) => poolImagePlan(call, size, { ...space, ...pooling });
  return { time, frameRate, method, sceneCut: sceneCut === 'off' ? Number.POSITIVE_INFINITY : sceneCut, framePlan };
}

/** Throws unless a rate is a number above 0, or left out. */
export function checkRate(call: string, name: 'fps' | 'frameRate', rate: number | undefined): void {
  if (rate === undefined || (Number.isFinite(rate) && rate > 0)) return;
  throw rangeError(call, `options.${name}`, 'a finite number above 0', rate);
}

function timeWindows(call: string, { factor, kernelSize, stride = kernelSize, time, fps }: PoolVideoOptions): TimeWindows {
  checkRate(call, 'fps', fps);
  checkSides(call, 'kernelSize', kernelSize);
  checkSides(call, 'stride', stride);
  if (time !== undefined && fps !== undefined) throw new TypeError(`${call}: options.time and options.fps exclude each other`);
  if (time !== undefined || fps !== undefined) {
    for (const [name, sides] of Object.entries({ kernelSize, stride })) {
      const frames = typeof sides === 'object' ? sides[0] : 1;
      if (frames !== 1) throw rangeError(call, `options.${name}[0]`, '1 with options.time or options.fps', frames);
    }
  }
  if (fps !== undefined) return { fps };
  const size = time ?? factor ?? sideOf(kernelSize, 0) ?? 1;
  checkInteger(call, time !== undefined ? 'options.time' : factor !== undefined ? 'options.factor' : 'options.kernelSize[0]', size, 1);
  const step = time ?? factor ?? sideOf(stride, 0) ?? size;
  checkInteger(call, 'options.stride[0]', step, 1);
  return { size, step };
}

function spaceOptions(call: string, options: PoolVideoOptions): PoolImageOptions {
  const { factor, kernelSize, stride, time, fps, width, height } = options;
  if (factor !== undefined) checkInteger(call, 'options.factor', factor, 1);
  const isTimeOnly = [factor, kernelSize, stride, width, height].every((option) => option === undefined);
  if (isTimeOnly && (time ?? fps) !== undefined) return { factor: 1 };
  const fit = width === undefined || height === undefined ? undefined : 'fill';
  return { factor, kernelSize: areaOf(kernelSize), stride: areaOf(stride), width, height, fit };
}

function checkSides(call: string, name: 'kernelSize' | 'stride', sides: PoolVideoOptions['kernelSize']): void {
  if (sides === undefined || typeof sides === 'number' || (Array.isArray(sides) && sides.length === 3)) return;
  throw rangeError(call, `options.${name}`, 'a number or [time, height, width]', sides);
}

function areaOf(sides: PoolVideoOptions['kernelSize']): PoolImageOptions['kernelSize'] {
  return sides === undefined || typeof sides === 'number' ? sides : [sides[1], sides[2]];
}

function sideOf(sides: PoolVideoOptions['kernelSize'], axis: 0 | 1 | 2): number | undefined {
  return sides === undefined || typeof sides === 'number' ? sides : sides[axis];
}
