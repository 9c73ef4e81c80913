/**
 * Videos in browsers: SoftPool as a step of mediabunny's `Conversion`, which decodes and encodes.
 * Needs the package `mediabunny`.
 *
 * @module
 */
import { type ConversionVideoOptions, type InputVideoTrack, VideoSample } from 'mediabunny';
import { type PoolVideoOptions, poolVideoPlan } from './video/pool-video-options.ts';
import { PLANES_COLOR, rgbaToPlanes } from './video/rgba-to-planes.ts';
import { sceneScore } from './video/scene-score.ts';
import { type TimePooler, timePooler } from './video/time-pooler.ts';
import { checkedFrame, type VideoFrameLike } from './video/video-frame.ts';

/** The part of mediabunny's options for a video track that pools it. */
export type PooledTrackOptions = Required<
  Pick<ConversionVideoOptions, 'process' | 'processedWidth' | 'processedHeight' | 'forceTranscode'>
>;

/**
 * Options for mediabunny's `Conversion` that make a video track smaller by SoftPool. Frames are
 * drawn as they are shown, with rotation applied and transparency on black, and pooled as by
 * `poolVideo`. An odd last row or column is left out, since encoders need even sizes.
 *
 * @param track - The track that is converted, whole: its last frame ends the last window.
 * @param options - The options of `poolVideo`.
 * @returns Options to spread into `video` of `Conversion.init`, for one conversion.
 * @throws TypeError or RangeError that names the wrong option. The promise rejects with them.
 * @example
 * ```ts
 * import { Conversion, type Input, type Output } from 'mediabunny';
 *
 * async function halve(input: Input, output: Output): Promise<void> {
 *   const conversion = await Conversion.init({
 *     input,
 *     output,
 *     video: async (track) => await pooledTrack(track, { factor: 2 }),
 *   });
 *   await conversion.execute();
 * }
 * ```
 */
export async function pooledTrack(track: InputVideoTrack, options: PoolVideoOptions): Promise<PooledTrackOptions> {
  const plan = poolVideoPlan('pooledTrack', options);
  const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()];
  const { rows, columns } = plan.framePlan({ width, height });
  const [processedWidth, processedHeight] = [evenSide(columns.outputSize), evenSide(rows.outputSize)];
  const [start, end] = [Math.max(0, await track.getFirstTimestamp()), await track.computeDuration()];
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('pooledTrack: this browser has no 2-D canvas');
  const score = plan.sceneCut <= 1 ? sceneScore() : () => 0;
  let pooler: TimePooler | undefined;
  let last: VideoFrameLike | undefined;
  let shift: number | undefined;
  const process = (sample: VideoSample): VideoSample[] => {
    const { timestamp, duration } = sample;
    context.fillRect(0, 0, width, height);
    sample.draw(context, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    const frame = checkedFrame('pooledTrack', { data, width, height, channels: 4, timestamp, duration }, last);
    last = frame;
    pooler ??= timePooler(frame, plan);
    pooler.show(frame, score(frame) > plan.sceneCut);
    // The conversion starts at 0, wherever the first track of the file does.
    shift ??= start - timestamp;
    const isLast = timestamp + duration >= end - shift - ROUNDING;
    const done = [...pooler.showUntil(), ...(isLast ? pooler.end() : [])];
    return done.map((pooled) => toSample(pooled, processedWidth, processedHeight));
  };
  return { process, processedWidth, processedHeight, forceTranscode: true };
}

/** The most that the times of a frame differ from those of its packet, in seconds. */
const ROUNDING = 1e-4;

function evenSide(side: number): number {
  return Math.max(1, side - (side % 2));
}

function toSample(frame: VideoFrameLike, width: number, height: number): VideoSample {
  const { timestamp, duration = 0 } = frame;
  const size = { codedWidth: width, codedHeight: height };
  return new VideoSample(rgbaToPlanes(frame, width, height), { format: 'I420', ...size, timestamp, duration, colorSpace: PLANES_COLOR });
}
