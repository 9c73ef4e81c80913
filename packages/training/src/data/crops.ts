/** Which part of a picture a network sees, and at which size: by torchvision's rules. */
import type { Random } from '@softpool/models';

/** What part of a picture is taken. A picture that has to be resized keeps its proportions unless both sides are given. */
export type Crop =
  | {
      /** A part of any place, area and proportions, resized: torchvision's RandomResizedCrop. */
      readonly kind: 'randomResized';
      /** The smallest and the largest share of the area. Default [0.08, 1]. */
      readonly scale?: readonly [number, number];
      /** The smallest and the largest width divided by height. Default [3/4, 4/3]. */
      readonly ratio?: readonly [number, number];
    }
  | {
      /** A part of the input's size at any place of the resized and padded picture: torchvision's RandomCrop. */
      readonly kind: 'random';
      /** The shorter side, or [height, width], to which the picture is resized before. Default: so that it just covers the input. */
      readonly resize?: number | readonly [number, number];
      /** Pixels of black around the picture. Default 0. */
      readonly padding?: number;
    }
  | {
      /** The part in the middle of the resized picture: torchvision's CenterCrop. */
      readonly kind: 'centre';
      /** As of `random`. */
      readonly resize?: number | readonly [number, number];
    };

/** A crop of one picture: `region` of it is resized to `size`, and of that a window at `window` is taken, which may begin outside. */
export interface CropPlan {
  readonly region: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  readonly size: { readonly width: number; readonly height: number };
  readonly window: { readonly left: number; readonly top: number };
}

/** Chooses the crop of a picture of `height` × `width` for an input of `outputHeight` × `outputWidth`. */
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
  const size = resizedTo(crop.resize, [height, width], [outputHeight, outputWidth]);
  const [down, across] = [size.height - outputHeight, size.width - outputWidth];
  const padding = crop.kind === 'random' ? (crop.padding ?? 0) : 0;
  const window =
    crop.kind === 'random'
      ? { top: random.integer(down + 2 * padding + 1) - padding, left: random.integer(across + 2 * padding + 1) - padding }
      : { top: halfOf(down), left: halfOf(across) };
  return { region: { left: 0, top: 0, width, height }, size, window };
}

/** Half of a whole number, rounded to the even one of two, as Python rounds. */
function halfOf(length: number): number {
  const below = Math.floor(length / 2);
  return length % 2 === 1 && below % 2 === 1 ? below + 1 : below;
}

/** Of ten regions by chance the first that is within the picture, else the largest in the middle whose proportions are within bounds. */
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

function resizedTo(
  resize: number | readonly [number, number] | undefined,
  [height, width]: readonly [number, number],
  [outputHeight, outputWidth]: readonly [number, number],
): CropPlan['size'] {
  if (typeof resize === 'object') return { height: resize[0], width: resize[1] };
  const factor = resize === undefined ? Math.max(outputHeight / height, outputWidth / width) : resize / Math.min(height, width);
  // The longer side is rounded down, as torchvision's is; 1e-9 is for quotients that are whole but for their last bit.
  const scaled = (side: number, least: number): number => Math.max(least, Math.floor(side * factor + 1e-9));
  return { height: scaled(height, outputHeight), width: scaled(width, outputWidth) };
}
