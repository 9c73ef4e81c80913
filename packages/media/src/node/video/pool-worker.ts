/** The code of a thread that pools a stripe of rows of every frame. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Pixels } from '../../pixels.ts';
import type { PoolImagePlan } from '../../pool-image-options.ts';
import { framePooler } from '../../video/frame-pooler.ts';
import type { VideoMethod } from '../../video/pool-video-options.ts';
import type { Step } from '../../video/time-planner.ts';
import type { VideoSamples } from '../../video/video-frame.ts';

/** What a thread is started with. */
export interface Stripe {
  /** Frames in shared memory, which are overwritten in turn. */
  readonly frames: readonly Pixels<VideoSamples>[];
  /** The stripe of results in shared memory, likewise. */
  readonly results: readonly VideoSamples[];
  /** The windows of the stripe. */
  readonly plan: PoolImagePlan;
  readonly method: VideoMethod;
}

/** A message to a thread, which answers when the step is done: which frame, and which result. */
export interface StripeStep {
  readonly step: Step;
  readonly frame: number;
  readonly result: number;
}

const { frames, results, plan, method } = workerData as Stripe;
const pool = framePooler(frames[0] as Pixels<VideoSamples>, plan, method);

parentPort?.on('message', ({ step, frame, result }: StripeStep) => {
  pool((frames[frame] as Pixels<VideoSamples>).data, step, results[result]);
  parentPort?.postMessage(undefined);
});
