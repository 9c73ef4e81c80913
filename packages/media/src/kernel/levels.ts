/**
 * Samples of 8 and 16 bits are levels, whole numbers from 0 to 255 or 65535. Values are on the same
 * scale, so that sums of levels are exact; in linear light, a value is the level's share of light
 * times the largest level.
 */
import { decodeSrgbExactly } from '../linear-light.ts';

/** The value of each level. */
export function levelValues(maximum: number, linear: boolean): Float64Array {
  return Float64Array.from({ length: maximum + 1 }, (_, level) => (linear ? decodeSrgbExactly(level / maximum) * maximum : level));
}

/**
 * The nearest level of a value of encoded samples. A value halfway between two becomes the higher
 * one.
 */
export function roundedLevel(value: number): number {
  return Math.floor(value + 0.5);
}

/** Slices of the scale, for each of which the search for a level starts at another one. */
export const SLICES = 2 ** 14;

/** Tables that find the encoded level of values in linear light. */
export interface LinearLevels {
  readonly maximum: number;
  /** The light halfway between a level and the one before, for each level and one beyond. */
  readonly thresholds: Float64Array<ArrayBuffer>;
  /** The level of the start of each slice. */
  readonly firstLevels: Uint16Array<ArrayBuffer>;
}

/** Makes the tables for levels up to `maximum`. */
export function linearLevels(maximum: number): LinearLevels {
  const thresholds = Float64Array.from({ length: maximum + 2 }, (_, level) => decodeSrgbExactly((level - 0.5) / maximum) * maximum);
  thresholds[maximum + 1] = Number.POSITIVE_INFINITY;
  const firstLevels = new Uint16Array(SLICES + 1);
  for (let slice = 0, level = 0; slice <= SLICES; slice++) {
    while ((thresholds[level + 1] as number) <= (slice * maximum) / SLICES) level++;
    firstLevels[slice] = level;
  }
  return { maximum, thresholds, firstLevels };
}

/** The level of a value in linear light: the number of thresholds that it reaches. */
export function linearLevel({ maximum, thresholds, firstLevels }: LinearLevels, value: number): number {
  let level = firstLevels[Math.floor((value / maximum) * SLICES)] as number;
  while ((thresholds[level + 1] as number) <= value) level++;
  return level;
}
