/** How much a method's result changes when the picture slides by some pixels. */
import { type Pixels, poolImage } from '@softpool/media';
import { crop } from './window-of-picture.ts';

/** Methods that are compared. `nearest` takes one pixel of each window. */
export const SHIFT_METHODS = ['average', 'soft', 'max', 'nearest'] as const;
export type ShiftMethod = (typeof SHIFT_METHODS)[number];

/** The most pixels that the picture slides by. */
export const MOST_SHIFT = 8;

/** The picture without its last columns, moved to the left by `shift` pixels, and reduced. */
export function shiftedAndReduced(picture: ImageData, shift: number, factor: number, method: ShiftMethod): Pixels<Uint8ClampedArray> {
  const part = crop(picture, shift, 0, picture.width - MOST_SHIFT, picture.height);
  return method === 'nearest' ? poolImage(part, { kernelSize: 1, stride: factor }) : poolImage(part, { factor, method });
}

/** The mean absolute difference of two pictures over red, green and blue, on the scale of 0–255. */
export function meanDifference(one: Pixels, other: Pixels): number {
  let sum = 0;
  for (let index = 0; index < one.data.length; index++) {
    if (index % 4 !== 3) sum += Math.abs((one.data[index] as number) - (other.data[index] as number));
  }
  return sum / ((one.data.length / 4) * 3);
}
