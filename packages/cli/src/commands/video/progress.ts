/** Progress of a video by its time, with frames per second and the time left. */
import { createProgressBar, type ProgressBar } from '../../shared/progress-bar.ts';
import { duration } from '../../shared/text.ts';

/** Shows the progress of one clip. */
export interface VideoProgress {
  /** So many frames were read, up to this time in seconds. */
  update(frames: number, seconds: number): void;
}

/** The bar of the command. */
export function createVideoBar(quiet: boolean): ProgressBar {
  return createProgressBar({ quiet, width: 30 });
}

/** How often the bar is drawn, in milliseconds. */
const INTERVAL = 100;

/** Shows the progress of a clip of `total` seconds on a bar. */
export function progressOn(bar: ProgressBar, total: number | undefined): VideoProgress {
  const begin = performance.now();
  let drawn = 0;
  return {
    update(frames, seconds) {
      const now = performance.now();
      if (!bar.isThere || now - drawn < INTERVAL) return;
      drawn = now;
      const elapsed = (now - begin) / 1000;
      const rate = `${(frames / elapsed).toFixed(0)} frames/s`;
      const of = total === undefined ? '' : ` of ${duration(total)}`;
      bar.update(seconds, total ?? seconds, `${duration(seconds)}${of}, ${rate}`);
    },
  };
}
