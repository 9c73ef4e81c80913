/** Adds frames to the windows of time in which they are shown. */
import { frameWindows, type Sums } from './frame-windows.ts';
import { checkSlower, type PoolVideoPlan } from './pool-video-options.ts';
import { overlaps, toFrames } from './time-windows.ts';
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

/** A window of time that frames are added to. */
interface OpenWindow {
  readonly sums: Sums;
  /** How long frames were shown in it so far, in frames of the nominal rate. */
  covered: number;
  /** How far the frame in `sums` is from its middle, with the method 'nearest'. */
  distance: number;
  /** Whether another scene has begun in it. */
  isClosed: boolean;
}

/** The nominal rate, and windows in its frames. */
interface Timing {
  readonly frameRate: number;
  readonly size: number;
  readonly step: number;
}

/** A pooler for frames like `first`. */
export function timePooler(first: VideoFrameLike, plan: PoolVideoPlan): TimePooler {
  const { rows, columns, ...imagePlan } = plan.framePlan(first);
  const windows = frameWindows(first, { rows, columns, ...imagePlan }, plan.method);
  const open = new Map<number, OpenWindow>();
  const unused: OpenWindow[] = [];
  let timing: Timing | undefined;
  let last = { sums: windows.empty(), start: first.timestamp, duration: first.duration, isNewScene: false };
  let next = 0;

  const openWindow = (): OpenWindow => {
    const window = unused.pop() ?? { sums: windows.empty(), covered: 0, distance: 0, isClosed: false };
    return reset(window, windows.nothing);
  };
  const addLast = (end: number, { size, step, frameRate }: Timing): number => {
    const start = toFrames(last.start - first.timestamp, frameRate);
    const until = toFrames(end - first.timestamp, frameRate);
    if (last.isNewScene) for (const window of open.values()) cut(window, size, windows.nothing);
    for (const { window: number, weight } of overlaps(start, until, size, step)) {
      const window = open.get(number) ?? openWindow();
      open.set(number, window);
      const distance = Math.abs((start + until) / 2 - (number * step + size / 2));
      const isAdded = !window.isClosed && (plan.method !== 'nearest' || window.covered === 0 || distance < window.distance);
      if (isAdded) {
        windows.add(window.sums, last.sums, weight);
        window.distance = distance;
      }
      window.covered += weight;
    }
    return until;
  };
  function* finished(until: number, { size, step, frameRate }: Timing): Generator<VideoFrameLike, void, void> {
    for (; open.size > 0 && next * step + size <= until + 1e-9; next++) {
      const window = open.get(next);
      open.delete(next);
      if (window === undefined) continue;
      const data = windows.finish(window.sums);
      unused.push(window);
      const timestamp = first.timestamp + (next * step) / frameRate;
      yield { data, width: columns.outputSize, height: rows.outputSize, channels: first.channels, timestamp, duration: step / frameRate };
    }
  }
  return {
    show({ timestamp, duration, ...frame }, isNewScene) {
      last = { sums: windows.poolFrame({ timestamp, ...frame }), start: timestamp, duration, isNewScene };
    },
    *showUntil(timestamp) {
      timing ??= timingOf(plan, first.duration || (timestamp ?? first.timestamp + 1) - first.timestamp);
      const until = timestamp ?? last.start + (last.duration || 1 / timing.frameRate);
      yield* finished(addLast(until, timing), timing);
    },
    *end() {
      if (timing !== undefined) yield* finished(Number.POSITIVE_INFINITY, timing);
    },
  };
}

/** At a cut, a window stays with the scene that fills at least half of it. */
function cut(window: OpenWindow, size: number, nothing: number): void {
  if (window.isClosed || window.covered === 0) return;
  if (2 * window.covered >= size) window.isClosed = true;
  else reset(window, nothing);
}

function reset(window: OpenWindow, nothing: number): OpenWindow {
  window.sums.fill(nothing);
  return Object.assign(window, { covered: 0, distance: 0, isClosed: false });
}

function timingOf({ time, frameRate: given }: PoolVideoPlan, frameDuration: number): Timing {
  const frameRate = given ?? 1 / frameDuration;
  if (!('fps' in time)) return { frameRate, ...time };
  checkSlower('poolVideo', time.fps, frameRate);
  return { frameRate, size: frameRate / time.fps, step: frameRate / time.fps };
}
