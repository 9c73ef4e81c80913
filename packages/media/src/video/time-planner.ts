/** Plans to which windows of time frames are added, and when these end. */
import type { WindowUse } from '../kernel/job.ts';
import { checkSlower, type PoolVideoPlan } from './pool-video-options.ts';
import { firstAfter, type TimeWindows, timeIn, toFrames } from './time-windows.ts';
import type { VideoFrameLike } from './video-frame.ts';

/** What is done with a frame for a window. */
interface PlannedUse extends Omit<WindowUse, 'result'> {
  /** Whether the window ends. */
  readonly isLast: boolean;
}

/** What is done with a frame at once. At most one window ends. */
export interface Step {
  readonly uses: readonly PlannedUse[];
  /** When the window that ends is shown, in seconds; undefined if none ends. */
  readonly timestamp: number | undefined;
}

/** Plans the steps of one video. */
export interface TimePlanner {
  /** Takes the next frame. */
  show(frame: Pick<VideoFrameLike, 'timestamp' | 'duration'>, isNewScene: boolean): void;
  /**
   * Says until when the last frame is shown, and gives the steps to do with it. Without a time, it
   * is shown for its own duration.
   */
  showUntil(timestamp?: number): Generator<Step, void, void>;
  /** Gives the steps that end the windows that are left. They add no frame. */
  end(): Generator<Step, void, void>;
  /** How long a frame of the result is shown, in seconds. Known from the first step on. */
  duration(): number;
}

/** A window of time that frames are added to. */
interface OpenWindow {
  readonly slot: number;
  /** How long frames were shown in it so far, in frames of the nominal rate. */
  covered: number;
  /** Whether no frame was added yet. */
  isEmpty: boolean;
  /** How far the frame that was added is from its middle, with the method 'nearest'. */
  distance: number;
  /** Whether another scene has begun in it. */
  isClosed: boolean;
}

/** The nominal rate, and windows in its frames. */
interface Timing extends TimeWindows {
  readonly frameRate: number;
}

/** A planner for frames like `first`. */
export function timePlanner(first: VideoFrameLike, plan: PoolVideoPlan): TimePlanner {
  const open = new Map<number, OpenWindow>();
  const freeSlots: number[] = [];
  let timing: Timing | undefined;
  let last = { start: first.timestamp, duration: first.duration, isNewScene: false };
  let next = 0;

  const openWindow = (number: number): OpenWindow => {
    const slot = freeSlots.pop() ?? open.size;
    const window = { slot, covered: 0, isEmpty: true, distance: 0, isClosed: false };
    open.set(number, window);
    return window;
  };
  /** Adds the last frame, shown from `start` to `until`, to a window, if it changes it. */
  const addLast = (number: number, start: number, until: number, { size, step }: Timing): PlannedUse | undefined => {
    const weight = timeIn(number, start, until, { size, step });
    if (weight === 0) return undefined;
    const window = open.get(number) ?? openWindow(number);
    const distance = Math.abs((start + until) / 2 - (number * step + size / 2));
    window.covered += weight;
    if (window.isClosed || (plan.method === 'nearest' && !window.isEmpty && distance >= window.distance)) return undefined;
    const isFirst = window.isEmpty || plan.method === 'nearest';
    Object.assign(window, { isEmpty: false, distance });
    return { slot: window.slot, weight, isFirst, isLast: false };
  };
  /**
   * The step that ends a window, if it has a frame: its last use, and what else is done with the
   * frame.
   */
  const ending = (number: number, use: PlannedUse | undefined, others: readonly PlannedUse[], { step, frameRate }: Timing): Step[] => {
    const window = open.get(number);
    if (window === undefined) return [];
    open.delete(number);
    freeSlots.push(window.slot);
    if (window.isEmpty) return [];
    const { slot, weight, isFirst } = use ?? { slot: window.slot, weight: 0, isFirst: false };
    return [{ uses: [{ slot, weight, isFirst, isLast: true }, ...others], timestamp: first.timestamp + (number * step) / frameRate }];
  };
  return {
    show({ timestamp, duration }, isNewScene) {
      last = { start: timestamp, duration, isNewScene };
    },
    *showUntil(timestamp) {
      const firstDuration = first.duration || (timestamp ?? first.timestamp + 1) - first.timestamp;
      // A frame that is not shown at all tells no rate yet, and is in no window.
      if (timing === undefined && plan.frameRate === undefined && firstDuration === 0) return;
      timing ??= timingOf(plan, firstDuration);
      const end = timestamp ?? last.start + (last.duration || 1 / timing.frameRate);
      const until = toFrames(end - first.timestamp, timing.frameRate);
      const start = toFrames(last.start - first.timestamp, timing.frameRate);
      if (last.isNewScene) for (const window of open.values()) cut(window, timing.size);
      // Windows that stay open go with the first that ends, so that the frame is pooled once.
      const firstStaying = firstAfter(until, timing);
      let staying: PlannedUse[] = [];
      for (let number = firstStaying; number * timing.step < until; number++) {
        const use = addLast(number, start, until, timing);
        if (use !== undefined) staying.push(use);
      }
      // Opened one by one: a frame may be shown for as long as a damaged timestamp says.
      for (; next < firstStaying; next++) {
        for (const step of ending(next, addLast(next, start, until, timing), staying, timing)) {
          staying = [];
          yield step;
        }
      }
      if (staying.length > 0) yield { uses: staying, timestamp: undefined };
    },
    *end() {
      for (const number of [...open.keys()].sort((a, b) => a - b)) {
        if (timing !== undefined) yield* ending(number, undefined, [], timing);
      }
    },
    duration: () => (timing === undefined ? 0 : timing.step / timing.frameRate),
  };
}

/** At a cut, a window stays with the scene that fills at least half of it. */
function cut(window: OpenWindow, size: number): void {
  if (window.isClosed || window.covered === 0) return;
  if (2 * window.covered >= size) window.isClosed = true;
  else Object.assign(window, { covered: 0, isEmpty: true });
}

function timingOf({ time, frameRate: given }: PoolVideoPlan, frameDuration: number): Timing {
  const frameRate = given ?? 1 / frameDuration;
  if (!('fps' in time)) return { frameRate, ...time };
  checkSlower('poolVideo', time.fps, frameRate);
  return { frameRate, size: frameRate / time.fps, step: frameRate / time.fps };
}
