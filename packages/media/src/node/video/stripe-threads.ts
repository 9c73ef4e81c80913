/** Threads that pool a video together, each a stripe of rows of every frame. */
import { Worker } from 'node:worker_threads';
import type { Pixels } from '../../pixels.ts';
import type { PoolImagePlan } from '../../pool-image-options.ts';
import type { VideoMethod } from '../../video/pool-video-options.ts';
import type { Step } from '../../video/time-planner.ts';
import type { VideoSamples } from '../../video/video-frame.ts';
import { WORKER_SOURCE } from './pool-worker.generated.ts';
import type { Stripe, StripeStep } from './pool-worker.ts';

/** Frames in shared memory: one that is filled while another is pooled. */
const FRAMES = 3;

/** Steps at once, and results in shared memory. */
export const STEPS_AT_ONCE = 2;

/** Pools the frames of one video on threads. */
export interface StripeThreads {
  /** Takes the samples of the next frame, once there is room. */
  show(data: VideoSamples): Promise<void>;
  /**
   * Does a step with the last frame. Resolves to the samples of the window that ends, if one does.
   */
  pool(step: Step): Promise<VideoSamples | undefined>;
  /** Ends the threads. */
  stop(): Promise<void>;
}

/** Starts threads for frames like this one. */
export function startStripeThreads(like: Pixels<VideoSamples>, plan: PoolImagePlan, method: VideoMethod, threads: number): StripeThreads {
  const frames = Array.from({ length: FRAMES }, () => ({ ...like, data: sharedSamples(like.data, like.data.length) }));
  const rowLength = plan.columns.outputSize * like.channels;
  const results = Array.from({ length: STEPS_AT_ONCE }, () => sharedSamples(like.data, plan.rows.outputSize * rowLength));
  const stripes = Math.min(threads, plan.rows.outputSize);
  const workers = Array.from({ length: stripes }, (_, i) => {
    const [from, to] = [i, i + 1].map((part) => Math.floor((part * plan.rows.outputSize) / stripes)) as [number, number];
    const stripe = { frames, method, plan: { ...plan, rows: rowsOf(plan.rows, from, to) } };
    return startWorker({ ...stripe, results: results.map((result) => result.subarray(from * rowLength, to * rowLength)) });
  });
  const busy: Promise<unknown>[] = frames.map(() => Promise.resolve());
  let frame = 0;
  let result = 0;
  return {
    async show(data) {
      frame = (frame + 1) % FRAMES;
      await busy[frame];
      frames[frame]?.data.set(data);
    },
    pool(step) {
      result = (result + 1) % STEPS_AT_ONCE;
      const samples = results[result] as VideoSamples;
      const done = Promise.all(workers.map((worker) => worker.pool({ step, frame, result }))).then(() =>
        step.timestamp === undefined ? undefined : samples.slice(),
      );
      done.catch(() => {}); // whoever awaits it is told
      busy[frame] = done;
      return done;
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
}

/** Samples of the same type in shared memory. */
function sharedSamples(like: VideoSamples, length: number): VideoSamples {
  const buffer = new SharedArrayBuffer(length * like.BYTES_PER_ELEMENT);
  if (like instanceof Uint16Array) return new Uint16Array(buffer);
  return like instanceof Uint8ClampedArray ? new Uint8ClampedArray(buffer) : new Uint8Array(buffer);
}

function rowsOf(rows: PoolImagePlan['rows'], from: number, to: number): PoolImagePlan['rows'] {
  return { ...rows, outputSize: to - from, start: rows.start.slice(from, to), count: rows.count.slice(from, to) };
}

interface StripeWorker {
  pool(step: StripeStep): Promise<void>;
  stop(): Promise<unknown>;
}

function startWorker(stripe: Stripe): StripeWorker {
  const worker = new Worker(WORKER_SOURCE, { eval: true, workerData: stripe });
  const waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  let failure: unknown;
  worker.on('message', () => {
    waiting.shift()?.resolve();
    if (waiting.length === 0) worker.unref(); // an idle thread does not keep the process alive
  });
  worker.on('error', (error) => {
    failure = error;
    for (const { reject } of waiting.splice(0)) reject(error);
  });
  worker.on('exit', () => {
    failure ??= new Error('a thread that pools the video has ended');
    for (const { reject } of waiting.splice(0)) reject(failure);
  });
  worker.unref();
  return {
    pool(step) {
      return new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        worker.ref();
        waiting.push({ resolve, reject });
        worker.postMessage(step);
      });
    },
    stop: () => worker.terminate(),
  };
}
