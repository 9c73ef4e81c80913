/**
 * Pools frames into windows that also reach over time. Each window of pixels of a frame becomes
 * sums; a window of time adds up those of its frames, and is divided once, at the end. No frame is
 * kept, and the memory does not depend on how many there are.
 *
 *     y = Σ w x / Σ w        w = e^(β (x − 1)), shared: the sum over the colors of a pixel
 *
 * Exponentials of levels are in a table. Colors are multiplied by alpha before pooling and divided
 * by it afterwards; sums have what alpha lacks of its maximum, which is exactly 0 where a window is
 * opaque.
 */
import { exponential } from '../kernel/exponential.ts';
import { levelValues, linearLevels, roundedLevel, type ToLevel } from '../kernel/levels.ts';
import { emptySamples, hasAlpha, sampleMaximum } from '../pixels.ts';
import type { PoolImagePlan } from '../pool-image-options.ts';
import type { VideoMethod } from './pool-video-options.ts';
import type { VideoFrameLike, VideoSamples } from './video-frame.ts';

/** The pixels of a result before they are divided. */
export type Sums = Float64Array;

/** Pools frames of one size. */
export interface FrameWindows {
  /** What sums of no frame are filled with. */
  readonly nothing: number;
  /** Room for sums. */
  empty(): Sums;
  /** Pools the windows of a frame. The next call overwrites the result. */
  poolFrame(frame: VideoFrameLike): Sums;
  /** Adds the sums of a frame to those of a window of time, weighted. */
  add(window: Sums, sums: Sums, weight: number): void;
  /** The samples of a window of time. */
  finish(window: Sums): VideoSamples;
}

type PlainSamples = Uint8Array | Uint16Array;

interface Job {
  readonly plan: PoolImagePlan;
  readonly width: number;
  readonly channels: number;
  readonly colors: number;
  /** The sample that stands for 1. */
  readonly maximum: number;
  /** The value and the weight of each level. */
  readonly values: Float64Array;
  readonly weights: Float64Array;
  /** e^(β (x / maximum − 1)) for values between levels. */
  weightOf(value: number): number;
  readonly toLevel: ToLevel;
}

/** Prepares pooling frames like this one. */
export function frameWindows(like: VideoFrameLike, plan: PoolImagePlan, method: VideoMethod): FrameWindows {
  const { width, channels } = like;
  const maximum = sampleMaximum(like.data);
  const beta = method === 'average' ? 0 : plan.beta;
  const values = levelValues(maximum, plan.linear);
  const weightOf = (value: number): number => exponential((beta * (value - maximum)) / maximum);
  const colors = hasAlpha(channels) ? channels - 1 : channels;
  const toLevel = plan.linear ? linearLevels(maximum) : roundedLevel;
  const job: Job = { plan, width, channels, colors, maximum, values, weights: values.map(weightOf), weightOf, toLevel };
  const isShared = method === 'average' || (method === 'soft' && plan.weights === 'shared');
  const isPicked = method === 'max' || method === 'nearest';
  const numbers = isPicked ? channels : isShared ? channels + 1 : 2 * channels;
  const sums = new Float64Array(plan.rows.outputSize * plan.columns.outputSize * numbers);
  const pool =
    method === 'nearest' ? pickMiddle : method === 'max' ? findMaxima : isShared ? (channels === 3 ? sumColors : sumShared) : sumChannels;
  return {
    nothing: method === 'max' ? Number.NEGATIVE_INFINITY : 0,
    empty: () => new Float64Array(sums.length),
    poolFrame({ data }) {
      pool(job, plainSamples(data), sums);
      return sums;
    },
    add: method === 'nearest' ? replace : method === 'max' ? addMaxima : addWeighted,
    finish: (window) => finish(job, window, numbers, emptySamples(like.data, (window.length / numbers) * channels)),
  };
}

/** The same samples in an array of one of two types, for which engines compile the loops. */
function plainSamples(data: VideoSamples): PlainSamples {
  return data instanceof Uint16Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.length);
}

/** Sums of opaque colors that share their weight: w red, w green, w blue, w. */
function sumColors({ plan, width, values, weights }: Job, data: PlainSamples, sums: Sums): void {
  const { rows, columns } = plan;
  const rowLength = width * 3;
  let target = 0;
  for (let row = 0; row < rows.outputSize; row++) {
    const first = (rows.start[row] as number) * rowLength;
    const end = first + (rows.count[row] as number) * rowLength;
    for (let column = 0; column < columns.outputSize; column++) {
      const start = (columns.start[column] as number) * 3;
      const length = (columns.count[column] as number) * 3;
      let red = 0;
      let green = 0;
      let blue = 0;
      let total = 0;
      for (let line = first + start; line < end; line += rowLength) {
        for (let at = line; at < line + length; at += 3) {
          const r = data[at] as number;
          const g = data[at + 1] as number;
          const b = data[at + 2] as number;
          const weight = (weights[r] as number) + (weights[g] as number) + (weights[b] as number);
          red += weight * (values[r] as number);
          green += weight * (values[g] as number);
          blue += weight * (values[b] as number);
          total += weight;
        }
      }
      sums[target] = red;
      sums[target + 1] = green;
      sums[target + 2] = blue;
      sums[target + 3] = total;
      target += 4;
    }
  }
}

/** Sums of pixels whose colors share their weight: of each channel w x, then w. */
function sumShared(job: Job, data: PlainSamples, sums: Sums): void {
  const { channels, colors, maximum, weights, weightOf } = job;
  sums.fill(0);
  forEachPixel(job, (at, window) => {
    const alpha = colors < channels ? (data[at + colors] as number) : maximum;
    let weight = 0;
    for (let c = 0; c < colors; c++) {
      const level = data[at + c] as number;
      weight += alpha === maximum ? (weights[level] as number) : weightOf(premultiplied(job, level, alpha));
    }
    const target = window * (channels + 1);
    for (let c = 0; c < channels; c++) {
      const x = c < colors ? premultiplied(job, data[at + c] as number, alpha) : maximum - alpha;
      sums[target + c] = (sums[target + c] as number) + weight * x;
    }
    sums[target + channels] = (sums[target + channels] as number) + weight;
  });
}

