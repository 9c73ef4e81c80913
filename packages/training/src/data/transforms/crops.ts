/** Which region of a picture a network sees, and at which size, by torchvision's rules. */
import { halfOf, resizedSize } from '@softpool/media/internal';
import type { Random } from '@softpool/models';

/**
 * Which region of a picture to take. Resizing keeps proportions unless both sides are given.
 */
export type Crop =
  | {
      /**
       * A region of random place, area and proportions, resized: torchvision's RandomResizedCrop.
       */
      readonly kind: 'randomResized';
      /** Smallest and largest share of the picture's area, 0–1. Default [0.08, 1]. */
      readonly scale?: readonly [number, number];
      /** Smallest and largest ratio of width to height. Default [3/4, 4/3]. */
      readonly ratio?: readonly [number, number];
    }
  | {
      /** A random window of the input's size in the resized, padded picture: RandomCrop. */
      readonly kind: 'random';
      /**
       * Size to resize to first, in pixels: the shorter side, or [height, width]. Default: so that
       * the picture just covers the input.
       */
      readonly resize?: number | readonly [number, number];
      /** Black pixels added on each side. Default 0. */
      readonly padding?: number;
    }
  | {
      /** The window in the center of the resized picture: CenterCrop. */
      readonly kind: 'center';
      /** As for `random`. */
      readonly resize?: number | readonly [number, number];
    };

/**
 * The crop of one picture: `region` is resized to `size`, then a window is taken at `window`, which
 * may start outside the picture.
 */
export interface CropPlan {
  readonly region: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  readonly size: { readonly width: number; readonly height: number };
  readonly window: { readonly left: number; readonly top: number };
}

/** Plans the crop of a picture [height, width] for an input [height, width]. */
export function planCrop(
  crop: Crop,
  [height, width]: readonly [number, number],
  [outputHeight, outputWidth]: readonly [number, number],
  random: Random,
): CropPlan {
  if (crop.kind === 'randomResized') {
    const region = randomRegion(height, width, crop.scale ?? [0.08, 1], crop.ratio ?? [3 / 4, 4 / 3], random);
    return { region, size: { width: outputWidth, height: outputHeight }, window: { left: 0, top: 0 } };
  }
  const [resizedHeight, resizedWidth] = resizedSize(crop.resize, [height, width], [outputHeight, outputWidth]);
  const [down, across] = [resizedHeight - outputHeight, resizedWidth - outputWidth];
  const padding = crop.kind === 'random' ? (crop.padding ?? 0) : 0;
  const window =
    crop.kind === 'random'
      ? { top: random.integer(down + 2 * padding + 1) - padding, left: random.integer(across + 2 * padding + 1) - padding }
      : { top: halfOf(down), left: halfOf(across) };
  return { region: { left: 0, top: 0, width, height }, size: { width: resizedWidth, height: resizedHeight }, window };
}

/**
 * The first of ten random regions that fits into the picture. If none does, the largest centered
 * region whose proportions are within bounds.
 */
function randomRegion(
  height: number,
  width: number,
  [smallest, largest]: readonly [number, number],
  [narrowest, widest]: readonly [number, number],
  random: Random,
): CropPlan['region'] {
  const between = (from: number, to: number): number => from + (to - from) * random.uniform();
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = height * width * between(smallest, largest);
    const ratio = Math.exp(between(Math.log(narrowest), Math.log(widest)));
    const [w, h] = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
    if (w < 1 || h < 1 || w > width || h > height) continue;
    return { top: random.integer(height - h + 1), left: random.integer(width - w + 1), width: w, height: h };
  }
  const proportions = Math.min(widest, Math.max(narrowest, width / height));
  const w = Math.max(1, Math.min(width, Math.round(height * proportions)));
  const h = Math.max(1, Math.min(height, Math.round(width / proportions)));
  return { top: Math.floor((height - h) / 2), left: Math.floor((width - w) / 2), width: w, height: h };
}
