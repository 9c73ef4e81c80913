/**
 * Which window of time a frame belongs to. Windows follow timestamps, not counts: a frame weighs in
 * a window as long as it is shown there, in frames of the nominal rate. At a constant rate that is
 * 1 for each frame, as in softPool3d.
 */

/**
 * Containers round timestamps, to milliseconds for example. A timestamp that is nearer than this to
 * that of a whole frame is taken for it. In frames.
 */
const ROUNDING = 0.2;

/** A time in frames of the nominal rate, with rounding undone. */
export function toFrames(seconds: number, frameRate: number): number {
  const frames = seconds * frameRate;
  const whole = Math.round(frames);
  return Math.abs(frames - whole) <= ROUNDING ? whole : frames;
}

/** Windows of `size` frames, of which one starts every `step` frames. */
export interface TimeWindows {
  readonly size: number;
  readonly step: number;
}

/** A time up to this is 0, in frames: bounds of windows are rounded if their size is a fraction. */
const SLACK = 1e-9;

/** How long a frame from `start` to `end` is shown in a window, in frames of the nominal rate. */
export function timeIn(window: number, start: number, end: number, { size, step }: TimeWindows): number {
  const time = Math.min(end, window * step + size) - Math.max(start, window * step);
  return time > SLACK ? time : 0;
}

/** The number of the first window that ends after `time`. */
export function firstAfter(time: number, { size, step }: TimeWindows): number {
  let window = Math.max(0, Math.floor((time - size) / step));
  while (window * step + size <= time + SLACK) window++;
  return window;
}
