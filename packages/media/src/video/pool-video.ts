/** Pools a video frame by frame. */
import { typeError } from 'softpool/internal';
import { type PoolVideoOptions, type PoolVideoPlan, poolVideoPlan } from './pool-video-options.ts';
import { sceneScore } from './scene-score.ts';
import { timePooler } from './time-pooler.ts';
import { checkedFrame, type VideoFrameLike, type VideoSamples } from './video-frame.ts';

/**
 * Makes a video smaller in width, height and frame rate by SoftPool, or by the mean, the maximum or
 * the middle pixel of each window.
 *
 * The windows are those of `softPool3d`, with time as the depth: frames × rows × columns. They
 * follow timestamps, so that a frame that is shown longer weighs more. The result has a constant
 * frame rate and is as long as the video: the last window takes what is left. A window that reaches
 * across a cut takes the frames of the scene that fills more of it.
 *
 * Samples are pooled on a 0–1 scale and rounded once, at the end. With shared weights, a pixel's
 * weight comes from its colors, multiplied by alpha.
 *
 * One frame is kept, until it is known for how long it is shown: the memory does not depend on the
 * number of frames, and a decoder may reuse the samples of a frame for the next.
 *
 * @param frames - The frames, all of the same size, in the order of their timestamps.
 * @param options - The windows, the method and its parameters.
 * @returns The frames of the result, each as soon as it is done, with samples of the same type.
 * @throws TypeError or RangeError that names the wrong option; later, while frames are taken, one
 * that names the wrong field of a frame.
 * @example
 * ```ts
 * async function* fade(): AsyncGenerator<VideoFrameLike> {
 *   for (let i = 0; i < 4; i++) {
 *     yield { data: new Uint8Array(4 * 4 * 3).fill(60 * i), width: 4, height: 4, channels: 3, timestamp: i / 30 };
 *   }
 * }
 * const timestamps: number[] = [];
 * for await (const { timestamp } of poolVideo(fade(), { factor: 2 })) timestamps.push(timestamp);
 * timestamps.length; // 2
 * ```
 */
export function poolVideo<S extends VideoSamples>(
  frames: AsyncIterable<VideoFrameLike<S>>,
  options: PoolVideoOptions,
): AsyncGenerator<VideoFrameLike<S>, void, void> {
  const plan = poolVideoPlan('poolVideo', options);
  if (typeof frames?.[Symbol.asyncIterator] !== 'function') throw typeError('poolVideo', 'frames', 'an async iterable of frames', frames);
  return pooledFrames('poolVideo', frames, plan, timePooler) as AsyncGenerator<VideoFrameLike<S>, void, void>;
}

/** Pools the frames of one video, at once or later. */
export interface FrameByFrame {
  /** Takes the next frame. The samples are not needed once it resolves. */
  show(frame: VideoFrameLike, isNewScene: boolean): void | Promise<void>;
  /** Says until when the last frame is shown, and gives frames that are done. */
  showUntil(timestamp?: number): Iterable<VideoFrameLike> | AsyncIterable<VideoFrameLike>;
  /** Gives the frames that are left. */
  end(): Iterable<VideoFrameLike> | AsyncIterable<VideoFrameLike>;
  /** Frees what it has. Called once, also after errors. */
  stop?(): Promise<void>;
}

/** Checks the frames, and hands them to the pooler that `start` makes for the first one. */
export async function* pooledFrames(
  call: string,
  frames: AsyncIterable<VideoFrameLike>,
  plan: PoolVideoPlan,
  start: (first: VideoFrameLike, plan: PoolVideoPlan) => FrameByFrame,
): AsyncGenerator<VideoFrameLike, void, void> {
  const score = plan.sceneCut <= 1 ? sceneScore() : () => 0;
  let pooler: FrameByFrame | undefined;
  // How long a frame is shown is known once the next one is here. The samples may be gone then.
  let last: VideoFrameLike | undefined;
  try {
    for await (const given of frames) {
      const frame = checkedFrame(call, given, last);
      if (pooler === undefined) pooler = start(frame, plan);
      else yield* pooler.showUntil(frame.timestamp);
      await pooler.show(frame, score(frame) > plan.sceneCut);
      last = frame;
    }
    if (pooler === undefined) return;
    yield* pooler.showUntil();
    yield* pooler.end();
  } finally {
    await pooler?.stop?.();
  }
}
