/** Pools frames of one size into windows that also reach over time. */
import { jobOf, plainSamples } from '../kernel/job.ts';
import { createKernel } from '../kernel/kernel.ts';
import { windowPooler } from '../kernel/pool-rows.ts';
import { emptySamples, type Pixels } from '../pixels.ts';
import type { PoolImagePlan } from '../pool-image-options.ts';
import type { VideoMethod } from './pool-video-options.ts';
import type { Step } from './time-planner.ts';
import type { VideoSamples } from './video-frame.ts';

/** Does a step with a frame's samples. Returns those of the window that ends, if one does. */
export type FramePooler = (data: VideoSamples, step: Step) => VideoSamples | undefined;

/** Prepares pooling frames like this one. */
export function framePooler(like: Pixels<VideoSamples>, plan: PoolImagePlan, method: VideoMethod): FramePooler {
  const { rows, columns } = plan;
  const poolRows = windowPooler(jobOf(like, method === 'nearest' ? middles(plan) : plan), createKernel());
  const length = rows.outputSize * columns.outputSize * like.channels;
  return (data, { uses, timestamp }) => {
    const result = timestamp === undefined ? undefined : emptySamples(like.data, length);
    const samples = result && plainSamples(result);
    const withResult = uses.map((use) => ({ ...use, result: use.isLast ? samples : undefined }));
    poolRows(plainSamples(data), withResult, 0, rows.outputSize);
    return result;
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
