/** How much a frame differs from the one before: the scene score of ffmpeg's select filter. */
import { sampleMaximum } from '../pixels.ts';
import type { VideoFrameLike } from './video-frame.ts';

/** Pixels that are compared in a frame, at most about this many: enough to tell scenes apart. */
const COMPARED = 2 ** 15;

/**
 * Returns a function that takes frame after frame and returns the score of each, from 0 to 1: the
 * mean difference to the frame before, or how much that exceeds the difference before, if it is
 * less. A pan or flicker has a large difference in every frame, and a cut in one.
 */
export function sceneScore(): (frame: VideoFrameLike) => number {
  let before: Float32Array | undefined;
  let lastDifference: number | undefined;
  return ({ data, width, height, channels }) => {
    const step = Math.max(1, Math.round(Math.sqrt((width * height) / COMPARED)));
    const green = channels > 2 ? 1 : 0;
    const sampled = new Float32Array(Math.ceil(width / step) * Math.ceil(height / step));
    const scale = 255 / sampleMaximum(data);
    let i = 0;
    for (let y = 0; y < height; y += step) {
      for (let x = 0; x < width; x += step) sampled[i++] = (data[(y * width + x) * channels + green] as number) * scale;
    }
    let score = 0;
    if (before !== undefined) {
      let difference = 0;
      for (let j = 0; j < sampled.length; j++) difference += Math.abs((sampled[j] as number) - (before[j] as number));
      difference /= sampled.length;
      // The first difference alone can be a cut or a pan: it is not taken for a cut.
      const change = lastDifference === undefined ? 0 : Math.abs(difference - lastDifference);
      score = Math.min(1, Math.min(difference, change) / 100);
      lastDifference = difference;
    }
    before = sampled;
    return score;
  };
}
