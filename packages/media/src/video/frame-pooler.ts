/** Pools frames of one size into windows that also reach over time. */
import { jobOf, plainSamples } from '../kernel/job.ts';
import { createKernel } from '../kernel/kernel.ts';
import { windowPooler } from '../kernel/pool-rows.ts';
import type { Pixels } from '../pixels.ts';
import type { PoolImagePlan } from '../pool-image-options.ts';
import type { VideoMethod } from './pool-video-options.ts';
import type { Step } from './time-planner.ts';
import type { VideoSamples } from './video-frame.ts';

/**
 * Does a step with a frame's samples. Those of the window that ends, if one does, go to `result`.
 */
export type FramePooler = (data: VideoSamples, step: Step, result: VideoSamples | undefined) => void;

/** Prepares pooling frames like this one. */
export function framePooler(like: Pixels<VideoSamples>, plan: PoolImagePlan, method: VideoMethod): FramePooler {
  const poolRows = windowPooler(jobOf(like, method === 'nearest' ? middles(plan) : plan), createKernel());
  return (data, { uses }, result) => {
    const samples = result && plainSamples(result);
    const withResult = uses.map(({ isLast, ...use }) => ({ ...use, result: isLast ? samples : undefined }));
    poolRows(plainSamples(data), withResult, 0, plan.rows.outputSize);
  };
}

/** Windows of the pixel in the middle of each; of two, the one before it. */
function middles(plan: PoolImagePlan): PoolImagePlan {
  return { ...plan, method: 'average', rows: middlesOf(plan.rows), columns: middlesOf(plan.columns) };
}

function middlesOf({ start, count, ...axis }: PoolImagePlan['rows']): PoolImagePlan['rows'] {
  const middle = start.map((first, window) => first + Math.floor(((count[window] as number) - 1) / 2));
  return { ...axis, start: middle, count: count.map(() => 1) };
}
