/** Cuts a part out of an image. */
import type { Rectangle } from './fit.ts';
import { emptySamples, type Pixels, type Samples } from './pixels.ts';

/** The pixels of a part of an image; the image itself if the part is all of it. */
export function cropPixels<S extends Samples>(pixels: Pixels<S>, { left, top, width, height }: Rectangle): Pixels<S> {
  if (width === pixels.width && height === pixels.height) return pixels;
  const { channels } = pixels;
  const data = emptySamples(pixels.data, width * height * channels);
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * pixels.width + left) * channels;
    data.set(pixels.data.subarray(from, from + width * channels), row * width * channels);
  }
  return { data, width, height, channels };
}
