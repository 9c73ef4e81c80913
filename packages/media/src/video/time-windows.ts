/**
 * Which window of time a frame belongs to. Windows follow timestamps, not counts: a frame weighs in
 * a window as long as it is shown there, in frames of the nominal rate. At a constant rate that is
 * 1 for each frame, as in softPool3d.
 */

/** Where a frame lies in a window. */
export interface Overlap {
  /** The window's number, from 0. */
  readonly window: number;
  /** How long the frame is shown in it, in frames of the nominal rate. */
  readonly weight: number;
}

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

/**
 * The windows in which a frame from `start` to `end` is shown. A window of `size` frames starts
 * every `step` frames.
 */
export function overlaps(start: number, end: number, size: number, step: number): Overlap[] {
  const found: Overlap[] = [];
  for (let window = Math.max(0, Math.floor((start - size) / step)); window * step < end; window++) {
    const weight = Math.min(end, window * step + size) - Math.max(start, window * step);
    // Not 0, since the bounds of windows whose size is no whole number are rounded.
    if (weight > 1e-9) found.push({ window, weight });
  }
  return found;
}
