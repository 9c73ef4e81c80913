/** Pools the frames of one video, one after another, on the calling thread. */
import { emptySamples } from '../pixels.ts';
import { framePooler } from './frame-pooler.ts';
import type { PoolVideoPlan } from './pool-video-options.ts';
import { type Step, timePlanner } from './time-planner.ts';
import type { VideoFrameLike } from './video-frame.ts';

/** Pools the frames of one video. */
export interface TimePooler {
  /** Takes the next frame. The samples are not needed afterwards. */
  show(frame: VideoFrameLike, isNewScene: boolean): void;
  /**
   * Says until when the last frame is shown, and gives the frames that are done. Without a time, it
   * is shown for its own duration.
   */
  showUntil(timestamp?: number): Generator<VideoFrameLike, void, void>;
  /** Gives the frames that are left. */
  end(): Generator<VideoFrameLike, void, void>;
}

/** A pooler for frames like `first`. */
export function timePooler(first: VideoFrameLike, plan: PoolVideoPlan): TimePooler {
  const imagePlan = plan.framePlan(first);
  const [width, height] = [imagePlan.columns.outputSize, imagePlan.rows.outputSize];
  const pool = framePooler(first, imagePlan, plan.method);
  const planner = timePlanner(first, plan);
  const last = emptySamples(first.data, first.data.length);
  function* pooled(steps: Iterable<Step>): Generator<VideoFrameLike, void, void> {
    for (const step of steps) {
      const { timestamp } = step;
      const data = timestamp === undefined ? undefined : emptySamples(first.data, width * height * first.channels);
      pool(last, step, data);
      if (data === undefined || timestamp === undefined) continue;
      yield { data, width, height, channels: first.channels, timestamp, duration: planner.duration() };
    }
  }
  return {
    show(frame, isNewScene) {
      last.set(frame.data);
      planner.show(frame, isNewScene);
    },
    showUntil: (timestamp) => pooled(planner.showUntil(timestamp)),
    end: () => pooled(planner.end()),
  };
}
