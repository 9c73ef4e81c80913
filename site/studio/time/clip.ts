/** A generated clip: a light moves across a dim, waving ground. It is the same for everyone. */
import { softPool3d } from 'softpool';

/** Frames, rows and columns of the clip. */
export const CLIP = { frames: 48, height: 72, width: 128 } as const;

const PIXELS = CLIP.height * CLIP.width;

/** Gray frames on a scale of 0 to 1, [1, frames, height, width]. */
export function generatedClip(): { readonly data: Float32Array; readonly shape: readonly [1, number, number, number] } {
  const data = new Float32Array(CLIP.frames * PIXELS);
  for (let frame = 0; frame < CLIP.frames; frame++) {
    const part = frame / CLIP.frames;
    const [lightX, lightY] = [CLIP.width * (0.1 + 0.8 * part), CLIP.height * (0.5 + 0.3 * Math.sin(part * 9))];
    for (let row = 0; row < CLIP.height; row++) {
      for (let column = 0; column < CLIP.width; column++) {
        const ground = 0.25 + 0.1 * Math.sin(column * 0.21 + part * 6) + 0.08 * Math.sin(row * 0.33 - part * 4);
        const light = Math.exp(-((column - lightX) ** 2 + (row - lightY) ** 2) / 14);
        data[frame * PIXELS + row * CLIP.width + column] = Math.min(1, ground + light);
      }
    }
  }
  return { data, shape: [1, CLIP.frames, CLIP.height, CLIP.width] };
}

/** Pools windows of `window` frames. β = 0 blends them, and a very large β takes the maximum. */
export function pooledOverTime(clip: ReturnType<typeof generatedClip>, window: number, beta: number) {
  return softPool3d(clip, { kernelSize: [window, 1, 1], beta });
}

/** A frame as pixels of a canvas. */
export function frameOf(data: Float32Array, frame: number): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(PIXELS * 4);
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    pixels.fill((data[frame * PIXELS + pixel] ?? 0) * 255, pixel * 4, pixel * 4 + 3);
    pixels[pixel * 4 + 3] = 255;
  }
  return pixels;
}