/** Sums of channels with weights of their own: of each channel w x, then of each w. */
function sumChannels(job: Job, data: PlainSamples, sums: Sums): void {
  const { channels, colors, maximum, weightOf } = job;
  sums.fill(0);
  forEachPixel(job, (at, window) => {
    const alpha = colors < channels ? (data[at + colors] as number) : maximum;
    for (let c = 0; c < channels; c++) {
      const x = c < colors ? premultiplied(job, data[at + c] as number, alpha) : alpha;
      const weight = weightOf(x);
      const target = window * 2 * channels + c;
      sums[target] = (sums[target] as number) + weight * (c < colors ? x : maximum - alpha);
      sums[target + channels] = (sums[target + channels] as number) + weight;
    }
  });
}

/** The largest value of each channel; of alpha, the least that is missing. */
function findMaxima(job: Job, data: PlainSamples, sums: Sums): void {
  const { channels, colors, maximum } = job;
  sums.fill(Number.NEGATIVE_INFINITY);
  forEachPixel(job, (at, window) => {
    const alpha = colors < channels ? (data[at + colors] as number) : maximum;
    for (let c = 0; c < channels; c++) {
      const x = c < colors ? premultiplied(job, data[at + c] as number, alpha) : alpha - maximum;
      const target = window * channels + c;
      if (x > (sums[target] as number)) sums[target] = x;
    }
  });
}

/** The pixel in the middle of each window; of two, the one before it. */
function pickMiddle({ plan, width, channels, colors, maximum, values }: Job, data: PlainSamples, sums: Sums): void {
  const { rows, columns } = plan;
  let target = 0;
  for (let row = 0; row < rows.outputSize; row++) {
    const line = middle(rows, row) * width;
    for (let column = 0; column < columns.outputSize; column++) {
      const at = (line + middle(columns, column)) * channels;
      const alpha = colors < channels ? (data[at + colors] as number) : maximum;
      for (let c = 0; c < colors; c++) sums[target++] = ((values[data[at + c] as number] as number) * alpha) / maximum;
      if (colors < channels) sums[target++] = alpha - maximum;
    }
  }
}

function middle({ start, count }: PoolImagePlan['rows'], window: number): number {
  return (start[window] as number) + Math.floor(((count[window] as number) - 1) / 2);
}

function premultiplied({ values, maximum }: Job, level: number, alpha: number): number {
  return alpha === maximum ? (values[level] as number) : ((values[level] as number) * alpha) / maximum;
}

/** Calls `use` for every pixel of every window, with where its samples start. */
function forEachPixel({ plan, width, channels }: Job, use: (at: number, window: number) => void): void {
  const { rows, columns } = plan;
  const rowLength = width * channels;
  for (let row = 0; row < rows.outputSize; row++) {
    const first = (rows.start[row] as number) * rowLength;
    const end = first + (rows.count[row] as number) * rowLength;
    for (let column = 0; column < columns.outputSize; column++) {
      const start = (columns.start[column] as number) * channels;
      const length = (columns.count[column] as number) * channels;
      for (let line = first + start; line < end; line += rowLength) {
        for (let at = line; at < line + length; at += channels) use(at, row * columns.outputSize + column);
      }
    }
  }
}

function addWeighted(window: Sums, sums: Sums, weight: number): void {
  for (let i = 0; i < window.length; i++) window[i] = (window[i] as number) + weight * (sums[i] as number);
}

function addMaxima(window: Sums, sums: Sums): void {
  for (let i = 0; i < window.length; i++) window[i] = Math.max(window[i] as number, sums[i] as number);
}

function replace(window: Sums, sums: Sums): void {
  window.set(sums);
}

/** Divides sums of opaque pixels by the weight of each, and rounds once. */
function divide({ channels, toLevel }: Job, window: Sums, samples: VideoSamples): void {
  let target = 0;
  for (let from = 0; from < window.length; from += channels + 1) {
    const total = window[from + channels] as number;
    for (let c = 0; c < channels; c++) samples[target++] = toLevel((window[from + c] as number) / total);
  }
}

/** Divides sums by their weights, and colors by alpha, and rounds once. */
function finish<S extends VideoSamples>(job: Job, window: Sums, numbers: number, samples: S): S {
  const { channels, colors, maximum, toLevel } = job;
  if (colors === channels && numbers === channels + 1) {
    divide(job, window, samples);
    return samples;
  }
  const areWeighted = numbers > channels;
  const haveOwnWeights = numbers === 2 * channels;
  let target = 0;
  for (let from = 0; from < window.length; from += numbers, target += channels) {
    const weights = from + channels;
    const missing =
      colors === channels
        ? 0
        : areWeighted
          ? (window[from + colors] as number) / (window[haveOwnWeights ? weights + colors : weights] as number)
          : -(window[from + colors] as number);
    const alpha = maximum - missing;
    for (let c = 0; c < colors; c++) {
      const sum = window[from + c] as number;
      let value = areWeighted ? sum / (window[haveOwnWeights ? weights + c : weights] as number) : sum;
      if (missing > 0) value = alpha <= 0 ? 0 : Math.min(maximum, (value / alpha) * maximum);
      samples[target + c] = toLevel(value);
    }
    if (colors < channels) samples[target + colors] = roundedLevel(alpha);
  }
  return samples;
}
