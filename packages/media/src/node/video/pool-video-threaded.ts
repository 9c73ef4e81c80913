/** Pools a video on threads. */
import { availableParallelism } from 'node:os';
import { checkInteger, typeError } from 'softpool/internal';
import { type FrameByFrame, pooledFrames, poolVideo } from '../../video/pool-video.ts';
import { type PoolVideoOptions, type PoolVideoPlan, poolVideoPlan } from '../../video/pool-video-options.ts';
import { type Step, timePlanner } from '../../video/time-planner.ts';
import type { VideoFrameLike, VideoSamples } from '../../video/video-frame.ts';
import { STEPS_AT_ONCE, startStripeThreads } from './stripe-threads.ts';

/** Options of `poolVideoThreaded`. */
export interface PoolVideoThreadedOptions extends PoolVideoOptions {
  /**
   * Threads that pool, each a stripe of rows of every frame. 0 pools on the calling thread.
   * Default: 2, or 1 where the machine has only one or two processors.
   */
  readonly threads?: number | undefined;
}

/** Pools that wait for ffmpeg gain nothing from more. */
const MOST_THREADS = 2;

/**
 * The threads for a machine. Of two processors ffmpeg needs one, so that a second thread loses more
 * than it gains.
 */
export function defaultThreads(processors = availableParallelism()): number {
  return Math.max(1, Math.min(MOST_THREADS, processors - 1));
}

/**
 * Same as `poolVideo`, with the same result, on threads: the calling thread can read and write
 * while they pool. Three frames are kept in shared memory, and two results.
 *
 * @param frames - The frames, as for `poolVideo`.
 * @param options - The options of `poolVideo`, and how many threads pool.
 * @returns The frames of the result, each as soon as it is done. The threads end with the last one,
 * or when the generator is left early.
 * @throws TypeError or RangeError as `poolVideo`.
 * @example
 * ```ts
 * async function halve(source: VideoInfo, output: VideoOutput): Promise<number> {
 *   return await writeVideo('small.mp4', poolVideoThreaded(readVideo(source), { factor: 2 }), output);
 * }
 * ```
 */
export function poolVideoThreaded<S extends VideoSamples>(
  frames: AsyncIterable<VideoFrameLike<S>>,
  options: PoolVideoThreadedOptions,
): AsyncGenerator<VideoFrameLike<S>, void, void> {
  const { threads = defaultThreads(), ...poolOptions } = options ?? {};
  checkInteger('poolVideoThreaded', 'options.threads', threads, 0);
  const plan = poolVideoPlan('poolVideoThreaded', options && poolOptions);
  if (typeof frames?.[Symbol.asyncIterator] !== 'function') {
    throw typeError('poolVideoThreaded', 'frames', 'an async iterable of frames', frames);
  }
  if (threads === 0) return poolVideo(frames, poolOptions);
  const pooled = pooledFrames('poolVideoThreaded', frames, plan, (first) => threadedPooler(first, plan, threads));
  return pooled as AsyncGenerator<VideoFrameLike<S>, void, void>;
}

/** A pooler for frames like `first`, whose threads pool one frame while the next is taken. */
function threadedPooler(first: VideoFrameLike, plan: PoolVideoPlan, count: number): FrameByFrame {
  const imagePlan = plan.framePlan(first);
  const [width, height] = [imagePlan.columns.outputSize, imagePlan.rows.outputSize];
  const planner = timePlanner(first, plan);
  const threads = startStripeThreads(first, imagePlan, plan.method, count);
  const started: Promise<VideoFrameLike | undefined>[] = [];
  const run = async (step: Step): Promise<VideoFrameLike | undefined> => {
    const { timestamp } = step;
    const data = await threads.pool(step);
    if (data === undefined || timestamp === undefined) return undefined;
    return { data, width, height, channels: first.channels, timestamp, duration: planner.duration() };
  };
  /** Gives the frames of steps until `most` are left that are not done. */
  async function* upTo(most: number): AsyncGenerator<VideoFrameLike, void, void> {
    while (started.length > most) {
      const frame = await started.shift();
      if (frame !== undefined) yield frame;
    }
  }
  async function* pooled(steps: Iterable<Step>): AsyncGenerator<VideoFrameLike, void, void> {
    for (const step of steps) {
      yield* upTo(STEPS_AT_ONCE - 1);
      const frame = run(step);
      frame.catch(() => {}); // whoever awaits it is told
      started.push(frame);
    }
  }
  return {
    async show(frame, isNewScene) {
      planner.show(frame, isNewScene);
      await threads.show(frame.data);
    },
    showUntil: (timestamp) => pooled(planner.showUntil(timestamp)),
    async *end() {
      yield* pooled(planner.end());
      yield* upTo(0);
    },
    stop: () => threads.stop(),
  };
}
