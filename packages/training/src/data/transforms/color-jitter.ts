/** Random changes of brightness, contrast and saturation. */
import { LUMA } from '@softpool/media/internal';
import type { Random } from '@softpool/models';

type Change = 'brightness' | 'contrast' | 'saturation';

/** Changes of a picture, or of all frames of a clip, in order. */
export type Jitter = readonly { readonly change: Change; readonly factor: number }[];

/** Chooses changes as torchvision's ColorJitter: each factor from 1 − amount to 1 + amount. */
export function chooseJitter(amount: number, random: Random): Jitter {
  if (amount === 0) return [];
  const left: Change[] = ['brightness', 'contrast', 'saturation'];
  return Array.from({ length: left.length }, () => {
    const [change = 'brightness'] = left.splice(random.integer(left.length), 1);
    return { change, factor: Math.max(0, 1 - amount) + random.uniform() * (1 + amount - Math.max(0, 1 - amount)) };
  });
}

/**
 * Changes values of 0 to 255 in place, with 1 or 3 channels, as torchvision does: each value is
 * mixed with black, with the mean gray of the picture, or with the gray of its pixel.
 */
export function applyJitter(values: Float32Array, channels: number, jitter: Jitter): void {
  for (const { change, factor } of jitter) {
    if (change === 'brightness') mix(values, factor, 0);
    else if (change === 'contrast') mix(values, factor, meanGray(values, channels));
    else if (channels === 3) {
      for (let pixel = 0; pixel < values.length; pixel += 3) mix(values.subarray(pixel, pixel + 3), factor, grayAt(values, pixel));
    }
  }
}

function mix(values: Float32Array, factor: number, other: number): void {
  for (let i = 0; i < values.length; i++) {
    const mixed = factor * (values[i] as number) + (1 - factor) * other;
    values[i] = Math.min(255, Math.max(0, mixed));
  }
}

function meanGray(values: Float32Array, channels: number): number {
  let sum = 0;
  for (let pixel = 0; pixel < values.length; pixel += channels) sum += channels === 3 ? grayAt(values, pixel) : (values[pixel] as number);
  return sum / (values.length / channels);
}

function grayAt(values: Float32Array, pixel: number): number {
  return LUMA.reduce((sum, weight, color) => sum + weight * (values[pixel + color] as number), 0);
}
